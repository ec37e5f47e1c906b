"""What differing elements sum up to: in plain Python, and pieces of an array put together."""

from __future__ import annotations

from math import isfinite
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.numerics.float_bits import FORMATS, list_places, read_floats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Element: TypeAlias = tuple[int, int, int]
    """An index, and the bits of both."""

    _Pair: TypeAlias = tuple[int, int]

COMPLEX = "complex64"
SPECIAL = ("sign_changes", "zero_signs", "nan_changes", "nan_payloads")
"""The counts that a `model.divergence.Distance` has by these names."""

_PART = 1 << 32
_BOTH = 2


class Tally(NamedTuple):
    """What the differing elements of one piece of two arrays sum up to.

    Attributes:
        differing: How many there are.
        first_index: The first.
        worst_index: The first of those that are farthest; None where none has a distance.
        max_ulp: Their distance.
        ulp_sum: All distances, without signs; exact.
        ulp_count: How many have one.
        max_absolute: Greatest absolute difference of finite numbers, which may be infinite; None
            where there are none.
        max_relative: Greatest relative one, likewise.
        special: Counts, in the order of `SPECIAL`.
    """

    differing: int = 0
    first_index: int = 0
    worst_index: int | None = None
    max_ulp: int | None = None
    ulp_sum: int = 0
    ulp_count: int = 0
    max_absolute: float | None = None
    max_relative: float | None = None
    special: tuple[int, ...] = (0, 0, 0, 0)


def add_tallies(one: Tally, later: Tally) -> Tally:
    """Put together what was summed up over a piece, and over another one behind it."""
    if not one.differing or not later.differing:
        return one if one.differing else later
    farther = later.max_ulp is not None and (one.max_ulp is None or later.max_ulp > one.max_ulp)
    return Tally(
        differing=one.differing + later.differing,
        first_index=one.first_index,
        worst_index=later.worst_index if farther else one.worst_index,
        max_ulp=later.max_ulp if farther else one.max_ulp,
        ulp_sum=one.ulp_sum + later.ulp_sum,
        ulp_count=one.ulp_count + later.ulp_count,
        max_absolute=_find_greater(one.max_absolute, later.max_absolute),
        max_relative=_find_greater(one.max_relative, later.max_relative),
        special=tuple(sum(it) for it in zip(one.special, later.special, strict=True)),
    )


def _find_greater(one: float | None, other: float | None) -> float | None:
    return max((it for it in (one, other) if it is not None), default=None)


def tally_elements(found: Sequence[Element], dtype: str) -> Tally:
    """Sum up the differing elements of a piece.

    Args:
        found: At least one, by rising index.
        dtype: A key of `model.dtypes.ITEM_BYTES`.
    """
    parts = _read_parts(found, dtype)
    ulps = _measure_parts(parts, dtype)
    lengths = [abs(ulp) for ulp in ulps if ulp is not None]
    longest = max(lengths, default=None)
    worst = next((at for at, it in enumerate(ulps) if it is not None and abs(it) == longest), None)
    finite = [
        numbers
        for bits, numbers in zip(parts.bits, parts.numbers, strict=True)
        if bits[0] != bits[1] and isfinite(numbers[0]) and isfinite(numbers[1])
    ]
    return Tally(
        differing=len(found),
        first_index=found[0][0],
        worst_index=None if worst is None else found[worst][0],
        max_ulp=longest,
        ulp_sum=sum(lengths),
        ulp_count=len(lengths),
        max_absolute=max((abs(other - one) for one, other in finite), default=None),
        max_relative=max(
            (abs(other - one) / abs(one) for one, other in finite if one), default=None
        ),
        special=_count_special(parts, dtype),
    )


def measure_elements(found: Sequence[Element], dtype: str) -> list[int | None]:
    """Measure signed ulps, or units, of each element; None where one of both is a NaN."""
    return _measure_parts(_read_parts(found, dtype), dtype)


class _Parts(NamedTuple):
    """The numbers that differing elements consist of: two for a complex one, in turns."""

    bits: list[_Pair]
    numbers: list[tuple[float, float]]
    places: list[tuple[int | None, int | None]]
    """Where the numbers stand in their dtype's order; None for a NaN."""


def _read_parts(found: Sequence[Element], dtype: str) -> _Parts:
    sides = [[it[1] for it in found], [it[2] for it in found]]
    if dtype == COMPLEX:
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


def _measure_parts(parts: _Parts, dtype: str) -> list[int | None]:
    ulps = [
        0 if one == other else None if start is None or end is None else end - start
        for (one, other), (start, end) in zip(parts.bits, parts.places, strict=True)
    ]
    if dtype != COMPLEX:
        return ulps
    return [
        None if real is None or imaginary is None else max(real, imaginary, key=abs)
        for real, imaginary in zip(ulps[::2], ulps[1::2], strict=True)
    ]


def _count_special(parts: _Parts, dtype: str) -> tuple[int, ...]:
    """Count the elements of which a part changes in another way than by a distance: `SPECIAL`."""
    changed = [one != other for one, other in parts.bits]
    unordered = [(one is None) + (other is None) for one, other in parts.places]
    flags = (
        [one < 0 < other or other < 0 < one for one, other in parts.numbers],
        [it and one == 0 == other for it, (one, other) in zip(changed, parts.numbers, strict=True)],
        [nans == 1 for nans in unordered],
        [it and nans == _BOTH for it, nans in zip(changed, unordered, strict=True)],
    )
    if dtype == COMPLEX:
        return tuple(sum(map(or_, it[::2], it[1::2])) for it in flags)
    return tuple(sum(it) for it in flags)
