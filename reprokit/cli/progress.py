"""Progress of a long command, on standard error: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import typer

from reprokit.model.names import short
from reprokit.render.snapshot import describe_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from reprokit.model.probe import Probe
    from reprokit.model.record import Record
    from reprokit.numerics.digest_search import Progress as SearchProgress

_QUIET_S = 2.0
"""A search that ends sooner says nothing; a longer one says something as often."""


class Progress(Protocol):
    """What a snapshot tells of its probes."""

    def finish(self, probe: Probe, record: Record) -> None:
        """Say what a probe came to."""


class _Lines:
    def __init__(self, total: int, done: int) -> None:
        self._total = total
        self._done = done

    def finish(self, probe: Probe, record: Record) -> None:
        self._done += 1
        count = f"{self._done:{len(str(self._total))}}/{self._total}"
        with contextlib.suppress(OSError):  # nobody reads: the work goes on
            outcome = describe_outcome(record, probe.expectation)
            typer.echo(f"{count}  {probe.id}  {outcome}", err=True)


class _Bar:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def finish(self, probe: Probe, record: Record) -> None:
        self._bar.update(self._task, advance=1, description=probe.id)
        if record.failure is not None:
            self._bar.console.print(
                f"{probe.id}  {describe_outcome(record)}", markup=False, highlight=False
            )


@contextmanager
def show_progress(total: int, *, done: int) -> Iterator[Progress]:
    """Show progress over so many probes, some done before, while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines(total, done)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    text = TextColumn("{task.description}", markup=False)
    with Progress(*columns, text, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar, bar.add_task("", total=total, completed=done))


@contextmanager
def show_search() -> Iterator[Callable[[str, SearchProgress], None]]:
    """Give what tells how far the searches are while the block runs; silent for short ones."""
    started = told = monotonic()

    def report(digest: str, progress: SearchProgress) -> None:
        nonlocal told
        now = monotonic()
        if now - told < _QUIET_S:
            return
        told = now
        line = (
            f"searching {short(digest)}: {progress.searched:,} arrays, "
            f"{progress.changes} elements changed, {now - started:.0f} s"
        )
        with contextlib.suppress(OSError):  # nobody reads: the work goes on
            typer.echo(f"\r{line}" if on_terminal else line, err=True, nl=not on_terminal)

    on_terminal = sys.stderr.isatty()
    try:
        yield report
    finally:
        if on_terminal and told > started:
            typer.echo("", err=True)
