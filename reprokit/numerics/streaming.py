"""Digests and statistics of an array that comes piece by piece."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import inf, isfinite, prod, sqrt
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import (
    BITS_LIMIT_BYTES,
    BLOCK_DIGITS,
    ArrayDigest,
    choose_block_bytes,
    view_bytes,
)

if TYPE_CHECKING:
    from reprokit.numerics.outcome import Streamed

_DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamDigest:
    """What is kept of an array that was streamed.

    Attributes:
        shape: Its shape.
        dtype: Its dtype, as `bfloat16`.
        digest: The digests that the whole array would have.
        statistics: `mean`, `deviation`, `smallest` and `largest`, to six digits, of floating
            numbers; none where they are not finite.
    """

    shape: tuple[int, ...]
    dtype: str
    digest: ArrayDigest
    statistics: dict[str, float]


def digest_stream(streamed: Streamed) -> StreamDigest:
    """Digest an array piece by piece, and drop each.

    Args:
        streamed: The array.

    Returns:
        Its digests, those of the whole array, and its statistics.

    Raises:
        ValueError: Where the pieces are not of one axis or not of the dtype, or do not make up
            the shape.
    """
    dtype = str(streamed.dtype).rpartition(".")[2]
    hasher = _Hasher(prod(streamed.shape) * streamed.dtype.size)
    moments = _Moments() if dtype in _DTYPES else None
    for piece in streamed.pieces:
        if not isinstance(piece, mx.array) or piece.dtype != streamed.dtype or piece.ndim != 1:
            msg = f"a piece must be an array of one axis and dtype {dtype}"
            raise ValueError(msg)
        sums = moments.start(piece) if moments and piece.size else None
        hasher.add(view_bytes(piece))
        if moments and sums:
            moments.add(piece.size, sums)
    return StreamDigest(
        shape=tuple(streamed.shape),
        dtype=dtype,
        digest=hasher.finish(),
        statistics=moments.finish() if moments else {},
    )


class _Hasher:
    """Hashes the whole and its runs as bytes come in."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._seen_bytes = 0
        self._whole = hashlib.sha256()
        self._kept = bytearray()
        self._block_bytes = choose_block_bytes(size_bytes)
        self._block = hashlib.sha256()
        self._room = self._block_bytes
        self._blocks: list[str] = []

    def add(self, data: memoryview) -> None:
        """Take the next bytes."""
        self._seen_bytes += len(data)
        if self._seen_bytes > self._size_bytes:
            msg = f"the pieces hold more than the {self._size_bytes} bytes of the shape"
            raise ValueError(msg)
        self._whole.update(data)
        if self._size_bytes <= BITS_LIMIT_BYTES:
            self._kept += data[: BITS_LIMIT_BYTES + 1 - len(self._kept)]
            return
        while data:
            part = data[: self._room]
            self._block.update(part)
            self._room -= len(part)
            data = data[len(part) :]
            if not self._room:
                self._end_block()

    def _end_block(self) -> None:
        self._blocks.append(self._block.hexdigest()[:BLOCK_DIGITS])
        self._block = hashlib.sha256()
        self._room = self._block_bytes

    def finish(self) -> ArrayDigest:
        """Give the digests.

        Raises:
            ValueError: Where more or fewer bytes came in than were announced.
        """
        if self._seen_bytes != self._size_bytes:
            msg = f"the pieces hold {self._seen_bytes} bytes, and the shape {self._size_bytes}"
            raise ValueError(msg)
        digest = self._whole.hexdigest()
        if self._size_bytes <= BITS_LIMIT_BYTES:
            return ArrayDigest(digest=digest, bits=self._kept.hex(), block_bytes=0, blocks=())
        if self._room < self._block_bytes:
            self._end_block()
        return ArrayDigest(
            digest=digest, bits=None, block_bytes=self._block_bytes, blocks=tuple(self._blocks)
        )


class _Moments:
    """Merges the moments of pieces, which MLX computes in float64 on the CPU.

    Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
    variances (1979).
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean = 0.0
        self._squares = 0.0
        self._smallest = inf
        self._largest = -inf

    def start(self, piece: mx.array) -> tuple[mx.array, ...]:
        """Begin to sum a piece, while its bytes are hashed."""
        with mx.stream(mx.cpu):
            values = piece.astype(mx.float64)
            mean = values.mean()
            sums = mean, (values - mean).square().sum(), values.min(), values.max()
        mx.async_eval(sums)  # type: ignore[no-untyped-call]
        return sums

    def add(self, count: int, sums: tuple[mx.array, ...]) -> None:
        """Merge a piece's moments."""
        mean, squares, smallest, largest = (float(item.item()) for item in sums)  # type: ignore[arg-type]
        total = self._count + count
        difference = mean - self._mean
        self._mean += difference * count / total
        self._squares += squares + difference * difference * self._count * count / total
        self._count = total
        self._smallest = min(self._smallest, smallest)
        self._largest = max(self._largest, largest)

    def finish(self) -> dict[str, float]:
        """Give the statistics; none of no numbers, or of such as are not finite."""
        if not self._count or not isfinite(self._squares):
            return {}
        numbers = {
            "mean": self._mean,
            "deviation": sqrt(self._squares / self._count),
            "smallest": self._smallest,
            "largest": self._largest,
        }
        return {name: float(f"{value:.6g}") for name, value in numbers.items()}
