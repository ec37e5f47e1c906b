"""Seeded draws that MLX does not have."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def draw_normal_chunked(
    shape: Sequence[int], *, key: mx.array, dtype: mx.Dtype, chunk_elements: int
) -> mx.array:
    """Draw standard normals chunk by chunk, each chunk from a subkey of its own.

    The flat output is cut into n = ceil(size / chunk_elements) chunks, all but the last of
    `chunk_elements` elements; chunk i is `mx.random.normal` of its length with key
    `mx.random.split(key, n)[i]`. The bytes depend on the chunk length and are not those of one
    draw of the whole.

    Args:
        shape: Shape of the output.
        key: Two uint32 words, shape (2,).
        dtype: float32, float16 or bfloat16.
        chunk_elements: Elements of each chunk, at least 1.

    Raises:
        ValueError: For chunks of no elements.

    Returns:
        An evaluated array. Chunks are written into it in place: the peak of memory is the output
        and what `mx.random.normal` needs for one chunk.
    """
    if chunk_elements < 1:
        msg = f"chunk_elements must be at least 1, not {chunk_elements}"
        raise ValueError(msg)
    size = prod(shape)
    columns = shape[-1] if shape else 1
    output = mx.zeros((size // columns if columns else 0, columns), dtype=dtype)
    count = -(-size // chunk_elements)
    subkeys = mx.random.split(key, count) if count else key
    mx.eval(output, subkeys)
    for index in range(count):
        start = index * chunk_elements
        stop = min(size, start + chunk_elements)
        chunk = mx.random.normal((stop - start,), dtype=dtype, key=subkeys[index])
        for piece in _cut_by_rows(start, stop, columns):
            part = chunk[piece.taken : piece.taken + piece.rows * piece.width]
            rows = slice(piece.row, piece.row + piece.rows)
            output[rows, piece.column : piece.column + piece.width] = part.reshape(
                piece.rows, piece.width
            )
        mx.eval(output)
    return output.reshape(shape)


class _Piece(NamedTuple):
    """A rectangle of the output, and how many elements of its chunk come before it."""

    row: int
    rows: int
    column: int
    width: int
    taken: int


def _cut_by_rows(start: int, stop: int, columns: int) -> Iterator[_Piece]:
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
        yield _Piece(row=row, rows=rows, column=column, width=width, taken=at - start)
        at += rows * width
