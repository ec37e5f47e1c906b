"""What setting a project up changes in it, and what is left to its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.settings import Settings


class Change(StrEnum):
    """What becomes of a file."""

    WRITTEN = "written"
    UPDATED = "updated"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupRequest:
    """What is to be set up.

    Attributes:
        settings: The project's, as they are.
        work_tree: The top folder of its git work tree.
        suite: The name of a first suite.
        workflow: Whether a workflow of GitHub Actions is wanted.
        hook: Whether a hook of pre-commit is wanted.
    """

    settings: Settings
    work_tree: Path
    suite: str
    workflow: bool
    hook: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedFile:
    """A file, and what becomes of it.

    Attributes:
        path: Where it is.
        name: How it is called to the user: its path from the project's folder.
        change: Whether it is new, gains something, or stays as it is.
        content: All of it, as it will be; None where it stays as it is.
        note: What it is for, what it gains, or what it lacks.
    """

    path: Path
    name: str
    change: Change
    content: bytes | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """A command for the user to run, and why."""

    command: str
    why: str
