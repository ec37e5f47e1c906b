"""Digests of an array's bytes, held against numpy's bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.digest import (
    BITS_LIMIT_BYTES,
    MOST_BLOCKS,
    SMALLEST_BLOCK_BYTES,
    TWO_THREADS_BYTES,
    choose_block_bytes,
    digest_array,
    digest_blocks,
    view_bytes,
)
from tests.builders import QUICK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NUMPY_DTYPES = {
    "bool": np.dtype(np.bool_),
    "uint8": np.dtype(np.uint8),
    "int8": np.dtype(np.int8),
    "uint16": np.dtype(np.uint16),
    "int16": np.dtype(np.int16),
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(np.uint16),
    "uint32": np.dtype(np.uint32),
    "int32": np.dtype(np.int32),
    "float32": np.dtype(np.float32),
    "uint64": np.dtype(np.uint64),
    "int64": np.dtype(np.int64),
    "float64": np.dtype(np.float64),
    "complex64": np.dtype(np.complex64),
}
"""numpy's dtype for each of MLX's; bfloat16, which numpy lacks, goes by its bits."""


def make_array(name: str, content: np.ndarray[Any, Any]) -> mx.array:
    """Make an MLX array with numpy's very bytes."""
    if name == "bool":
        return mx.array(content)
    if name == "float64":
        return mx.array(content, dtype=mx.float64)
    array = mx.array(content)
    return array.view(mx.bfloat16) if name == "bfloat16" else array


def draw_content(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    """Draw any bits at all in a shape: NaN payloads, infinities and subnormals among them."""
    dtype = NUMPY_DTYPES[name]
    generator = np.random.default_rng(seed)
    if name == "bool":
        return generator.integers(0, 2, shape).astype(np.bool_)
    count = int(np.prod(shape))
    return np.frombuffer(generator.bytes(count * dtype.itemsize), dtype=dtype).reshape(shape)


def sha256(data: bytes) -> str:
    """Return the hex sha256."""
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def _on_cpu() -> Iterator[None]:
    """Compute on the CPU, where float64 is to be had."""
    with mx.stream(mx.cpu):
        yield


@pytest.mark.parametrize("name", NUMPY_DTYPES)
@pytest.mark.parametrize(
    "shape", [(), (0,), (3, 0, 2), (1,), (5,), (3, 4), (2, 1, 3), (1500,), (40, 300)], ids=str
)
def test_digest_is_of_the_bytes(name: str, shape: tuple[int, ...]) -> None:
    """Every dtype and shape, empty and 0-d too, is digested as the bytes that numpy has."""
    content = draw_content(name, shape, seed=len(shape))
    array = make_array(name, content)
    assert str(array.dtype) == f"mlx.core.{name}"
    assert array.shape == shape
    assert digest_array(array).digest == sha256(content.tobytes())


VIEWS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "transposed": (lambda it: it.T, lambda it: it.T),
    "strided": (lambda it: it[::2, 1::3], lambda it: it[::2, 1::3]),
    "row": (lambda it: it[3], lambda it: it[3]),
    "column": (lambda it: it[:, 2], lambda it: it[:, 2]),
    "offset": (lambda it: it[2:], lambda it: it[2:]),
    "reversed": (lambda it: it[::-1], lambda it: it[::-1]),
    "broadcast": (
        lambda it: mx.broadcast_to(it[:, None], (12, 5, 9)),
        lambda it: np.broadcast_to(it[:, None], (12, 5, 9)),
    ),
    "broadcast scalar": (
        lambda it: mx.broadcast_to(it[0, 0], (7, 3)),
        lambda it: np.broadcast_to(it[0, 0], (7, 3)),
    ),
    "axis of one": (lambda it: it[:, :1], lambda it: it[:, :1]),
    "large transposed": (
        lambda it: mx.tile(it, (40, 30)).T,
        lambda it: np.tile(it, (40, 30)).T,
    ),
}


@pytest.mark.parametrize("name", ["bool", "uint8", "bfloat16", "float32", "int64", "complex64"])
@pytest.mark.parametrize("view", VIEWS)
def test_digest_is_in_c_order(name: str, view: str) -> None:
    """Whatever way an array lies in memory, its elements are digested in C order."""
    content = draw_content(name, (12, 9), seed=1)
    of_mlx, of_numpy = VIEWS[view]
    array = of_mlx(make_array(name, content))
    expected = np.ascontiguousarray(of_numpy(content)).tobytes()
    assert bytes(view_bytes(array)) == expected
    assert digest_array(array).digest == sha256(expected)


@QUICK
@given(
    name=st.sampled_from(sorted(NUMPY_DTYPES)),
    shape=st.lists(st.integers(0, 12), max_size=4).map(tuple),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_digest_under_any_permutation_of_axes(
    name: str, shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    """Axes in any order give the digest of numpy's copy in that order."""
    axes = data.draw(st.permutations(range(len(shape))))
    content = draw_content(name, shape, seed)
    array = mx.transpose(make_array(name, content), axes)
    expected = np.ascontiguousarray(content.transpose(axes)).tobytes()
    assert digest_array(array).digest == sha256(expected)


def test_digest_tells_zeros_apart() -> None:
    """+0 and -0 are equal numbers of different bytes."""
    plus, minus = digest_array(mx.array([0.0])), digest_array(mx.array([-0.0]))
    assert plus.digest != minus.digest
    assert (plus.bits, minus.bits) == ("00000000", "00000080")


def test_digest_evaluates() -> None:
    """An array that is not computed yet is computed."""
    assert digest_array(mx.array([1, 2]) + mx.array([3, 4])).bits == "0400000006000000"


def test_bytes_are_not_copied() -> None:
    """The bytes of a contiguous array are read where they lie."""
    array = mx.arange(4096)
    mx.eval(array)
    one, two = (np.frombuffer(view_bytes(array), np.uint8) for _ in range(2))
    assert np.shares_memory(one, two)


@pytest.mark.parametrize("excess", [-1, 0, 1])
def test_small_arrays_keep_their_bits(excess: int) -> None:
    """Up to 4096 bytes are kept whole; above that there are block digests instead."""
    content = draw_content("uint8", (BITS_LIMIT_BYTES + excess,), seed=2)
    digests = digest_array(mx.array(content))
    if excess <= 0:
        assert (digests.bits, digests.blocks) == (content.tobytes().hex(), ())
        assert digests.block_bytes == 0
    else:
        assert digests.bits is None
        assert digests.block_bytes == SMALLEST_BLOCK_BYTES
        assert len(digests.blocks) == 2


@pytest.mark.parametrize("size", [TWO_THREADS_BYTES - 1, TWO_THREADS_BYTES])
def test_a_second_thread_changes_nothing(size: int) -> None:
    """With it and without, whole and runs are digests of the very bytes."""
    content = draw_content("uint8", (size,), seed=3)
    digests = digest_array(mx.array(content))
    assert digests.digest == sha256(content.tobytes())
    assert digests.block_bytes == choose_block_bytes(size)
    assert digests.blocks == digest_blocks(memoryview(content.tobytes()), digests.block_bytes)


def test_empty_has_empty_bits() -> None:
    """An empty array has the digest of no bytes, and keeps none."""
    digests = digest_array(mx.zeros((0,)))
    assert digests.digest == sha256(b"")
    assert (digests.bits, digests.blocks) == ("", ())


@given(st.integers(0, 2**50))
def test_block_bytes_are_minimal(size: int) -> None:
    """Runs are a power of two from 4 KiB, at most 64 of them, and half as long would be more."""
    block = choose_block_bytes(size)
    assert block >= SMALLEST_BLOCK_BYTES
    assert block.bit_count() == 1
    assert -(-size // block) <= MOST_BLOCKS
    assert block == SMALLEST_BLOCK_BYTES or -(-size // (block // 2)) > MOST_BLOCKS


@pytest.mark.parametrize("power", range(18, 30))
def test_block_bytes_at_the_edges(power: int) -> None:
    """64 full runs need no longer ones; one byte more does."""
    assert choose_block_bytes(2**power) == 2**power // MOST_BLOCKS
    assert choose_block_bytes(2**power + 1) == 2 * (2**power // MOST_BLOCKS)


@QUICK
@given(
    size=st.integers(BITS_LIMIT_BYTES + 1, 600_000),
    where=st.floats(0, 1, exclude_max=True),
    bit=st.integers(0, 7),
)
def test_first_differing_block_holds_the_changed_byte(size: int, where: float, bit: int) -> None:
    """One changed bit changes one block digest: that of the run which holds it."""
    position = int(where * size)
    content = np.zeros(size, np.uint8)
    changed = content.copy()
    changed[position] ^= 1 << bit
    before, after = digest_array(mx.array(content)), digest_array(mx.array(changed))
    assert before.block_bytes == after.block_bytes == choose_block_bytes(size)
    parted = [
        index
        for index, pair in enumerate(zip(before.blocks, after.blocks, strict=True))
        if pair[0] != pair[1]
    ]
    assert parted == [position // before.block_bytes]
    assert before.digest != after.digest


@QUICK
@given(st.lists(st.binary(min_size=32, max_size=32), max_size=6), st.binary(max_size=31))
def test_blocks_of_a_concatenation(runs: list[bytes], rest: bytes) -> None:
    """The block digests of runs set end to end are the digests of each, the rest last."""
    data = b"".join(runs) + rest
    expected = [sha256(run)[:16] for run in (*runs, rest) if run]
    assert list(digest_blocks(memoryview(data), 32)) == expected
