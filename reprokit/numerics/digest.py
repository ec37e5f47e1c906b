"""Digests of an array's bytes.

The digest of an array is the sha256 of its little-endian C-order bytes, of nothing that was cast
or printed. The bytes are read where they lie: no copy of the array is made.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from typing_extensions import Buffer


class NumpyArray(Protocol):
    """What is used of a NumPy array: a control's result may be one."""

    @property
    def size(self) -> int:
        """Number of elements."""


BITS_LIMIT_BYTES = 4096
"""Arrays of at most so many bytes are kept whole."""

TWO_THREADS_BYTES = 1024**2
"""From this size on a second thread takes less time than its start."""

MOST_BLOCKS = 64
SMALLEST_BLOCK_BYTES = 4096
BLOCK_DIGITS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayDigest:
    """Digests of one array's bytes.

    Attributes:
        digest: Hex sha256 of all bytes.
        bits: The bytes in hex, where they are few.
        block_bytes: Length of each run but the last; 0 where `bits` tells more.
        blocks: First 16 hex digits of the sha256 of each run.
    """

    digest: str
    bits: str | None
    block_bytes: int
    blocks: tuple[str, ...]


def view_bytes(array: mx.array | NumpyArray) -> memoryview:
    """View an evaluated array's bytes without a copy, in C order.

    Args:
        array: Any dtype and shape; a transposed or strided one is made contiguous first. A NumPy
            array will do too, as the result of a control.

    Returns:
        A flat view of `array.nbytes` bytes.

    Raises:
        RuntimeError: On a big-endian machine, whose bytes would not be the canonical ones.
    """
    if sys.byteorder != "little":
        msg = "digests are defined over little-endian bytes"
        raise RuntimeError(msg)
    if array.size == 0:
        return memoryview(b"")
    view = memoryview(cast("Buffer", array))
    if not view.c_contiguous:
        whole = mx.contiguous(array) if isinstance(array, mx.array) else view.tobytes()
        view = memoryview(cast("Buffer", whole))
    return view.cast("B")


def digest_bytes(data: Buffer) -> str:
    """Return the hex sha256 of a buffer."""
    return hashlib.sha256(data).hexdigest()


def choose_block_bytes(size_bytes: int) -> int:
    """Choose the length of the runs: the least power of two from 4 KiB that gives ≤ 64 runs."""
    block = SMALLEST_BLOCK_BYTES
    while block * MOST_BLOCKS < size_bytes:
        block *= 2
    return block


def digest_blocks(data: memoryview, block_bytes: int) -> tuple[str, ...]:
    """Return the first 16 hex digits of the sha256 of each run of `block_bytes` bytes."""
    return tuple(
        digest_bytes(data[start : start + block_bytes])[:BLOCK_DIGITS]
        for start in range(0, len(data), block_bytes)
    )


def digest_array(array: mx.array | NumpyArray) -> ArrayDigest:
    """Digest an array: whole, and in runs where it is too large to keep its bytes.

    Args:
        array: Any dtype and shape; evaluated if it is not.

    Returns:
        Its digests. Whole and runs of a large one are hashed at the same time, in two threads.
    """
    return digest_view(view_bytes(array))


def digest_view(data: memoryview) -> ArrayDigest:
    """Digest bytes, as those of an array are digested.

    Args:
        data: A flat view of bytes.
    """
    if len(data) <= BITS_LIMIT_BYTES:
        return ArrayDigest(digest=digest_bytes(data), bits=data.hex(), block_bytes=0, blocks=())
    block_bytes = choose_block_bytes(len(data))
    if len(data) < TWO_THREADS_BYTES:
        blocks = digest_blocks(data, block_bytes)
        return ArrayDigest(
            digest=digest_bytes(data), bits=None, block_bytes=block_bytes, blocks=blocks
        )
    from concurrent.futures import ThreadPoolExecutor  # slow to load, and needed for few arrays

    with ThreadPoolExecutor(max_workers=1) as pool:
        pending = pool.submit(digest_blocks, data, block_bytes)
        digest = digest_bytes(data)
    return ArrayDigest(digest=digest, bits=None, block_bytes=block_bytes, blocks=pending.result())
