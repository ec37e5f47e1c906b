"""Normals and uniforms of any size, at the size of their output, with bytes you can rely on.

    from reprokit import random

    key = mx.random.key(0)
    noise = random.normal((46341, 46341), key=key, dtype=mx.bfloat16)                # as MLX's own
    noise = random.normal((46341, 46341), key=key, dtype=mx.bfloat16, method="portable")

Three methods, each with bytes of its own:

`same`
    bit-identical to `mx.random.normal` and `mx.random.uniform`, for every shape, dtype, location
    and scale; made from the generator's counters block by block.
`chunked`
    chunks of `chunk_elements` elements of the flat output, each drawn by MLX with a subkey of its
    own: chunk i of n has the key `mx.random.split(key, n)[i]`. Other chunks are other bytes.
`portable`
    the same bytes on every machine, CPU or GPU, by construction; a longer draw begins with a
    shorter one. See `reprokit.numerics.portable` for why.

All of them hold no more than the output and some blocks of 65,536 elements, or a few chunks where
those are longer, and return evaluated arrays: inside of a function that MLX compiles or vectorizes,
a key that is one of its arguments is refused. Pieces are for the thread that asks for the first.

Errors, all before any work: TypeError for an argument of another kind, ValueError for one that is
out of range, MemoryError where the output itself has no room, and StreamChangedError where this
release of MLX draws in another way than `same` does.
"""

from __future__ import annotations

from numbers import Real
from operator import index
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

from reprokit.numerics.backend import mx
from reprokit.numerics.draws import BLOCK, draw, draw_slice, stream
from reprokit.numerics.filling import LONGEST_AXIS
from reprokit.numerics.request import (
    Distribution,
    DrawRequest,
    Method,
    StreamChangedError,
    UncompiledWarning,
    check_room,
    read_shape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "Method",
    "StreamChangedError",
    "UncompiledWarning",
    "normal",
    "normal_pieces",
    "normal_slice",
    "uniform",
    "uniform_pieces",
    "uniform_slice",
]

_LEFT_TO_MLX_BYTES = 2**20
"""A draw of less is MLX's own where its bytes are wanted."""


class DrawOptions(TypedDict, total=False):
    """What every draw takes beside its shape and numbers."""

    key: Required[mx.array]
    dtype: mx.Dtype | None
    method: Method
    chunk_elements: int | None


class NormalOptions(DrawOptions, total=False):
    """What `normal` takes beside the shape."""

    loc: float | None
    scale: float | None


class UniformOptions(DrawOptions, total=False):
    """What `uniform` takes beside the shape."""

    low: float
    high: float


def normal(
    shape: Sequence[int],
    *,
    key: mx.array,
    dtype: mx.Dtype | None = None,
    loc: float | None = None,
    scale: float | None = None,
    method: Method = "same",
    chunk_elements: int | None = None,
) -> mx.array:
    """Draw normals.

    Args:
        shape: Shape of the output, at most 2**32 elements.
        key: Two uint32 words, as `mx.random.key` gives them: shape (2,).
        dtype: float32 (where it is left out), bfloat16 or float16.
        loc: Mean; 0 where it is left out.
        scale: Standard deviation; 1 where it is left out.
        method: `same`, `chunked` or `portable`; see the module, also for the errors.
        chunk_elements: Elements of a chunk, for the method `chunked` alone; 65,536 where it is
            left out.

    Returns:
        An evaluated array.
    """
    options = DrawOptions(key=key, dtype=dtype, method=method, chunk_elements=chunk_elements)
    return _draw(_ask_normal(shape, loc=loc, scale=scale, **options))


def uniform(
    shape: Sequence[int],
    *,
    key: mx.array,
    dtype: mx.Dtype | None = None,
    low: float = 0.0,
    high: float = 1.0,
    method: Method = "same",
    chunk_elements: int | None = None,
) -> mx.array:
    """Draw uniform numbers from low up to high, which only rounding may reach.

    Args:
        shape: As for `normal`, and so are the other arguments and the errors.
        key: As for `normal`.
        dtype: As for `normal`.
        low: Lower bound.
        high: Upper bound.
        method: As for `normal`.
        chunk_elements: As for `normal`.

    Returns:
        An evaluated array.
    """
    options = DrawOptions(key=key, dtype=dtype, method=method, chunk_elements=chunk_elements)
    return _draw(_ask_uniform(shape, low=low, high=high, **options))


def normal_slice(
    shape: Sequence[int], start: int, stop: int, **options: Unpack[NormalOptions]
) -> mx.array:
    """Make elements `start` to `stop` of a draw of normals, in flat C order, without the others.

    Args:
        shape: Shape of the whole draw, which need not fit into memory.
        start: First element, from 0.
        stop: One more than the last, at most the elements of the whole.
        options: As for `normal`.

    Returns:
        An evaluated array, shape (stop - start,).
    """
    return _draw_slice(_ask_normal(shape, **options), start, stop)


def uniform_slice(
    shape: Sequence[int], start: int, stop: int, **options: Unpack[UniformOptions]
) -> mx.array:
    """Make elements `start` to `stop` of a draw of uniform numbers, as `normal_slice` does."""
    return _draw_slice(_ask_uniform(shape, **options), start, stop)


def normal_pieces(shape: Sequence[int], **options: Unpack[NormalOptions]) -> Iterator[mx.array]:
    """Make a draw of normals piece by piece, for what needs every element but never all at once.

    Args:
        shape: Shape of the whole draw, which need not fit into memory.
        options: As for `normal`.

    Returns:
        Arrays of one axis that, one after the other, are the draw in flat C order.
    """
    return stream(_ask_normal(shape, **options).open_source())


def uniform_pieces(shape: Sequence[int], **options: Unpack[UniformOptions]) -> Iterator[mx.array]:
    """Make a draw of uniform numbers piece by piece, as `normal_pieces` does."""
    return stream(_ask_uniform(shape, **options).open_source())


def _ask_normal(
    shape: Sequence[int],
    *,
    loc: float | None = None,
    scale: float | None = None,
    **options: Unpack[DrawOptions],
) -> DrawRequest:
    return _ask("normal", shape, {"loc": loc, "scale": scale}, **options)


def _ask_uniform(
    shape: Sequence[int], *, low: float = 0.0, high: float = 1.0, **options: Unpack[DrawOptions]
) -> DrawRequest:
    return _ask("uniform", shape, {"low": low, "high": high}, **options)


def _ask(
    distribution: Distribution,
    shape: Sequence[int],
    numbers: Mapping[str, float | None],
    *,
    key: mx.array,
    dtype: mx.Dtype | None = None,
    method: Method = "same",
    chunk_elements: int | None = None,
) -> DrawRequest:
    return DrawRequest(
        distribution=distribution,
        shape=read_shape(shape),
        key=key,
        dtype=mx.float32 if dtype is None else dtype,
        method=method,
        chunk_elements=_read_chunk(method, chunk_elements),
        numbers={name: _read_number(value) for name, value in numbers.items()},
    )


def _read_chunk(method: Method, chunk_elements: int | None) -> int:
    if chunk_elements is None:
        return BLOCK
    if method != "chunked":
        msg = f"chunk_elements is for the method `chunked`, not for `{method}`."
        raise ValueError(msg)
    return index(chunk_elements)


def _read_number(value: Any) -> Any:  # noqa: ANN401 - what is no number, the request refuses
    """Make a float of what Python or NumPy call a number, where a float can hold it."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    try:
        return float(value)
    except OverflowError:
        return value


def _draw(request: DrawRequest) -> mx.array:
    size_bytes = request.size * request.dtype.size
    check_room(size_bytes)
    if request.method == "same" and size_bytes < _LEFT_TO_MLX_BYTES:
        return request.draw_by_mlx()
    return draw(request.open_source(), request.shape)


def _draw_slice(request: DrawRequest, start: int, stop: int) -> mx.array:
    start, stop = index(start), index(stop)
    if not 0 <= start <= stop <= request.size:
        msg = f"[{request.distribution}_slice] {start} to {stop} is not within 0 to {request.size}."
        raise ValueError(msg)
    if stop - start > LONGEST_AXIS:
        msg = (
            f"[{request.distribution}_slice] {stop - start} elements are more than one axis holds."
        )
        raise ValueError(msg)
    check_room((stop - start) * request.dtype.size)
    return draw_slice(request.open_source(), start, stop)
