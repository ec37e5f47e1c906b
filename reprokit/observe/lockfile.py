"""The project's uv.lock."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.environment import Lock

if TYPE_CHECKING:
    from pathlib import Path

LOCK_NAME = "uv.lock"


def find_lock(root: Path) -> Path:
    """Find the lock of a project: beside its pyproject.toml, or above, as in a workspace.

    Raises:
        ProjectError: Where there is none.
    """
    for folder in (root, *root.parents):
        path = folder / LOCK_NAME
        if path.is_file():
            return path
        if (folder / ".git").exists():
            break
    raise ProjectError(f"there is no {LOCK_NAME}", hint="make one with `uv lock` and commit it")


def observe_lock(root: Path) -> Lock:
    """Hash the project's lock.

    Raises:
        ProjectError: Where there is none or it cannot be read.
    """
    path = find_lock(root)
    try:
        return Lock(sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", where=LOCK_NAME) from None
