"""Coverage-guided fuzzing of what parses hostile text, for as long as one likes.

`python -m fuzz.guided message|script|reading [libFuzzer's options]`, in `tests`; `make fuzz` runs them all:
the message parser, the identification of a script's address, the reading of a script. Inputs that reach
new code are kept in `out/fuzz`, where the next run starts; one that breaks an invariant is written to
`out/fuzz/crash-<digest>`, and the same command with that file's name runs it again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["codedefender2th", "identification", "packages", "content.signs"]):
    from content.signs import read
    from fuzz.invariants import check_message, check_reading, check_script

from simulators.messages import TITLE, ts_at

DATA = Path(__file__).parents[1] / "data"
TITLES = (TITLE, "Script", "Risk Level", "Host Domain", "View in Console")


def message(data: bytes) -> None:
    """The bytes as JSON where they are some; else as the parts of an incident."""
    try:
        check_message(json.loads(data))
    except (ValueError, RecursionError):
        check_message(_incident(atheris.FuzzedDataProvider(data)))


def script(data: bytes) -> None:
    """The bytes as a script's address."""
    check_script(data.decode("utf-8", "replace"))


def reading(data: bytes) -> None:
    """The bytes as a script that is read without running it."""
    text = data.decode("utf-8", "replace")
    check_reading(read(text, 60), text)


def _incident(bits: Any) -> dict[str, Any]:
    def text() -> Any:
        kind = bits.ConsumeIntInRange(0, 15)
        if kind < len(TITLES):
            return TITLES[kind]
        return bits.ConsumeUnicode(bits.ConsumeIntInRange(0, 60)) if kind < 15 else None

    def some(make: Callable[[], Any]) -> list[Any]:
        return [make() for _ in range(bits.ConsumeIntInRange(0, 4))]

    return {
        "ts": ts_at(0),
        "bot_id": "B1",
        "username": text(),
        "attachments": [
            {
                "title": TITLE,
                "text": text(),
                "fields": [
                    {"title": "Script", "value": text()},
                    {"title": "Host Domain", "value": text()},
                    {"title": "Risk Level", "value": text()},
                    *some(lambda: {"title": text(), "value": text()}),
                ],
                "actions": some(lambda: {"text": text(), "url": text()}),
            },
            *some(lambda: {"title": text(), "text": text(), "fields": some(lambda: {"title": text()})}),
        ],
    }


def _seeds(target: str) -> list[bytes]:
    if target == "script":
        rows = (DATA / "script-urls.tsv").read_bytes().splitlines()
        return [row.split(b"\t")[0] for row in rows]
    if target == "reading":
        return [file.read_bytes() for file in (DATA / "signs").glob("*.js")]
    return [file.read_bytes() for file in (DATA / "messages").glob("*.json") if file.stem.count(".") == 0]


TARGETS = {"message": message, "script": script, "reading": reading}


def main(target: str, *options: str) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    corpus = Path("../out/fuzz", target)
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(_seeds(target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    # An input may take five seconds at most: a regular expression can take for ever.
    prefix = f"-artifact_prefix={corpus.parent}/"
    replayed = any(not option.startswith("-") for option in options)
    folder = [] if replayed else [str(corpus)]
    atheris.Setup(
        [target, "-timeout=5", "-max_len=4096", prefix, *options, *folder],
        TARGETS[target],
        internal_libfuzzer=True,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
