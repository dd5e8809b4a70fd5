"""`make audit`: pip-audit over every file that pins a dependency.

pip-audit takes a package that PyPI's service does not answer for as skipped, and is content. Here that is
told: what could not be looked up was not audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILES = (
    "constraints.txt",
    "analyzers/CodeDefender/requirements.txt",
    "responders/CodeDefender/requirements.txt",
)
SERVICES = ("pypi", "osv")


def main() -> int:
    """Audit every file; 1 where something is known to be vulnerable."""
    vulnerable = 0
    for file in FILES:
        vulnerable += _audit(file)
    return 1 if vulnerable else 0


def _audit(file: str) -> int:
    """Print what is known of a file's dependencies; how many are vulnerable."""
    for service in SERVICES:
        dependencies = _ask(file, service)
        answered = [each for each in dependencies if "skip_reason" not in each]
        if answered:
            return _report(file, service, dependencies)
    print(f"{file}: NOT AUDITED. Neither PyPI's nor OSV's advisories can be reached from here.")
    return 0


def _report(file: str, service: str, dependencies: list[dict[str, Any]]) -> int:
    skipped = [each["name"] for each in dependencies if "skip_reason" in each]
    vulnerable = [each for each in dependencies if each.get("vulns")]
    audited = len(dependencies) - len(skipped)
    print(f"{file}: {audited} audited ({service}), {len(vulnerable)} known to be vulnerable.")
    if skipped:
        print(f"  NOT AUDITED, unknown to the service: {', '.join(skipped)}.")
    for each in vulnerable:
        for found in each["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "no version yet"
            print(f"  {each['name']} {each['version']}: {found['id']}, fixed in {fixed}.")
    return len(vulnerable)


def _ask(file: str, service: str) -> list[dict[str, Any]]:
    """pip-audit's answer for a file's dependencies; empty where it has none."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / file), "--no-deps"]
    command += ["--disable-pip", "--vulnerability-service", service, "--format", "json"]
    command += ["--progress-spinner", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return []
    return found


if __name__ == "__main__":
    sys.exit(main())
