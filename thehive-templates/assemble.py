"""Writes the analyzers' report templates from `_parts`, and the archive to import in TheHive.

Each template must be complete in itself, and they share most of what they are: the panel is one part, the
evidence of each kind of service another::

    python thehive-templates/assemble.py [archive]

Parts are AngularJS templates with `string.Template` placeholders, their sign being `@`.
"""

from __future__ import annotations

import string
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from bootstrap import report_templates

FOLDER = Path(__file__).parent
ARCHIVE = FOLDER.parent / "out" / "codedefender-report-templates.zip"


@dataclass(frozen=True)
class Panel:
    """What one analyzer's template has of its own.

    title: of the panel. site: host name, the only one that links lead to. evidence: names of the parts.
    """

    title: str
    site: str
    evidence: str


# By the analyzer's id in Cortex: name and version, without dots.
PANELS = {
    "CodeDefender_VirusTotal_1_0": Panel("VirusTotal", "www.virustotal.com", "virustotal"),
    "CodeDefender_VirusTotal_Scan_1_0": Panel("VirusTotal scan", "www.virustotal.com", "virustotal"),
    "CodeDefender_Snyk_1_0": Panel("Snyk", "security.snyk.io", "packages"),
    "CodeDefender_OSV_1_0": Panel("OSV", "osv.dev", "packages"),
    "CodeDefender_Host_1_0": Panel("Host", "lookup.icann.org", "host"),
    "CodeDefender_Content_1_0": Panel("Content", "www.npmjs.com", "content packages"),
    "CodeDefender_HUMAN_1_0": Panel("HUMAN", "console.humansecurity.com", "human"),
    "CodeDefender_HybridAnalysis_1_0": Panel("Hybrid Analysis", "www.hybrid-analysis.com", "hybridanalysis"),
    "CodeDefender_HybridAnalysis_Scan_1_0": Panel(
        "Hybrid Analysis scan", "www.hybrid-analysis.com", "hybridanalysis"
    ),
}


class _Part(string.Template):
    delimiter = "@"


def template(panel: Panel) -> str:
    """The whole template of a panel."""
    words = {"title": panel.title, "origin": f"https://{panel.site}/"}
    evidence = "".join(_part(name).substitute(words) for name in panel.evidence.split()).rstrip("\n")
    return _part("panel").substitute(words, evidence=textwrap.indent(evidence, "    "))


def _part(name: str) -> _Part:
    return _Part((FOLDER / "_parts" / f"{name}.html").read_text(encoding="utf-8"))


def main(archive: Path) -> None:
    """Write every template beside this file, and the archive."""
    for name, panel in PANELS.items():
        file = FOLDER / name / "long.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(template(panel), encoding="utf-8", newline="\n")
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(report_templates.zipped(report_templates.read(FOLDER)))
    print(f"{archive}: {', '.join(PANELS)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ARCHIVE)
