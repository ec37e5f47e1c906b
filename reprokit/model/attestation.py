"""What a release rests on: the files that were checked, and what the gates said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.check import GateVerdict


class FileKind(StrEnum):
    """What a file is to a release."""

    MANIFEST = "manifest"
    BASELINE = "baseline"
    MILESTONE = "milestone"
    LOCK = "lock"
    PROJECT = "project"
    """pyproject.toml, which names the families that a release needs."""


NEEDED_KINDS = (FileKind.MANIFEST, FileKind.BASELINE, FileKind.LOCK, FileKind.PROJECT)
"""The kinds without which no release rests on anything."""

RELEASE_GATES = (
    "commit",
    "families",
    "lock",
    "environment",
    "repeats",
    "promises",
    "memory",
    "baseline",
    "pending",
    "machines",
    "release",
)
"""The gates that a release passes, in their order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttestedFile:
    """A file: what it is, its path from the top of the repository, and hex sha256."""

    kind: FileKind
    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attestation:
    """A check of a release that let it pass.

    Attributes:
        project: The project's name.
        tag: The tag.
        tag_commit: The commit it was on.
        code_commit: The newest commit at it that changes anything but evidence.
        version: Of the reprokit that checked.
        verdict: What the gates said together.
        gates: What each said, by name.
        machines: The machines whose evidence was checked, with their families.
        files: The files that the verdict rests on.
    """

    project: str
    tag: str
    tag_commit: str
    code_commit: str
    version: str
    verdict: GateVerdict
    gates: Mapping[str, GateVerdict]
    machines: Mapping[str, str]
    files: tuple[AttestedFile, ...]
