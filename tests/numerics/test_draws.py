"""Seeded draws that MLX does not have."""

from __future__ import annotations

from math import prod

import mlx.core as mx
import pytest

from reprokit.numerics.digest import digest_array
from reprokit.numerics.draws import draw_normal_chunked

DTYPES = {"float32": mx.float32, "float16": mx.float16, "bfloat16": mx.bfloat16}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape",
    [(1,), (99,), (100,), (101,), (199,), (200,), (201,), (7, 50), (3, 1, 67), (), (2, 0, 5), (0,)],
    ids=str,
)
def test_each_chunk_is_a_draw_of_its_subkey(dtype: str, shape: tuple[int, ...]) -> None:
    """Chunk i is MLX's own normal draw under subkey i; the last may be shorter."""
    key = mx.random.key(3)
    output = draw_normal_chunked(shape, key=key, dtype=DTYPES[dtype], chunk_elements=100)
    assert (output.shape, output.dtype) == (shape, DTYPES[dtype])
    size = prod(shape)
    flat = output.reshape((size,))
    starts = range(0, size, 100)
    subkeys = mx.random.split(key, max(len(starts), 1))
    for index, start in enumerate(starts):
        length = min(100, size - start)
        chunk = mx.random.normal((length,), dtype=DTYPES[dtype], key=subkeys[index])
        assert digest_array(flat[start : start + length]) == digest_array(chunk)


def test_chunk_length_decides_the_bytes() -> None:
    """Other chunks are other subkeys: the chunk length is part of what is computed."""
    key = mx.random.key(0)
    one = draw_normal_chunked((100,), key=key, dtype=mx.float32, chunk_elements=100)
    two = draw_normal_chunked((100,), key=key, dtype=mx.float32, chunk_elements=50)
    assert digest_array(one).digest != digest_array(two).digest


def test_shape_does_not_decide_the_bytes() -> None:
    """The flat output is cut, so that shapes of one size hold the same bytes."""
    key = mx.random.key(0)
    flat = draw_normal_chunked((120,), key=key, dtype=mx.float32, chunk_elements=50)
    folded = draw_normal_chunked((8, 15), key=key, dtype=mx.float32, chunk_elements=50)
    assert digest_array(flat).digest == digest_array(folded).digest
