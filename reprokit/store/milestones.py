"""Milestone documents: `milestones/<name>-<date>.md` and `.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.errors import UsageError
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
