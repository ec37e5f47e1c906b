"""Draws of random numbers by three methods, whole or any slice of them, block by block.

Each source knows how to make the blocks of a whole draw in the order that costs least, and the
pieces of any slice in flat order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx
from reprokit.numerics.filling import Block, Piece, compute_ahead, fill
from reprokit.numerics.threefry import MOST_WORDS, draw_word_pairs, draw_words, encrypt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.numerics.mapping import Normal, Uniform
    from reprokit.numerics.portable import PortableNormal, PortableUniform
    from reprokit.numerics.threefry import KeySchedule

BLOCK = 65536
"""Elements of a block: small enough for a processor's cache, large enough for its overhead."""

_HALF = BLOCK // 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(ABC):
    """A draw of so many numbers.

    Attributes:
        size: Elements of the whole draw.
        mapping: What makes the numbers, of its dtype.
    """

    size: int
    mapping: Uniform | Normal | PortableUniform | PortableNormal

    @property
    def dtype(self) -> mx.Dtype:
        """Dtype of the numbers."""
        return self.mapping.dtype

    def list_blocks(self) -> Iterator[Block]:
        """Make the whole draw, in whatever order costs least."""
        return ((piece,) for piece in self.list_pieces(0, self.size))

    @abstractmethod
    def list_pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """Make elements `start` to `stop`, in order; the pieces' starts count from `start`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SameSource(Source):
    """The numbers that MLX's own draw gives, made from the generator's counters.

    Counter i gives elements i and half + i, half = ceil(size / 2); a block holds both.

    Attributes:
        size: Elements of the whole draw, at most 2**32.
        schedule: Of the key.
        mapping: What makes numbers of words.
        compiled: Whether integer steps are fused.
    """

    schedule: KeySchedule
    mapping: Uniform | Normal
    compiled: bool = False

    def list_blocks(self) -> Iterator[Block]:
        """Make the whole draw: each block two pieces."""
        half = (self.size + 1) // 2
        for start in range(0, half, _HALF):
            stop = min(half, start + _HALF)
            words = draw_word_pairs(self.schedule, self.size, start, stop, compiled=self.compiled)
            first, second = map(self.mapping, words)
            yield Piece(start=start, values=first), Piece(start=half + start, values=second)

    def list_pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """Make elements `start` to `stop`; of each counter only one word is used."""
        for at in range(start, stop, BLOCK):
            end = min(stop, at + BLOCK)
            words = draw_words(self.schedule, self.size, at, end, compiled=self.compiled)
            yield Piece(start=at - start, values=self.mapping(words))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkedSource(Source):
    """Chunks that MLX draws one by one, each from a subkey of its own.

    The flat output is cut into n = ceil(size / chunk_elements) chunks, all but the last of
    `chunk_elements` elements; chunk i is MLX's own draw of its length with key
    `mx.random.split(key, n)[i]`. The bytes depend on the chunk length and are not those of one
    draw of the whole.

    Attributes:
        size: Elements of the whole draw.
        key: Two uint32 words, shape (2,).
        mapping: What MLX draws.
        chunk_elements: Elements of each chunk, at least 1.
    """

    key: mx.array
    mapping: Uniform | Normal
    chunk_elements: int = BLOCK

    def list_pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """Make the chunks that elements `start` to `stop` lie in, and cut them."""
        length = self.chunk_elements
        chunks = -(-self.size // length)
        if start >= stop:
            return
        subkeys = mx.random.split(self.key, chunks)
        mx.eval(subkeys)
        for index in range(start // length, -(-stop // length)):
            begin = index * length
            end = min(begin + length, self.size)
            chunk = self.mapping.draw((end - begin,), subkeys[index])
            cut = chunk[max(start, begin) - begin : min(stop, end) - begin]
            yield Piece(start=max(begin, start) - start, values=cut)


@dataclass(frozen=True, kw_only=True, slots=True)
class PortableSource(Source):
    """Numbers whose bytes are the same on every machine; a longer draw begins with a shorter.

    Element e lies at place p = e mod 65536 of row r = e // 65536. Its word is the first, or for
    p >= 32768 the second, that counter c = 32768 * r + p mod 32768 gives, as (c mod 2**32,
    c // 2**32).

    Attributes:
        size: Elements of the whole draw, at most 2**64.
        schedule: Of the key.
        mapping: What makes numbers of words.
        compiled: Whether integer steps are fused.
    """

    schedule: KeySchedule
    mapping: PortableUniform | PortableNormal
    compiled: bool = False

    def list_pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """Make the rows that elements `start` to `stop` lie in, and cut them."""
        for row in range(start // BLOCK, -(-stop // BLOCK)):
            begin = row * BLOCK
            words = self._draw_row(row, max(start - begin, 0), min(stop - begin, BLOCK))
            yield Piece(start=max(begin, start) - start, values=self.mapping(words))

    def _draw_row(self, row: int, start: int, stop: int) -> mx.array:
        """Draw the words of a row's places `start` to `stop`."""
        if stop <= _HALF:
            return self._encrypt(row, start, stop)[0]
        if start >= _HALF:
            return self._encrypt(row, start - _HALF, stop - _HALF)[1]
        return mx.concatenate([*self._encrypt(row, 0, _HALF)])[start:stop]

    def _encrypt(self, row: int, start: int, stop: int) -> tuple[mx.array, mx.array]:
        high, low = divmod(row * _HALF + start, MOST_WORDS)
        return encrypt(
            self.schedule, (low, high), stop - start, step=(1, 0), compiled=self.compiled
        )


def draw(source: Source, shape: Sequence[int]) -> mx.array:
    """Make a whole draw.

    Args:
        source: The draw.
        shape: Its shape, of as many elements.

    Returns:
        An evaluated array. The peak of memory is the array and a few blocks.
    """
    return fill(shape, source.dtype, source.list_blocks())


def draw_slice(source: Source, start: int, stop: int) -> mx.array:
    """Make elements `start` to `stop` of a draw, shape (stop - start,), without the others."""
    blocks = ((piece,) for piece in source.list_pieces(start, stop))
    return fill((stop - start,), source.dtype, blocks)


def stream(source: Source) -> Iterator[mx.array]:
    """Make a whole draw piece by piece, in flat order; each is dropped by who asks for the next."""
    for (piece,) in compute_ahead((piece,) for piece in source.list_pieces(0, source.size)):
        yield piece.values
