"""The journal of a snapshot under way: each finished record, durable at once.

It lies in `.reprokit/journal/`, which git is told to ignore, under a name that all that decides
the snapshot's outcome determines. An interrupted snapshot finds it and goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

import msgspec

from reprokit.model.record import Record
from reprokit.store.state import explain_state, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a probe, by id and definition, and its record."""

    id: str
    definition: str
    record: Record


_decode = msgspec.json.Decoder(Entry).decode
_encode = msgspec.json.Encoder().encode


class Journal:
    """The finished records of one snapshot.

    Args:
        root: The project's folder.
        facts: All that decides what the snapshot would give; other facts are another journal.
    """

    def __init__(self, root: Path, facts: Iterable[str]) -> None:
        name = hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]
        with explain_state():
            folder = state_folder(root) / "journal"
            folder.mkdir(exist_ok=True)
            self._path = folder / f"{name}.jsonl"
            self._finished = _read_entries(self._path)

    def find(self, probe_id: str, definition: str) -> Record | None:
        """Return the record of a probe that was finished before, if there is one."""
        entry = self._finished.get(probe_id)
        return entry.record if entry and entry.definition == definition else None

    def append(self, probe_id: str, definition: str, record: Record) -> None:
        """Write a record down and wait until it is on disk."""
        entry = Entry(id=probe_id, definition=definition, record=record)
        with explain_state(), self._path.open("ab") as file:
            file.write(_encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._finished[probe_id] = entry

    def discard(self) -> None:
        """Remove the journal, once its records are in a manifest."""
        self._path.unlink(missing_ok=True)


def _read_entries(path: Path) -> dict[str, Entry]:
    """Read the lines that are whole; what a crash cut off is measured again."""
    if not path.is_file():
        return {}
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        content = content[: content.rfind(b"\n") + 1]
        os.truncate(path, len(content))
    entries: dict[str, Entry] = {}
    for line in content.splitlines():
        with contextlib.suppress(msgspec.DecodeError):
            entry = _decode(line)
            entries[entry.id] = entry
    return entries
