"""What tests hold results against, and what a run keeps of it for the next, which reads it fast.

A baseline of a thousand arrays has 8 MB, nearly all of them bytes that are needed only where a
result differs. So its index is kept in `.reprokit/held/`, beside what the system says of the file:
size, times and inode, as git knows a file that nobody has touched. Where any of it is otherwise,
or was too young to tell, the file itself is read.
"""

from __future__ import annotations

import json
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from reprokit.model.baseline_key import BaselineKey
from reprokit.model.names import STATE_FOLDER

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "held"
_SCHEMA = "reprokit/held/2"

YOUNGEST_NS = 2 * 10**9
"""A file that changed less than this ago can change again and show the same time."""

Stamp: TypeAlias = "tuple[int, int, int, int, int]"
"""Size in bytes, times of the last change of content and of anything (ns), inode, device."""


class HeldResult(NamedTuple):
    """What a result is held against.

    Attributes:
        status: `accepted` or `pending`.
        digest: Hex sha256.
        dtype: Its dtype; empty where only a digest is known.
        shape: Its shape.
    """

    status: str
    digest: str
    dtype: str
    shape: tuple[int, ...]

    def equals(self, digest: str, dtype: str, shape: tuple[int, ...]) -> bool:
        """Tell whether an array is this one, as far as is known of both."""
        if self.digest != digest:
            return False
        return not (self.dtype and dtype) or (self.dtype, self.shape) == (dtype, shape)


Index: TypeAlias = "dict[BaselineKey, dict[str, HeldResult]]"
"""Results by key and id; those of single machines are left out."""


def list_held(index: Index, key: BaselineKey) -> dict[str, HeldResult]:
    """List what holds for a key: what stands under it, else under one that covers it."""
    covering = (own for own in index if own.covers(key))
    held: dict[str, HeldResult] = {}
    for own in sorted(covering, key=lambda it: it.rank):
        held |= index[own]
    return held


def stamp_file(path: Path) -> Stamp | None:
    """Ask the system what tells a file from what it was; None where there is none.

    Raises:
        OSError: Where it may not be asked.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def read_kept_index(root: Path, family: str, stamp: Stamp) -> Index | None:
    """Read what was kept of a family's baseline.

    Args:
        root: The project's folder.
        family: The family.
        stamp: What the system says of the baseline's file now.

    Returns:
        The index; None where none was kept, or of another file.
    """
    path = _name_file(root, family)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        kept = json.loads(path.read_bytes())
        if kept["schema"] != _SCHEMA or kept["family"] != family or kept["stamp"] != list(stamp):
            return None
        return {BaselineKey(*key): _read_results(held) for key, held in kept["keys"]}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _read_results(held: dict[str, list[Any]]) -> dict[str, HeldResult]:
    return {
        name: HeldResult(status, digest, dtype, tuple(shape))
        for name, (status, digest, dtype, shape) in held.items()
    }


def keep_index(root: Path, family: str, stamp: Stamp, index: Index) -> None:
    """Keep the index of a baseline for the next run, where that is safe and the folder allows it.

    Args:
        root: The project's folder.
        family: The family.
        stamp: What the system said of the baseline's file before it was read and says since.
        index: What was read.
    """
    if time.time_ns() - max(stamp[1], stamp[2]) < YOUNGEST_NS:
        return
    from reprokit.store.atomic import write_atomically
    from reprokit.store.state import state_folder

    kept = {"schema": _SCHEMA, "family": family, "stamp": stamp, "keys": list(index.items())}
    with suppress(OSError):
        state_folder(root)
        write_atomically(_name_file(root, family), json.dumps(kept).encode())


def _name_file(root: Path, family: str) -> Path:
    return root / STATE_FOLDER / _FOLDER / f"{family}.json"
