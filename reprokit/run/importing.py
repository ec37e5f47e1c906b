"""Tries whether a user's function can be imported, in a process of its own, as a probe's run is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.run.messages import ImportJob
from reprokit.run.process import WorkerProcess, ask_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.run.outcome import Outcome


def try_import(op: str, *, time_limit_s: float, folder: Path) -> Outcome:
    """Import a user's function, without calling it.

    Args:
        op: `package.module:function`.
        time_limit_s: Seconds that it may take.
        folder: The project's.

    Returns:
        An outcome without a result: `ok`, or why not.
    """
    with WorkerProcess(folder=folder) as worker:
        return ask_outcome(worker, ImportJob(number=1, op=op, time_limit_s=time_limit_s))
