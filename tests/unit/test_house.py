"""Walk the house as data: an arrow between two rooms goes one way, and nobody leaves by a window."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEEDER = ROOT / "feeder/codedefender2th"
ANALYZERS = ROOT / "analyzers/CodeDefender"
RESPONDERS = ROOT / "responders/CodeDefender"

# From the first step to the last; a module of the front that knows rooms stands after the last of them.
FEEDER_ORDER = [
    *(
        "__init__",
        "errors",
        "signals",
        "output",
        "logs",
        "disk",
        "web",
        "slack",
        "incident",
        "thehive",
        "state",
    ),
    *("settings", "feeding", "playbook", "report", "replying", "workplace", "check"),
    *("logbook", "metrics", "daemon", "demo", "trial", "cli", "__main__"),
]
ANALYZERS_ORDER = [
    *("neuron", "identification", "lookup", "engines", "flaws", "hosts", "content", "sources"),
    *("services", "codedefender"),
]
RESPONDERS_ORDER = ["neuron", "triaging", "denying", "triage", "deny"]


def rooms(folder: Path) -> set[str]:
    return {
        path.stem
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    }


def imports(file: Path, folder: Path) -> Iterator[str]:
    """The absolute names that a module imports, relative ones resolved."""
    package = file.relative_to(folder).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *((node.module,) if node.module else ())])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def turned_back(folder: Path, order: list[str], prefix: str = "") -> list[str]:
    known, wrong = rooms(folder), []
    assert known <= set(order), f"a room that is not in the order: {known - set(order)}"
    for file in sorted(folder.rglob("*.py")):
        room = file.relative_to(folder).parts[0].removesuffix(".py")
        for name in imports(file, folder):
            if prefix and not name.startswith(prefix):
                continue
            to = name.removeprefix(prefix).split(".")[0]
            if to in known and to != room and order.index(to) >= order.index(room):
                wrong.append(f"{file.relative_to(folder)} → {to}")
    return wrong


@pytest.mark.parametrize(
    ("folder", "order", "prefix"),
    [
        (FEEDER, FEEDER_ORDER, "codedefender2th."),
        (ANALYZERS, ANALYZERS_ORDER, ""),
        (RESPONDERS, RESPONDERS_ORDER, ""),
    ],
    ids=["feeder", "analyzers", "responder"],
)
def test_no_arrow_turns_back(folder: Path, order: list[str], prefix: str) -> None:
    assert not turned_back(folder, order, prefix)


def test_an_arrow_that_turns_back_is_seen(tmp_path: Path) -> None:
    (tmp_path / "slack").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "slack/client.py").write_text("from x.state.file import read\n")
    (tmp_path / "state/file.py").write_text("from x.slack.ts import is_ts\n")
    assert turned_back(tmp_path, ["slack", "state"], "x.") == ["slack/client.py → state"]


@pytest.mark.parametrize("folder", [FEEDER, ANALYZERS, RESPONDERS], ids=lambda folder: folder.parts[-2])
def test_every_room_has_a_page_at_its_door(folder: Path) -> None:
    doors = [path for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py"))]
    assert doors
    for door in doors:
        page = ast.get_docstring(ast.parse((door / "__init__.py").read_text()))
        assert page and len(page) > 40, f"{door.name} does not say what it is for"


def test_the_content_library_stands_alone() -> None:
    """The feeder's wheel carries it for `try`: outside itself it knows third-party packages only."""
    folder = ANALYZERS / "content"
    inside = rooms(ANALYZERS) - {"content"}
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & (inside | {"content"}), file
