"""How far a benchmark is, with its rate and the time that is left: on a terminal only, else not a word."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from slowthink.benchmarks.result import Result


@contextmanager
def shown(total: int, done: int) -> Iterator[Callable[[Result], None]]:
    """A function that is told of each result; `done` of `total` were there before."""
    if not sys.stderr.isatty():
        yield lambda result: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=total, completed=done, rate="")
        seen, right = 0, 0

        def told(result: Result) -> None:
            nonlocal seen, right
            seen, right = seen + 1, right + result.right
            elapsed = progress.tasks[0].elapsed or 0.0
            rate = f"{seen / elapsed:.2f}/s" if elapsed > 0 else ""
            what = f"{result.strategy}: {right} of {seen} right"
            progress.update(bar, advance=1, description=what, rate=rate)

        yield told
