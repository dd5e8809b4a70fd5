"""Every dependency is pinned, and to the same version wherever it is named."""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
WORKERS = ("analyzers/CodeDefender/requirements.txt", "responders/CodeDefender/requirements.txt")


def pins(file: str) -> dict[str, str]:
    """Version by package, of the lines that hold for this Python."""
    found = {}
    for line in (ROOT / file).read_text().splitlines():
        requirement = Requirement(line)
        [pin] = requirement.specifier
        assert pin.operator == "==", line
        assert "*" not in pin.version, line
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = pin.version
    return found


@pytest.mark.parametrize("file", WORKERS)
def test_analyzers_and_responder_run_on_what_is_tested(file: str) -> None:
    assert pins(file).items() <= pins("constraints.txt").items()


def test_whatever_the_project_pulls_in_is_pinned() -> None:
    pinned, missing = pins("constraints.txt"), set()
    waiting, seen = [Requirement("codedefender2th[test,bench,fuzz,audit,release]")], set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        if not re.match("codedefender2th|pip$", name) and name not in pinned:
            missing.add(name)
        try:
            needed = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            # Of an extra that is not installed here; its own name has been looked at.
            continue
        waiting += [
            each
            for each in needed
            if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in wanted.extras or {""})
        ]
    assert not missing


def needed_by_users() -> list[Requirement]:
    """What the package needs to run, and what its analyzers and responder do."""
    found = [Requirement(text) for text in requires("codedefender2th") or ()]
    return [each for each in found if re.search("neurons|^(?!.*extra ==)", str(each.marker or ""))]


def test_the_package_allows_what_was_tested_and_no_other_major_version() -> None:
    pinned = pins("constraints.txt")
    for wanted in needed_by_users():
        tested = Version(pinned[canonicalize_name(wanted.name)])
        assert tested in wanted.specifier, wanted
        assert Version(f"{tested.major + 1}.0") not in wanted.specifier, wanted


def test_the_engine_for_hostile_scripts_is_the_one_that_was_looked_at() -> None:
    text = (ROOT / "analyzers/CodeDefender/requirements-engine.txt").read_text()
    looked_at = re.findall(r"^quickjs-ng(==\S+)", text, re.M)
    engines = [str(each.specifier) for each in needed_by_users() if each.name == "quickjs-ng"]
    assert engines == looked_at * 2
    assert pins("constraints.txt")["quickjs-ng"] == looked_at[0].removeprefix("==")


def test_what_is_pinned_for_a_python_runs_on_it() -> None:
    oldest, wrong = "3.10", []
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate({"python_version": oldest}):
            continue
        try:
            installed = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        needed = SpecifierSet(installed.metadata.get("Requires-Python") or "")
        if requirement.specifier.contains(installed.version) and not needed.contains(oldest):
            wrong.append(line)
    assert not wrong
