"""`.reprokit/`: what a project keeps that is no evidence. Git is told to ignore it."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.names import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reprokit.errors import ReprokitError


@contextmanager
def explain_state() -> Iterator[None]:
    """Turn what the system refuses into an error with a mend."""
    try:
        yield
    except OSError as error:
        raise ProjectError(
            f"cannot be written: {error.strerror}",
            where=STATE_FOLDER,
            hint="journals and locks lie there; make the project's folder writable",
        ) from None


def state_folder(root: Path) -> Path:
    """Make the folder where it is not there yet, and return it."""
    folder = root / STATE_FOLDER
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    return folder


@contextmanager
def hold_lock(root: Path) -> Iterator[None]:
    """Keep other snapshots of the project out; the system lets go when the process ends.

    Raises:
        ProjectError: Where another one is under way.
    """
    with explain_state():
        file = (state_folder(root) / "lock").open("wb")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProjectError(
                "another snapshot of this project is under way", hint="wait for it to end"
            ) from None
        yield


@contextmanager
def wait_for_lock(
    root: Path, name: str, *, patience_s: float, refusal: ReprokitError
) -> Iterator[None]:
    """Keep other processes out that hold the lock of this name, and wait for the one that does.

    Args:
        root: The project's folder.
        name: The lock's file.
        patience_s: How long one waits.
        refusal: What is raised after that.
    """
    with explain_state():
        file = (state_folder(root) / name).open("wb")
    deadline = time.monotonic() + patience_s
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise refusal from None
                time.sleep(0.02)
        yield
