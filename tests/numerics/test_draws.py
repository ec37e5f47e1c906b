"""Draws by three methods, held against MLX's own and against each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from math import prod
from typing import TYPE_CHECKING

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics import draws, filling
from reprokit.numerics.digest import digest_array
from reprokit.numerics.draws import (
    BLOCK,
    ChunkedSource,
    PortableSource,
    SameSource,
    draw,
    draw_slice,
    stream,
)
from reprokit.numerics.mapping import Normal, Uniform
from reprokit.numerics.portable import PortableNormal, PortableUniform
from reprokit.numerics.threefry import expand_key
from tests.builders import QUICK
from tests.numerics.threefry import encrypt, make_key

if TYPE_CHECKING:
    from reprokit.numerics.draws import Source

DTYPES = {"float32": mx.float32, "float16": mx.float16, "bfloat16": mx.bfloat16}
EDGES = (0, 1, 2, 3, 31, 32, 33, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1, 200_001)
SEEDS = st.integers(0, 2**64 - 1)
NUMBERS = st.floats(-100, 100, width=32)
SIZES = st.one_of(st.integers(0, 300), st.sampled_from(EDGES))


def open_source(method: str, size: int, *, seed: int = 0, dtype: str = "float32") -> Source:
    """Open a source of normals."""
    key = mx.random.key(seed)
    if method == "chunked":
        normal = Normal(dtype=DTYPES[dtype])
        return ChunkedSource(size=size, key=key, mapping=normal, chunk_elements=100)
    if method == "portable":
        return PortableSource(
            size=size, schedule=expand_key(key), mapping=PortableNormal(dtype=DTYPES[dtype])
        )
    return SameSource(size=size, schedule=expand_key(key), mapping=Normal(dtype=DTYPES[dtype]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", EDGES)
def test_same_is_mlx_at_every_edge(dtype: str, size: int) -> None:
    """Around one, two and the length of a block, `same` gives the bytes of MLX's own draws."""
    for mapping in (Normal(dtype=DTYPES[dtype]), Uniform(dtype=DTYPES[dtype])):
        key = mx.random.key(11)
        ours = draw(SameSource(size=size, schedule=expand_key(key), mapping=mapping), (size,))
        assert digest_array(ours) == digest_array(mapping.draw((size,), key))


@QUICK
@given(SEEDS, SIZES, st.sampled_from(sorted(DTYPES)), st.none() | NUMBERS, st.none() | NUMBERS)
def test_same_normals_are_mlx(
    seed: int, size: int, dtype: str, loc: float | None, scale: float | None
) -> None:
    """For every key, size, dtype, location and scale `same` is `mx.random.normal`."""
    key = mx.random.key(seed)
    mapping = Normal(dtype=DTYPES[dtype], loc=loc, scale=scale)
    ours = draw(SameSource(size=size, schedule=expand_key(key), mapping=mapping), (size,))
    theirs = mx.random.normal((size,), DTYPES[dtype], loc, scale, key)
    assert digest_array(ours) == digest_array(theirs)


@QUICK
@given(SEEDS, SIZES, st.sampled_from(sorted(DTYPES)), NUMBERS, NUMBERS)
def test_same_uniforms_are_mlx(seed: int, size: int, dtype: str, low: float, high: float) -> None:
    """For every key, size, dtype and bounds `same` is `mx.random.uniform`."""
    key = mx.random.key(seed)
    mapping = Uniform(dtype=DTYPES[dtype], low=low, high=high)
    ours = draw(SameSource(size=size, schedule=expand_key(key), mapping=mapping), (size,))
    theirs = mx.random.uniform(low, high, (size,), DTYPES[dtype], key)
    assert digest_array(ours) == digest_array(theirs)


@pytest.mark.parametrize("method", ["same", "chunked", "portable"])
@pytest.mark.parametrize(
    "shape", [(), (2, 0, 5), (7, 50), (3, 1, 67), (2, BLOCK + 3), (BLOCK, 3)], ids=str
)
def test_shape_does_not_decide_the_bytes(method: str, shape: tuple[int, ...]) -> None:
    """Shapes of one size hold the same bytes."""
    flat = draw(open_source(method, prod(shape)), (prod(shape),))
    folded = draw(open_source(method, prod(shape)), shape)
    assert folded.shape == shape
    assert digest_array(flat).digest == digest_array(folded).digest


@QUICK
@given(st.data(), st.sampled_from(["same", "chunked", "portable"]))
def test_slices_are_of_the_whole(data: st.DataObject, method: str) -> None:
    """Any slice is what the whole draw has there."""
    size = data.draw(SIZES)
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    dtype = data.draw(st.sampled_from(sorted(DTYPES)))
    whole = draw(open_source(method, size, seed=5, dtype=dtype), (size,))
    part = draw_slice(open_source(method, size, seed=5, dtype=dtype), start, stop)
    assert digest_array(part) == digest_array(whole[start:stop])


@pytest.mark.parametrize("method", ["same", "chunked", "portable"])
@pytest.mark.parametrize("size", EDGES)
def test_streams_are_the_whole(method: str, size: int) -> None:
    """The pieces of a stream, one after the other, are the whole draw."""
    whole = draw(open_source(method, size), (size,))
    pieces = list(stream(open_source(method, size)))
    joined = mx.concatenate(pieces) if pieces else mx.zeros((0,))
    assert digest_array(joined) == digest_array(whole)


@pytest.mark.parametrize("size", [1, 99, 100, 101, 200, 201, 350])
def test_each_chunk_is_a_draw_of_its_subkey(size: int) -> None:
    """Chunk i is MLX's own draw under subkey i; the last may be shorter."""
    output = draw(open_source("chunked", size, seed=3), (size,))
    starts = range(0, size, 100)
    subkeys = mx.random.split(mx.random.key(3), len(starts))
    for index, start in enumerate(starts):
        chunk = mx.random.normal((min(100, size - start),), key=subkeys[index])
        assert digest_array(output[start : start + 100]) == digest_array(chunk)


@QUICK
@given(SEEDS, SIZES, SIZES)
def test_longer_portable_draws_begin_with_shorter_ones(seed: int, one: int, two: int) -> None:
    """Of the same key, a portable draw is the beginning of every longer one."""
    short, long = sorted((one, two))
    key = mx.random.key(seed)
    mapping = PortableUniform(dtype=mx.float32)
    first = draw(PortableSource(size=short, schedule=expand_key(key), mapping=mapping), (short,))
    second = draw(PortableSource(size=long, schedule=expand_key(key), mapping=mapping), (long,))
    assert digest_array(first) == digest_array(second[:short])


@pytest.mark.parametrize("method", ["same", "portable"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_fused_integers_give_the_same_bytes(method: str, dtype: str) -> None:
    """Compiled or not, a draw has the same bytes."""
    size, key = 2 * BLOCK + 77, mx.random.key(9)
    digests = set()
    for fused in (False, True):
        if method == "same":
            mapping = Normal(dtype=DTYPES[dtype])
            source: Source = SameSource(
                size=size, schedule=expand_key(key), mapping=mapping, compiled=fused
            )
        else:
            normal = PortableNormal(dtype=DTYPES[dtype], compiled=fused)
            source = PortableSource(
                size=size, schedule=expand_key(key), mapping=normal, compiled=fused
            )
        digests.add(digest_array(draw(source, (size,))).digest)
    assert len(digests) == 1


@pytest.mark.parametrize("method", ["same", "chunked", "portable"])
def test_peak_is_the_output_and_some_blocks(method: str) -> None:
    """Whatever the size, no more than 8 MiB are held beside the output; MLX holds twice it more."""
    size = 2**23
    source = open_source(method, size, dtype="bfloat16")
    if isinstance(source, ChunkedSource):
        source = replace(source, chunk_elements=BLOCK)
    mx.clear_cache()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    output = draw(source, (size,))
    assert mx.get_peak_memory() - before < output.nbytes + 2**23


@QUICK
@given(st.lists(st.integers(1, 6), max_size=4), st.sampled_from([7, 20, 50]))
def test_rows_of_any_length(shape: list[int], longest: int) -> None:
    """Where an axis cannot hold the whole, rows of the last axes do, with the same bytes."""
    size, key = prod(shape), mx.random.key(4)
    expected = mx.random.normal(shape, key=key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "LONGEST_AXIS", longest)
        patch.setattr(draws, "_HALF", 4)
        source = SameSource(size=size, schedule=expand_key(key), mapping=Normal(dtype=mx.float32))
        assert digest_array(draw(source, shape)) == digest_array(expected)


def test_portable_counters_beyond_32_bits() -> None:
    """A portable draw goes on where the first word of its counters is used up."""
    start = 2**33 - 2
    mapping = PortableUniform(dtype=mx.float32)
    source = PortableSource(size=2**34, schedule=expand_key(mx.random.key(6)), mapping=mapping)
    found = draw_slice(source, start, start + 4)
    for index, element in enumerate(range(start, start + 4)):
        row, place = divmod(element, 65536)
        counter = 32768 * row + place % 32768
        words = encrypt(make_key(6), (counter % 2**32, counter // 2**32))
        assert found[index].item() == (words[place // 32768] >> 8) * 2.0**-24


@pytest.mark.parametrize("method", ["same", "chunked", "portable"])
def test_the_first_piece_of_more_than_32_bits_count(method: str) -> None:
    """A draw of more than 2**31 elements begins as any: its pieces are cut in small numbers."""
    source = open_source(method, 2**31 + 5)
    if isinstance(source, ChunkedSource):
        source = replace(source, chunk_elements=BLOCK)
    ((piece, *_), *_) = islice(source.list_blocks(), 1)
    assert piece.start == 0
    assert mx.all(mx.isfinite(piece.values)).item()
    assert next(stream(source)).size == BLOCK
