"""What differs between a work tree and its last commit, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """How a file differs from the last commit."""

    MODIFIED = "modified"
    DELETED = "deleted"
    UNCOMMITTED = "uncommitted"
    """It is in no commit: new, whether it was added or not, or ignored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedFile:
    """A file that differs: its path from the project's folder, and how it differs."""

    path: str
    state: FileState


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkTreeChanges:
    """The files that differ, sorted.

    Attributes:
        code: Those outside the folders of evidence.
        evidence: Manifests, baselines, milestones, and what else lies in their folders.
    """

    code: tuple[ChangedFile, ...] = ()
    evidence: tuple[ChangedFile, ...] = ()


NO_CHANGES = WorkTreeChanges()
