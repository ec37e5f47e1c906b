"""`.reprokit/arrays/`: the bytes of arrays, each in a file that its digest names.

`snapshot --keep-arrays` has workers write them. They are no evidence: what reads them holds them
against their digests first, so that a folder may come from anywhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reprokit.errors import ManifestError
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.names import STATE_FOLDER
from reprokit.store.regular_file import name_path, read_regular
from reprokit.store.state import explain_state, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from reprokit.model.record import ArrayFacts, Record

LARGEST_BYTES = 10**9
"""Larger arrays are not kept."""

SPARE_BYTES = 10**9
"""What the disk must have left: an array that would take from that is not kept."""

_FOLDER = "arrays"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def find_arrays(root: Path) -> Path:
    """Return where a project's arrays are, whether there are any or not."""
    return root / STATE_FOLDER / _FOLDER


def prepare_arrays(root: Path) -> Path:
    """Make a project's folder of arrays, and remove what workers that were killed left half done.

    Nobody else may be writing there: the caller holds the lock of `store.state`.

    Raises:
        ProjectError: Where the system refuses.
    """
    with explain_state():
        folder = state_folder(root) / _FOLDER
        folder.mkdir(exist_ok=True)
        for path in folder.glob(f".{'?' * 64}.*"):
            path.unlink()
    return folder


def list_wholes(record: Record) -> Iterator[ArrayFacts]:
    """List the arrays of a record that were held whole: no trees, and nothing that was streamed."""
    parts = [it.array for it in (*record.leaves, *record.stages)]
    control = record.control.result if record.control else None
    for array in (record.result, *parts, control):
        if array is not None and array.dtype in ITEM_BYTES and not array.statistics:
            yield array


def is_kept(array: ArrayFacts, folder: Path) -> bool:
    """Tell whether a folder has a file for an array, as large as it is; its bytes are not read."""
    try:
        return (folder / array.digest).stat().st_size == array.size_bytes
    except OSError:
        return False


class KeptArrays(Mapping[str, bytes]):
    """The arrays that folders hold, by digest. Nothing is read that is not asked for.

    Every file is held against its digest; one that has another is not used, nor one that cannot be
    read. The bytes are not kept here.

    Args:
        folders: Where to look, in this order; they need not be there.
        largest_bytes: Larger files are left alone.
    """

    def __init__(self, folders: Iterable[Path], *, largest_bytes: int = LARGEST_BYTES) -> None:
        self._folders = tuple(folders)
        self._largest_bytes = largest_bytes
        self._good: set[str] = set()
        self._faults: dict[Path, str] = {}

    @property
    def faults(self) -> tuple[str, ...]:
        """What was wrong with files that were asked for, a sentence for each."""
        return tuple(self._faults.values())

    def __getitem__(self, digest: str) -> bytes:
        content = self._find(digest)
        if content is None:
            raise KeyError(digest)
        return content

    def __contains__(self, digest: object) -> bool:
        return digest in self._good or (isinstance(digest, str) and self._find(digest) is not None)

    def __iter__(self) -> Iterator[str]:
        names: dict[str, None] = {}
        for folder in self._folders:
            with contextlib.suppress(OSError):
                names |= dict.fromkeys(sorted(it.name for it in folder.iterdir()))
        return (name for name in names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, digest: str) -> bytes | None:
        if not _DIGEST.fullmatch(digest):  # a manifest's word must not lead elsewhere
            return None
        for folder in self._folders:
            content = self._read(folder / digest)
            if content is not None:
                self._good.add(digest)
                return content
        return None

    def _read(self, path: Path) -> bytes | None:
        """Read a file, where it is there and has the digest that its name is."""
        if path in self._faults:
            return None
        try:
            if path.stat().st_size > self._largest_bytes:
                return None
        except OSError:
            return None
        where = name_path(str(path))
        try:
            content = read_regular(path, most_bytes=self._largest_bytes, where=where)
        except ManifestError as error:
            self._faults[path] = f"{where}: {error.message}, and is not used"
            return None
        if hashlib.sha256(content).hexdigest() != path.name:
            self._faults[path] = f"{where}: has another sha256 than its name, and is not used"
            return None
        return content
