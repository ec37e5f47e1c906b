"""Milestone documents: `milestones/<name>-<date>.md` and `.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reprokit.errors import UsageError
from reprokit.model.names import short
from reprokit.store.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_documents(folder: Path, documents: Mapping[str, str]) -> tuple[Path, ...]:
    """Write documents, none of them over another text of the same name.

    Args:
        folder: The folder of milestones.
        documents: Text by file name.

    Returns:
        The files.

    Raises:
        UsageError: Where one is there already with another text; then none is written.
    """
    for name, text in documents.items():
        path = folder / name
        if path.exists() and path.read_bytes() != text.encode("utf-8"):
            raise UsageError(
                "is there already and says something else",
                where=f"{folder.name}/{name}",
                hint="a milestone is not rewritten: choose another name or date, or remove it",
            )
    for name, text in documents.items():
        write_atomically(folder / name, text.encode("utf-8"))
    return tuple(folder / name for name in documents)


class _ComparisonWire(msgspec.Struct):
    commit: str | None = None


class _MilestoneWire(msgspec.Struct):
    """Of a milestone's JSON, what says which commit it is of."""

    schema: str
    comparison: _ComparisonWire


def list_documents(folder: Path, commit: str) -> tuple[Path, ...]:
    """List the documents of the milestones at a commit, markdown and JSON.

    Args:
        folder: The folder of milestones.
        commit: At least its first 12 hex digits.
    """
    found: list[Path] = []
    for path in sorted(folder.glob("*.json")):
        try:
            wire = msgspec.json.decode(path.read_bytes(), type=_MilestoneWire)
        except (msgspec.DecodeError, OSError):
            continue
        if wire.schema.startswith("reprokit/milestone/") and wire.comparison.commit == short(
            commit
        ):
            found += [it for it in (path.with_suffix(".md"), path) if it.is_file()]
    return tuple(found)
