"""Draws by the methods of `reprokit.random`, whole or streamed: at the size of their output."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

from reprokit.numerics.digest import view_bytes
from reprokit.numerics.draws import draw, stream
from reprokit.numerics.outcome import Related, Streamed
from reprokit.numerics.request import DrawRequest
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.numerics.backend import mx
    from reprokit.numerics.request import Distribution, Method
    from reprokit.probes.operation import Count, Shape

_BLOCKS_BYTES = 32 * 2**20
"""What some blocks of 65,536 elements take, with all that they are made of."""


def _estimate_draw(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Output, and some blocks; of a chunked draw three chunks, and the subkeys."""
    size: int = prod(arguments["shape"])
    chunk = int(arguments.get("chunk_elements", 0))
    subkeys = 8 * -(-size // chunk) if chunk else 0
    return size * item_bytes + max(_BLOCKS_BYTES, 3 * chunk * (item_bytes + 4)) + subkeys


def _estimate_streamed(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Some blocks, or chunks."""
    return _estimate_draw({**arguments, "shape": ()}, item_bytes)


def _estimate_pair(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """What MLX's own draw takes, and blocks of ours."""
    size: int = prod(arguments["shape"])
    return size * (item_bytes + 4) + _BLOCKS_BYTES


def _ask(
    distribution: Distribution,
    method: Method,
    key: mx.array,
    dtype: mx.Dtype,
    shape: Shape,
    chunk_elements: int = 65536,
) -> DrawRequest:
    bounds = {"low": 0.0, "high": 1.0}
    return DrawRequest(
        distribution=distribution,
        shape=shape,
        key=key,
        dtype=dtype,
        method=method,
        chunk_elements=chunk_elements,
        numbers={} if distribution == "normal" else bounds,
    )


def _draw(request: DrawRequest) -> mx.array:
    return draw(request.open_source(), request.shape)


def _stream(request: DrawRequest) -> Streamed:
    pieces = stream(request.open_source())
    return Streamed(shape=request.shape, dtype=request.dtype, pieces=pieces)


@operation("random.normal_same", estimate=_estimate_draw)
def normal_same(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw normals block by block, with the bytes of `random.normal`.

    Formula: that of `random.normal`, from the generator's counters; see `reprokit.random`.
    Catches: what `random.normal` catches, and memory that grows beyond the output. Where MLX
    draws in another way than this does, it fails.
    """
    return _draw(_ask("normal", "same", key, dtype, shape))


@operation("random.uniform_same", estimate=_estimate_draw)
def uniform_same(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw uniform numbers on [0, 1) block by block, with the bytes of `random.uniform`.

    Catches: what `random.uniform` catches, and memory that grows beyond the output.
    """
    return _draw(_ask("uniform", "same", key, dtype, shape))


@operation("random.normal_chunked", estimate=_estimate_draw)
def normal_chunked(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, chunk_elements: Count = 65536
) -> mx.array:
    """Draw normals chunk by chunk, chunk i of n with the key `mx.random.split(key, n)[i]`.

    Catches: what `random.normal` catches, over many keys, and memory that grows beyond the
    output.
    """
    return _draw(_ask("normal", "chunked", key, dtype, shape, chunk_elements))


@operation("random.uniform_chunked", estimate=_estimate_draw)
def uniform_chunked(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, chunk_elements: Count = 65536
) -> mx.array:
    """Draw uniform numbers on [0, 1) chunk by chunk, as `random.normal_chunked` does.

    Catches: what `random.uniform` catches, over many keys.
    """
    return _draw(_ask("uniform", "chunked", key, dtype, shape, chunk_elements))


@operation("random.normal_portable", estimate=_estimate_draw)
def normal_portable(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw normals whose bytes are the same on every machine, by construction.

    Formula: inversion by quadratics from a table; see `reprokit.numerics.portable`.
    Catches: a machine whose integers, conversions, or single float32 sums and products are not
    IEEE 754's.
    """
    return _draw(_ask("normal", "portable", key, dtype, shape))


@operation("random.uniform_portable", estimate=_estimate_draw)
def uniform_portable(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> mx.array:
    """Draw uniform numbers on [0, 1) whose bytes are the same on every machine.

    Formula: (word >> 8) * 2**-24; see `reprokit.numerics.portable`.
    Catches: what `random.normal_portable` catches, without its table.
    """
    return _draw(_ask("uniform", "portable", key, dtype, shape))


@operation("random.normal_streamed", estimate=_estimate_streamed)
def normal_streamed(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, method: str = "same"
) -> Streamed:
    """Draw normals by a method and digest them piece by piece: the whole is never held.

    Formula: the digest is that of the same draw, made whole.
    Catches: what the whole draw catches, at sizes beyond the machine's memory.
    """
    return _stream(_ask("normal", _read_method(method), key, dtype, shape))


@operation("random.uniform_streamed", estimate=_estimate_streamed)
def uniform_streamed(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, method: str = "same"
) -> Streamed:
    """Draw uniform numbers on [0, 1) by a method and digest them piece by piece.

    Catches: what the whole draw catches, at sizes beyond the machine's memory.
    """
    return _stream(_ask("uniform", _read_method(method), key, dtype, shape))


@operation("random.normal_same_as_mlx", estimate=_estimate_pair)
def normal_same_as_mlx(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Related:
    """Draw normals by MLX and by `same`, and compare them byte by byte.

    Catches: a release of MLX whose stream `same` does not know, at any place of a large draw.
    """
    return _compare(_ask("normal", "same", key, dtype, shape))


@operation("random.uniform_same_as_mlx", estimate=_estimate_pair)
def uniform_same_as_mlx(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Related:
    """Draw uniform numbers by MLX and by `same`, and compare them byte by byte.

    Catches: a release of MLX whose stream `same` does not know, at any place of a large draw.
    """
    return _compare(_ask("uniform", "same", key, dtype, shape))


def _read_method(method: str) -> Method:
    return cast("Method", method)  # the request checks it


def _compare(request: DrawRequest) -> Related:
    whole = request.draw_by_mlx()
    theirs, item_bytes = view_bytes(whole), request.dtype.size
    start = differing = 0
    first = -1
    for piece in stream(request.open_source()):
        ours = view_bytes(piece)
        stop = start + len(ours)
        if ours != theirs[start:stop]:
            places = [
                start + at
                for at in range(0, len(ours), item_bytes)
                if ours[at : at + item_bytes] != theirs[start + at : start + at + item_bytes]
            ]
            first = places[0] // item_bytes if first < 0 else first
            differing += len(places)
        start = stop
    return Related(
        name=f"`same` gives the bytes of mx.random.{request.distribution}",
        holds=differing == 0 and start == len(theirs),
        facts={"differing": differing, "first_index": first},
        result=whole,
    )
