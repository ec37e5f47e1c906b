"""Portable draws, held against integers and float32 steps in NumPy, and against the truth."""

from __future__ import annotations

import hashlib
import struct
from decimal import Decimal

import mlx.core as mx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.draws import BLOCK, PortableSource, draw
from reprokit.numerics.portable import PortableNormal, PortableUniform
from reprokit.numerics.portable_table import (
    OCTAVES,
    SEGMENTS,
    STEPS,
    TABLE_PATH,
    invert_tail,
    make_segment,
)
from reprokit.numerics.threefry import expand_key
from tests.builders import QUICK
from tests.numerics.threefry import encrypt, make_key

Words = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float32]

TABLE = np.frombuffer(TABLE_PATH.read_bytes(), "<f4").reshape(3, 2, OCTAVES, SEGMENTS)
TABLE_DIGEST = "b540a36b422d45c6"
DIGESTS = ["659a9c95ebed75d1", "085c7f77d3927f9d", "53432723be5196b9"]
"""First digits of portable uniform draws' digests."""

SEEDS = st.integers(0, 2**64 - 1)
WORD_LISTS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50)
EDGES = [0, 1, 2**29, 2**30 - 1, 2**30, 2**30 + 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1]
EDGES += [2**power for power in range(32)] + [2**power - 1 for power in range(32)]


def refer_words(seed: int, size: int) -> Words:
    """Draw a portable draw's words as its definition says, one by one."""
    words = []
    for element in range(size):
        row, place = divmod(element, 65536)
        counter = 32768 * row + place % 32768
        pair = encrypt(make_key(seed), (counter % 2**32, counter // 2**32))
        words.append(pair[place // 32768])
    return np.array(words, np.uint32)


def refer_normals(words: Words) -> Floats:
    """Map words to normals in exact integers, and float32 steps one at a time."""
    results = []
    for word in words.tolist():
        tail = 2 * (word % 2**31) + 1
        is_center = tail > 2**31
        distance = 2**32 - tail if is_center else tail
        octave = distance.bit_length() - 1
        # of 128 segments an octave, and 2**24 steps a segment
        segment, step = divmod((distance - 2**octave) * SEGMENTS * STEPS // 2**octave, STEPS)
        c0, c1, c2 = TABLE[:, int(is_center), octave, segment]
        steps = np.float32(step)
        size = (steps * c2 + c1) * steps + c0
        results.append(-size if word >= 2**31 else size)
    return np.array(results, np.float32)


def to_numpy(array: mx.array) -> npt.NDArray[np.uint8]:
    """Give an array's bytes."""
    return np.frombuffer(memoryview(mx.contiguous(array)).tobytes(), np.uint8)  # type: ignore[arg-type]


@QUICK
@given(SEEDS, st.integers(1, 60))
def test_words_are_the_counters(seed: int, size: int) -> None:
    """Uniforms show the first 24 bits of the words that the definition gives."""
    mapping = PortableUniform(dtype=mx.float32)
    ours = draw(
        PortableSource(size=size, schedule=expand_key(mx.random.key(seed)), mapping=mapping),
        (size,),
    )
    expected = (refer_words(seed, size) >> 8).astype(np.float32) * np.float32(2.0**-24)
    assert np.array(ours).tobytes() == expected.tobytes()


def test_words_beyond_the_first_row_are_the_counters() -> None:
    """Places in both halves of the first rows have the words that the definition gives."""
    size = BLOCK + BLOCK // 2 + 3
    mapping = PortableUniform(dtype=mx.float32)
    ours = np.array(
        draw(
            PortableSource(size=size, schedule=expand_key(mx.random.key(1)), mapping=mapping),
            (size,),
        )
    )
    for element in (0, 32767, 32768, 65535, 65536, size - 1):
        row, place = divmod(element, 65536)
        pair = encrypt(make_key(1), (32768 * row + place % 32768, 0))
        assert ours[element] == np.float32((pair[place // 32768] >> 8) * 2.0**-24)


@pytest.mark.parametrize("compiled", [False, True])
def test_normals_at_the_edges(compiled: bool) -> None:  # noqa: FBT001
    """Around every power of two, words become what integers and single steps make of them."""
    words = np.array(EDGES, np.uint32)
    ours = PortableNormal(dtype=mx.float32, compiled=compiled)(mx.array(words))
    assert np.array(ours).tobytes() == refer_normals(words).tobytes()


@QUICK
@given(WORD_LISTS)
def test_normals_are_the_reference(numbers: list[int]) -> None:
    """Words become what integers and single steps make of them."""
    words = np.array(numbers, np.uint32)
    ours = PortableNormal(dtype=mx.float32)(mx.array(words))
    assert np.array(ours).tobytes() == refer_normals(words).tobytes()


@QUICK
@given(WORD_LISTS, st.floats(-100, 100, width=32), st.floats(-100, 100, width=32))
def test_location_and_scale_are_single_steps(numbers: list[int], loc: float, scale: float) -> None:
    """A product and a sum in float32, each rounded; then the dtype's nearest number."""
    words = np.array(numbers, np.uint32)
    expected = refer_normals(words) * np.float32(scale) + np.float32(loc)
    full = PortableNormal(dtype=mx.float32, loc=loc, scale=scale)(mx.array(words))
    assert np.array(full).tobytes() == expected.tobytes()
    half = PortableNormal(dtype=mx.float16, loc=loc, scale=scale)(mx.array(words))
    assert np.array(half).tobytes() == expected.astype(np.float16).tobytes()


@QUICK
@given(WORD_LISTS)
def test_signs_are_the_first_bit(numbers: list[int]) -> None:
    """The other sign is the word with its first bit turned; none of the numbers is 0."""
    words = mx.array(np.array(numbers, np.uint32))
    normal = PortableNormal(dtype=mx.float32)
    one, other = np.array(normal(words)), np.array(normal(words ^ 0x8000_0000))
    assert (one == -other).all()
    assert (one != 0).all()


@pytest.mark.parametrize("octave", range(OCTAVES))
@pytest.mark.parametrize("is_center", [False, True])
def test_normals_are_within_an_ulp(octave: int, is_center: bool) -> None:  # noqa: FBT001
    """In each octave, normals are within 1.02 ulp of the exact inverse."""
    distances = {2**octave | 1, 2 ** (octave + 1) - 1, (2**octave * 11 // 8) | 1}
    for distance in distances:
        tail = 2**32 - distance if is_center else distance
        exact = invert_tail(Decimal(tail) / 2**33)
        words = mx.array([tail // 2], dtype=mx.uint32)
        ours = float(np.array(PortableNormal(dtype=mx.float32)(words))[0])
        ulp = Decimal(float(np.spacing(np.float32(ours))))
        assert abs(Decimal(ours) - exact) <= ulp * Decimal("1.02")


@pytest.mark.parametrize("segment", [0, 63, 127])
@pytest.mark.parametrize("octave", [0, 15, 30])
@pytest.mark.parametrize("is_center", [False, True])
def test_table_is_what_is_computed(octave: int, segment: int, is_center: bool) -> None:  # noqa: FBT001
    """The table that comes along holds what its module computes."""
    expected = make_segment(octave, segment, is_center=is_center)
    held = TABLE[:, int(is_center), octave, segment]
    assert held.tobytes() == struct.pack("<3f", *expected)


def test_no_step_is_subnormal() -> None:
    """No coefficient, and no product of one with a step, may be flushed to zero anywhere."""
    smallest = np.finfo(np.float32).smallest_normal
    assert (np.abs(TABLE[:2]) >= smallest).all()
    curves = np.abs(TABLE[2])
    assert ((curves == 0) | (curves >= smallest)).all()


@pytest.mark.parametrize(
    ("dtype", "digest"),
    [
        ("float32", "5b996a4109e55124"),
        ("bfloat16", "537eeadbdf0bf466"),
        ("float16", "2dd0cf7a6f88f33a"),
    ],
)
def test_bytes_never_change(dtype: str, digest: str) -> None:
    """The bytes of a portable draw are what they were when the method was published."""
    mapping = PortableNormal(dtype=getattr(mx, dtype))
    ours = draw(
        PortableSource(size=100_000, schedule=expand_key(mx.random.key(0)), mapping=mapping),
        (100_000,),
    )
    assert hashlib.sha256(to_numpy(ours).tobytes()).hexdigest()[:16] == digest


def test_uniform_bytes_never_change() -> None:
    """Those of a portable uniform draw neither, with bounds and in half precision."""
    digests = []
    for dtype, low, high in ((mx.float32, 0.0, 1.0), (mx.bfloat16, 0.0, 1.0), (mx.float16, -3, 5)):
        mapping = PortableUniform(dtype=dtype, low=low, high=high)
        source = PortableSource(
            size=100_000, schedule=expand_key(mx.random.key(0)), mapping=mapping
        )
        digests.append(hashlib.sha256(to_numpy(draw(source, (100_000,))).tobytes()).hexdigest())
    assert [digest[:16] for digest in digests] == DIGESTS


@QUICK
@given(WORD_LISTS, st.floats(-100, 100, width=32), st.floats(-100, 100, width=32))
def test_uniforms_are_single_steps(numbers: list[int], low: float, high: float) -> None:
    """24 bits, exact, at most the number below 1; a product and a sum; the nearest of the dtype."""
    words = np.array(numbers, np.uint32)
    for dtype, below in ((np.float32, 1 - 2**-24), (np.float16, 1 - 2**-11)):
        unit = np.minimum((words >> 8).astype(np.float32) * np.float32(2.0**-24), np.float32(below))
        expected = (unit * np.float32(high - low) + np.float32(low)).astype(dtype)
        mapping = PortableUniform(dtype=getattr(mx, dtype.__name__), low=low, high=high)
        assert np.array(mapping(mx.array(words))).tobytes() == expected.tobytes()


def test_table_never_changes() -> None:
    """Every bit of the table is what it was when the method was published."""
    assert hashlib.sha256(TABLE_PATH.read_bytes()).hexdigest()[:16] == TABLE_DIGEST
