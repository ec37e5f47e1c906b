"""Making a large array block by block: no more is held than the array and a few blocks."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST_LANES = 2
LONGEST_AXIS = 2**31 - 1
"""Elements that MLX can count along one axis."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Some elements of an array, in flat C order.

    Attributes:
        start: Where they begin.
        values: The elements, one axis; they need not be evaluated yet.
    """

    start: int
    values: mx.array


Block = tuple[Piece, ...]
"""Pieces that are made together."""


def fill(shape: Sequence[int], dtype: mx.Dtype, blocks: Iterable[Block]) -> mx.array:
    """Make an array from blocks, each of which is written into it in place and dropped.

    Args:
        shape: Shape of the array.
        dtype: Its dtype, and that of all values.
        blocks: Together they hold every element once, in any order.

    Returns:
        An evaluated array. The peak of memory is the array and what two or three blocks take.
    """
    size = prod(shape)
    columns = _choose_columns(shape)
    output = mx.zeros((size // columns if columns else 0, columns), dtype=dtype)
    mx.eval(output)
    for block in compute_ahead(blocks):
        for piece in block:
            for part in _cut_by_rows(piece.start, piece.start + piece.values.size, columns):
                rows = slice(part.row, part.row + part.rows)
                values = piece.values[part.taken : part.taken + part.rows * part.width]
                output[rows, part.column : part.column + part.width] = values.reshape(
                    part.rows, part.width
                )
        mx.eval(output)
    shaped = output.reshape(shape)
    mx.eval(shaped)  # another thread has none of this one's streams
    return shaped


def _choose_columns(shape: Sequence[int]) -> int:
    """Choose the length of rows: the last axes together, as many as MLX can count in one axis."""
    columns = 1
    for length in reversed(shape):
        if columns * length > LONGEST_AXIS:
            break
        columns *= length
    return columns


def compute_ahead(blocks: Iterable[Block]) -> Iterator[Block]:
    """Start computing a block or two before they are asked for, on a CPU on several cores.

    Args:
        blocks: Made lazily, so that what makes one says on which stream it is computed.

    Returns:
        The same blocks in the same order, for the thread that first asks for one: MLX's streams
        belong to threads.
    """
    lanes = _lanes.list_streams()
    waiting: deque[Block] = deque()
    source = iter(blocks)
    number = 0
    while True:
        with mx.stream(lanes[number % len(lanes)]):
            block = next(source, None)
            if block is None:
                break
            mx.async_eval([piece.values for piece in block])  # type: ignore[no-untyped-call]
        waiting.append(block)
        number += 1
        if len(waiting) > len(lanes):
            yield waiting.popleft()
    yield from waiting


class _Lanes(threading.local):
    """Streams to compute on side by side, for each thread its own: MLX keeps them apart."""

    def __init__(self) -> None:
        self._on_cpu: list[mx.Stream] = []

    def list_streams(self) -> list[mx.Stream]:
        """List the default stream, and on a CPU with more cores another beside it."""
        device = mx.default_device()
        default = mx.default_stream(device)
        if device.type != mx.cpu:
            return [default]
        wanted = min(_MOST_LANES, os.cpu_count() or 1)
        while len(self._on_cpu) < wanted - 1:
            self._on_cpu.append(mx.new_stream(mx.cpu))
        return [default, *self._on_cpu]


_lanes = _Lanes()


class _Part(NamedTuple):
    """A rectangle of the output, and how many elements of its piece come before it."""

    row: int
    rows: int
    column: int
    width: int
    taken: int


def _cut_by_rows(start: int, stop: int, columns: int) -> Iterator[_Part]:
    """Cut a run of flat positions into rectangles of rows: MLX has no axis of 2**31 elements."""
    at = start
    while at < stop:
        row, column = divmod(at, columns)
        if column or stop - at < columns:
            width = min(stop - at, columns - column)
            rows = 1
        else:
            width = columns
            rows = (stop - at) // columns
        yield _Part(row=row, rows=rows, column=column, width=width, taken=at - start)
        at += rows * width
