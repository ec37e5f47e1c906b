"""Distances of arrays, held against NumPy's numbers, and at the edges of each dtype."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.divergence import Distance
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.numerics import distance as module
from reprokit.numerics import distance_numpy
from reprokit.numerics.distance import (
    MOST_WITNESS_ELEMENTS,
    can_measure,
    measure_distance,
    measure_witness,
)
from reprokit.numerics.float_bits import FORMATS, list_places, measure_ulp, read_float, read_floats
from tests.builders import QUICK

BEFORE = 4096
"""More bytes than the runs that are compared at once."""


@st.composite
def bits_near_edges(draw: st.DrawFn, dtype: str) -> int:
    """Draw the bits of a number, zeros, infinities and the ends more often than by chance."""
    part = "float32" if dtype == "complex64" else dtype
    size = ITEM_BYTES[part]
    top = 1 << (8 * size)
    edges = [0, top // 2, top - 1]
    if part in FORMATS:
        edges += [FORMATS[part].infinity, FORMATS[part].infinity | FORMATS[part].sign]
    near = st.builds(lambda at, by: (at + by) % top, st.sampled_from(edges), st.integers(-2, 2))
    bits = draw(near | st.integers(0, top - 1))
    return bits if part == dtype else bits << 32 | draw(near)


@st.composite
def pairs_of_arrays(draw: st.DrawFn) -> tuple[str, bytes, bytes]:
    """Draw a dtype and two arrays, of which many elements are equal or close."""
    dtype = draw(st.sampled_from(sorted(ITEM_BYTES)))
    size = ITEM_BYTES[dtype]
    top = 1 << (8 * size)
    baseline = draw(st.lists(bits_near_edges(dtype), max_size=12))
    candidate = [
        draw(
            st.just(bits)
            | st.sampled_from([(bits + by) % top for by in range(-3, 4)])
            | st.sampled_from([bits ^ (top // 2), bits ^ (1 << 31) % top])
            | bits_near_edges(dtype)
        )
        for bits in baseline
    ]
    prefix = bytes(draw(st.sampled_from([0, BEFORE])))
    one, other = (
        prefix + b"".join(it.to_bytes(size, "little") for it in side)
        for side in (baseline, candidate)
    )
    return dtype, one, other


def read_parts(data: bytes, dtype: str) -> tuple[Any, Any, Any]:
    """Read bits, numbers and places of an array by NumPy, one row for each element."""
    part = {"complex64": "float32", "bool": "uint8"}.get(dtype, dtype)
    size = ITEM_BYTES[part]
    rows = (-1, 2 if dtype == "complex64" else 1)
    bits = np.frombuffer(data, f"<u{size}").reshape(rows)
    if part == "bfloat16":
        numbers = (bits.astype("<u4") << 16).view("<f4").astype(object)
    else:
        numbers = bits.view(part).astype(object)
    if part not in FORMATS:
        return bits, numbers, numbers
    steps = bits.view(f"<i{size}").astype(object)
    return bits, numbers, np.where(steps >= 0, steps, -(steps + 2 ** (8 * size - 1)) - 1)


@np.errstate(invalid="ignore")
def measure_by_numpy(baseline: bytes, candidate: bytes, dtype: str) -> Distance | None:
    """Measure a distance element by element, as its attributes' meaning says."""
    (bits, numbers, places), (other_bits, others, ends) = (
        read_parts(data, dtype) for data in (baseline, candidate)
    )
    changed = bits != other_bits
    indices = np.flatnonzero(changed.any(axis=1))
    if not len(indices):
        return None
    nan, other_nan = numbers != numbers, others != others  # noqa: PLR0124 - NaN alone differs
    ulps: dict[int, int] = {
        index: max(int(it) for it in abs(ends[index] - places[index]))
        for index in indices.tolist()
        if not ((nan | other_nan) & changed)[index].any()
    }
    finite = [
        (Fraction(it), Fraction(other))
        for it, other in zip(numbers[changed], others[changed], strict=True)
        if math.isfinite(it) and math.isfinite(other)
    ]
    ordered = ~(nan | other_nan) & (numbers != 0) & (others != 0)

    def count(flags: Any) -> int:  # noqa: ANN401
        return int(np.sum((flags & changed).any(axis=1)))

    return Distance(
        size=len(bits),
        differing=len(indices),
        first_index=int(indices[0]),
        worst_index=max(ulps, key=lambda it: (ulps[it], -it), default=None),
        max_ulp=max(ulps.values(), default=None),
        mean_ulp=float(Fraction(sum(ulps.values()), len(ulps))) if ulps else None,
        max_absolute=round_greatest(abs(other - it) for it, other in finite),
        max_relative=round_greatest(abs(other - it) / abs(it) for it, other in finite if it),
        sign_changes=count(ordered & ((numbers < 0) != (others < 0))),
        zero_signs=count((numbers == 0) & (others == 0)),
        nan_changes=count(nan != other_nan),
        nan_payloads=count(nan & other_nan),
    )


def round_greatest(amounts: Any) -> float | None:  # noqa: ANN401 - a generator of fractions
    """Round the greatest of exact amounts to float64."""
    greatest = max(amounts, default=None)
    try:
        return None if greatest is None else float(greatest)
    except OverflowError:
        return None


@QUICK
@given(pairs_of_arrays())
def test_distance_is_numpys(case: tuple[str, bytes, bytes]) -> None:
    """Every dtype, element by element; absolute and relative differences are rounded twice."""
    dtype, baseline, candidate = case
    distance = measure_distance(baseline, candidate, dtype)
    expected = measure_by_numpy(baseline, candidate, dtype)
    if distance is None or expected is None:
        assert distance == expected
        return
    for name in ("max_absolute", "max_relative"):
        amount, exact = getattr(distance, name), getattr(expected, name)
        if amount is not None and exact is not None:
            assert amount == pytest.approx(exact, rel=1e-15, abs=1e-320)
        else:
            assert amount == exact or overflows(baseline, candidate, dtype)
    assert replace(distance, max_absolute=None, max_relative=None) == replace(
        expected, max_absolute=None, max_relative=None
    )


@QUICK
@given(pairs_of_arrays(), st.sampled_from([16, 32, 1 << 17]), st.sampled_from([0, 1, 5]))
def test_pieces_add_up_whoever_measures_them(
    case: tuple[str, bytes, bytes], piece_bytes: int, plain_elements: int
) -> None:
    """However an array is cut, and after however many elements NumPy takes over: one distance."""
    dtype, baseline, candidate = case
    with patch.object(distance_numpy, "can_tally", return_value=False):
        plain = measure_distance(baseline, candidate, dtype)
    with (
        patch.object(module, "_PIECE_BYTES", piece_bytes),
        patch.object(module, "_PLAIN_ELEMENTS", plain_elements),
    ):
        assert measure_distance(baseline, candidate, dtype) == plain


def test_numpy_is_asked_for_what_it_tells_exactly() -> None:
    """Integers of 64 bits are left to Python, whose own are exact; trees have no elements."""
    assert {it for it in ITEM_BYTES if not distance_numpy.can_tally(it)} == {"int64", "uint64"}
    assert not distance_numpy.can_tally("tree")


def test_large_arrays_are_measured_whole_and_listed_in_part() -> None:
    """A distance is of all that differs; a witness is of the first of it."""
    numbers = np.linspace(1.0, 2.0, 300_000, dtype="float32")
    moved = numbers.view("uint32").copy()
    moved[100_000:] += 1
    moved[200_000] += 6
    baseline, candidate = numbers.tobytes(), moved.tobytes()
    distance = measure_distance(baseline, candidate, "float32")
    assert distance is not None
    assert (distance.size, distance.differing, distance.first_index) == (300_000, 200_000, 100_000)
    assert (distance.worst_index, distance.max_ulp) == (200_000, 7)
    assert distance.mean_ulp == 200_006 / 200_000
    elements = measure_witness(baseline, candidate, "float32").elements
    assert [it.index for it in elements] == list(range(100_000, 100_000 + MOST_WITNESS_ELEMENTS))
    assert {it.ulp for it in elements} == {1}


def overflows(baseline: bytes, candidate: bytes, dtype: str) -> bool:
    """Tell whether a difference of finite numbers is beyond float64."""
    if dtype != "float64":
        return False
    one, other = (read_parts(it, dtype)[1].astype(float) for it in (baseline, candidate))
    with np.errstate(all="ignore"):
        return bool(np.any(np.isinf(other - one) & np.isfinite(one) & np.isfinite(other)))


@pytest.mark.parametrize(
    ("dtype", "baseline", "candidate", "expected"),
    [
        (
            "float32",
            struct.pack("<4f", 1.0, 2.0, -4.0, 8.0),
            struct.pack("<4f", 1.0, 2.0 + 2**-22, 4.0, 8.0),
            {
                "differing": 2,
                "first_index": 1,
                "worst_index": 2,
                "max_ulp": 2 * 0x4080_0000 + 1,
                "mean_ulp": 0x4080_0000 + 1.0,
                "max_absolute": 8.0,
                "max_relative": 2.0,
                "sign_changes": 1,
            },
        ),
        (
            "float16",
            struct.pack("<2e", 0.0, -0.0),
            struct.pack("<2e", -0.0, 0.0),
            {"differing": 2, "max_ulp": 1, "mean_ulp": 1.0, "max_absolute": 0.0, "zero_signs": 2},
        ),
        (
            "bfloat16",
            bytes.fromhex("7f7f 807f"),
            bytes.fromhex("807f 7f7f"),
            {"differing": 2, "max_ulp": 1, "mean_ulp": 1.0},
        ),
        (
            "float32",
            bytes.fromhex("0000c07f 0000c07f 0000803f 0000803f"),
            bytes.fromhex("0100c07f 0000803f 0000c0ff 0000803f"),
            {"differing": 3, "worst_index": None, "nan_changes": 2, "nan_payloads": 1},
        ),
        (
            "uint64",
            struct.pack("<2Q", 0, 7),
            struct.pack("<2Q", 2**64 - 1, 6),
            {
                "differing": 2,
                "max_ulp": 2**64 - 1,
                "mean_ulp": 2.0**63,
                "max_absolute": 2.0**64,
                "max_relative": 1 / 7,
            },
        ),
        (
            "int8",
            struct.pack("<2b", -128, 0),
            struct.pack("<2b", 127, 0),
            {
                "differing": 1,
                "max_ulp": 255,
                "mean_ulp": 255.0,
                "max_absolute": 255.0,
                "max_relative": 255 / 128,
                "sign_changes": 1,
            },
        ),
        (
            "bool",
            bytes([1, 0, 1]),
            bytes([1, 1, 0]),
            {
                "differing": 2,
                "first_index": 1,
                "worst_index": 1,
                "max_ulp": 1,
                "mean_ulp": 1.0,
                "max_absolute": 1.0,
                "max_relative": 1.0,
            },
        ),
        (
            "complex64",
            struct.pack("<4f", 1.0, 2.0, -0.0, math.inf),
            struct.pack("<4f", 1.0 + 2**-23, 2.0 - 2**-22, 0.0, -math.inf),
            {
                "differing": 2,
                "worst_index": 1,
                "max_ulp": 2 * 0x7F80_0000 + 1,
                "mean_ulp": 0x7F80_0000 + 1.5,
                "max_absolute": 2**-22,
                "max_relative": 2**-23,
                "sign_changes": 1,
                "zero_signs": 1,
            },
        ),
        (
            "float64",
            struct.pack("<2d", 5e-324, -1.7e308),
            struct.pack("<2d", 1.0, 1.7e308),
            {"differing": 2, "worst_index": 1, "max_ulp": 2**64, "sign_changes": 1},
        ),
    ],
)
def test_distance_at_the_edges(
    dtype: str, baseline: bytes, candidate: bytes, expected: dict[str, Any]
) -> None:
    """What is not told is 0, none, or the first element."""
    if dtype == "float64":
        (place,) = list_places([struct.unpack("<Q", struct.pack("<d", 1.7e308))[0]], dtype)
        (near,) = list_places([struct.unpack("<Q", struct.pack("<d", 1.0))[0]], dtype)
        assert place is not None
        assert near is not None
        longest = 2 * place + 1
        expected = {**expected, "max_ulp": longest, "mean_ulp": (longest + near - 1) / 2}
    defaults: dict[str, Any] = {
        "size": len(baseline) // ITEM_BYTES[dtype],
        "first_index": 0,
        "worst_index": 0,
        "max_ulp": None,
        "mean_ulp": None,
        "max_absolute": None,
        "max_relative": None,
    }
    assert measure_distance(baseline, candidate, dtype) == Distance(**(defaults | expected))
    assert measure_distance(candidate, candidate, dtype) is None


def test_equal_payloads_are_no_difference() -> None:
    """A complex number of which one part stays a NaN is as far as the other part."""
    nan = bytes.fromhex("0000c07f")
    baseline, candidate = nan + struct.pack("<f", 1.0), nan + struct.pack("<f", 1.0 + 2**-22)
    distance = measure_distance(baseline, candidate, "complex64")
    assert distance is not None
    assert (distance.max_ulp, distance.nan_changes, distance.nan_payloads) == (2, 0, 0)


@QUICK
@given(pairs_of_arrays())
def test_witness_lists_what_the_distance_sums_up(case: tuple[str, bytes, bytes]) -> None:
    """Bits of both sides are told exactly, and signed distances turn with the direction."""
    dtype, baseline, candidate = case
    witness = measure_witness(baseline, candidate, dtype)
    distance = measure_distance(baseline, candidate, dtype)
    size = ITEM_BYTES[dtype]
    sides = [
        [int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size)]
        for data in (baseline, candidate)
    ]
    assert [(it.index, it.baseline, it.candidate) for it in witness.elements] == [
        (index, one, other)
        for index, (one, other) in enumerate(zip(*sides, strict=True))
        if one != other
    ]
    ulps = [abs(it.ulp) for it in witness.elements if it.ulp is not None]
    assert max(ulps, default=None) == (distance.max_ulp if distance else None)
    if dtype in FORMATS:
        assert [it.ulp for it in witness.elements] == [
            measure_ulp(it.baseline, it.candidate, dtype) for it in witness.elements
        ]
    back = measure_witness(candidate, baseline, dtype)
    assert [it.ulp and -it.ulp for it in back.elements] == [it.ulp for it in witness.elements]


def test_complex_elements_are_told_by_the_farther_part() -> None:
    """Its sign is that part's."""
    baseline = struct.pack("<2f", 1.0, 2.0)
    candidate = struct.pack("<2f", 1.0 + 2**-23, 2.0 - 3 * 2**-23)
    (element,) = measure_witness(baseline, candidate, "complex64").elements
    assert element.ulp == -3
    assert element.baseline == 0x4000_0000_3F80_0000


@QUICK
@given(st.data())
def test_many_floats_are_read_as_one(data: st.DataObject) -> None:
    """Places and numbers of a list are those of each element."""
    dtype = data.draw(st.sampled_from(sorted(FORMATS)))
    elements = data.draw(st.lists(bits_near_edges(dtype), max_size=10))
    numbers, places = read_floats(elements, dtype), list_places(elements, dtype)
    for bits, number, place in zip(elements, numbers, places, strict=True):
        expected = read_float(bits, dtype)
        assert number == expected or math.isnan(number) == math.isnan(expected) is True
        assert (place is None) == math.isnan(number)
        if place is not None:
            assert place == measure_ulp(0, bits, dtype)


@pytest.mark.parametrize(("baseline", "candidate"), [(8, 4), (6, 6)])
def test_other_sizes_are_refused(baseline: int, candidate: int) -> None:
    """Nothing is cut off, on either side."""
    with pytest.raises(ValueError, match="no two arrays of float32"):
        measure_distance(bytes(baseline), bytes(candidate), "float32")


def test_what_can_be_measured() -> None:
    """All that MLX has, and nothing that has no elements."""
    assert can_measure("complex64")
    assert not can_measure("tree")
    assert not can_measure("")
