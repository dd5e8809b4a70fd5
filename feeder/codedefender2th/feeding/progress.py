"""What a person at a terminal sees while a long backfill runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from codedefender2th import logs
from codedefender2th.feeding.tally import Tally
from codedefender2th.slack.ts import moment


@contextmanager
def feeding(style: str) -> Iterator[Callable[[Tally], None]]:
    """A progress display on stderr, if that is a terminal and logs are text.

    How many messages there are nobody can say beforehand, so it shows how far back reading has come.
    """
    if style == logs.JSON or not sys.stderr.isatty():
        yield lambda tally: None
        return
    # Where nobody looks, the program starts without it: a fifth faster.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task("Reading the channel …", total=None)

        def show(tally: Tally) -> None:
            back_to = f", back to {moment(tally.reached):%Y-%m-%d %H:%M}" if tally.reached else ""
            display.update(
                task, description=f"{tally.read} messages, {tally.created} alerts created{back_to}"
            )

        yield show
