"""How far two arrays at hand are apart, over all elements and for each that differs.

Plain Python, so that two manifests can be held against each other where neither MLX nor NumPy is
loaded.
"""

from __future__ import annotations

import struct
from math import isfinite
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from reprokit.model.divergence import Distance
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.witness import LOG, Witness, WitnessElement
from reprokit.numerics.float_bits import FORMATS, list_places, read_floats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from reprokit.numerics.normal_steps import NormalDraw

    _Element: TypeAlias = tuple[int, int, int]
    """An index, and the bits of both."""

    _Pair: TypeAlias = tuple[int, int]

_COMPLEX = "complex64"
_PART = 1 << 32
_BOTH = 2
_WORD_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_RUN_BYTES = 1024
"""Equal runs are passed over in one comparison; a multiple of every element's size."""

_LARGEST_LOG_CHANGE = 2
"""Changes of `log` beyond it would explain nearly any small difference."""


def can_measure(dtype: str) -> bool:
    """Tell whether arrays of a dtype have a distance: all dtypes of elements, but no tree."""
    return dtype in ITEM_BYTES


def measure_distance(baseline: bytes, candidate: bytes, dtype: str) -> Distance | None:
    """Measure how far an array is from another, over the elements whose bits differ.

    Floats are measured by `float_bits.measure_ulp`: 0 and -0 are one ulp apart, infinity is one
    beyond the largest number, a NaN has no distance. Integers are measured in units, a bool as the
    0 or 1 that it is. Of a complex number the part that is farther counts, in ulp, absolutely and
    relatively to itself; a sign or a NaN that changes counts once, be it in one part or in both.

    Args:
        baseline: Little-endian bytes in C order.
        candidate: Of another array, as many.
        dtype: Of both: a key of `model.dtypes.ITEM_BYTES`.

    Returns:
        The distance; None for equal bytes. Indices and ulps are exact, the mean is rounded once.
        Absolute and relative differences of finite numbers are rounded to float64; they are None
        where float64 cannot hold them too, as between its own largest number and the smallest.

    Raises:
        ValueError: For arrays of different sizes, or of no whole number of elements.
    """
    found = _find_differing(baseline, candidate, dtype)
    if not found:
        return None
    parts = _read_parts(found, dtype)
    ulps = _measure_elements(parts, dtype)
    lengths = [abs(ulp) for ulp in ulps if ulp is not None]
    longest = max(lengths, default=None)
    worst = [at for at, ulp in enumerate(ulps) if ulp is not None and abs(ulp) == longest]
    finite = [
        numbers
        for bits, numbers in zip(parts.bits, parts.numbers, strict=True)
        if bits[0] != bits[1] and isfinite(numbers[0]) and isfinite(numbers[1])
    ]
    return Distance(
        size=len(baseline) // ITEM_BYTES[dtype],
        differing=len(found),
        first_index=found[0][0],
        worst_index=found[worst[0]][0] if worst else None,
        max_ulp=longest,
        mean_ulp=sum(lengths) / len(lengths) if lengths else None,
        max_absolute=_find_greatest(abs(other - one) for one, other in finite),
        max_relative=_find_greatest(abs(other - one) / abs(one) for one, other in finite if one),
        **_count_special(parts, dtype),
    )


def measure_witness(
    baseline: bytes,
    candidate: bytes,
    dtype: str,
    *,
    draw: NormalDraw | None = None,
    searched: int = 0,
) -> Witness:
    """Measure where two arrays at hand differ.

    Args:
        baseline: Little-endian bytes in C order.
        candidate: Of another array, as many.
        dtype: Of both: a key of `model.dtypes.ITEM_BYTES`.
        draw: The call that gave both, where it was `mx.random.normal`: to find the changes of its
            `log`.
        searched: How many arrays were tried to find the two.

    Returns:
        The witness of the candidate against the baseline. Exact; ulps as in `measure_distance`.
        The bits of a complex number are its 8 bytes as one number, the real part's the low ones.

    Raises:
        ValueError: For arrays of different sizes, or of no whole number of elements.
    """
    found = _find_differing(baseline, candidate, dtype)
    ulps = _measure_elements(_read_parts(found, dtype), dtype)
    changes = [None if draw is None else _measure_log_change(draw, *it) for it in found]
    elements = tuple(
        WitnessElement(index=index, ulp=ulp, baseline=one, candidate=other, stage_ulp=change)
        for (index, one, other), ulp, change in zip(found, ulps, changes, strict=True)
    )
    stage = LOG if elements and all(map(_is_small_log_change, elements)) else None
    return Witness(elements=elements, stage=stage, proven=True, searched=searched)


def _measure_log_change(draw: NormalDraw, index: int, baseline: int, candidate: int) -> int | None:
    from reprokit.numerics.normal_steps import (
        compute_log_outcomes,
        measure_log_change,
    )  # slow to load

    return measure_log_change(compute_log_outcomes(draw, index), baseline, candidate)


def _is_small_log_change(element: WitnessElement) -> bool:
    return element.stage_ulp is not None and abs(element.stage_ulp) <= _LARGEST_LOG_CHANGE


def _find_differing(baseline: bytes, candidate: bytes, dtype: str) -> list[_Element]:
    """Find the elements that differ, with the bits of both."""
    size = ITEM_BYTES[dtype]
    if len(baseline) != len(candidate) or len(baseline) % size:
        msg = f"{len(baseline)} and {len(candidate)} bytes are no two arrays of {dtype}, as long"
        raise ValueError(msg)
    found: list[_Element] = []
    for start in range(0, len(baseline), _RUN_BYTES):
        runs = [data[start : start + _RUN_BYTES] for data in (baseline, candidate)]
        if runs[0] == runs[1]:
            continue
        layout = f"<{len(runs[0]) // size}{_WORD_CODES[size]}"
        pairs = zip(*(struct.unpack(layout, run) for run in runs), strict=True)
        found += [
            (index, one, other)
            for index, (one, other) in enumerate(pairs, start // size)
            if one != other
        ]
    return found


class _Parts(NamedTuple):
    """The numbers that differing elements consist of: two for a complex one, in turns."""

    bits: list[_Pair]
    numbers: list[tuple[float, float]]
    places: list[tuple[int | None, int | None]]
    """Where the numbers stand in their dtype's order; None for a NaN."""


def _read_parts(found: Sequence[_Element], dtype: str) -> _Parts:
    sides = [[it[1] for it in found], [it[2] for it in found]]
    if dtype == _COMPLEX:
        sides = [
            [part for bits in side for part in (bits % _PART, bits // _PART)] for side in sides
        ]
        dtype = "float32"
    if dtype in FORMATS:
        numbers = zip(*(read_floats(side, dtype) for side in sides), strict=True)
        places = zip(*(list_places(side, dtype) for side in sides), strict=True)
        return _Parts(list(zip(*sides, strict=True)), list(numbers), list(places))
    units = [_read_integers(side, dtype) for side in sides]
    pairs = list(zip(*units, strict=True))
    return _Parts(list(zip(*sides, strict=True)), pairs, pairs)


def _read_integers(elements: list[int], dtype: str) -> list[int]:
    if not dtype.startswith("int"):
        return elements
    sign = 1 << (8 * ITEM_BYTES[dtype] - 1)
    return [bits - 2 * sign if bits >= sign else bits for bits in elements]


def _measure_elements(parts: _Parts, dtype: str) -> list[int | None]:
    """Measure signed ulps, or units, of each element."""
    ulps = [
        0 if one == other else None if start is None or end is None else end - start
        for (one, other), (start, end) in zip(parts.bits, parts.places, strict=True)
    ]
    if dtype != _COMPLEX:
        return ulps
    return [
        None if real is None or imaginary is None else max(real, imaginary, key=abs)
        for real, imaginary in zip(ulps[::2], ulps[1::2], strict=True)
    ]


def _count_special(parts: _Parts, dtype: str) -> dict[str, int]:
    """Count the elements of which a part changes in another way than by a distance."""
    changed = [one != other for one, other in parts.bits]
    unordered = [(one is None) + (other is None) for one, other in parts.places]
    flags = {
        "sign_changes": [one < 0 < other or other < 0 < one for one, other in parts.numbers],
        "zero_signs": [
            it and one == 0 == other
            for it, (one, other) in zip(changed, parts.numbers, strict=True)
        ],
        "nan_changes": [nans == 1 for nans in unordered],
        "nan_payloads": [it and nans == _BOTH for it, nans in zip(changed, unordered, strict=True)],
    }
    if dtype == _COMPLEX:
        return {name: sum(map(or_, it[::2], it[1::2])) for name, it in flags.items()}
    return {name: sum(it) for name, it in flags.items()}


def _find_greatest(amounts: Iterable[float]) -> float | None:
    greatest = max(amounts, default=None)
    return None if greatest is None or not isfinite(greatest) else float(greatest)
