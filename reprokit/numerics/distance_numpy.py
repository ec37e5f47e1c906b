"""Sums over differing elements by NumPy, where it is installed: for very many of them.

It gives what `distance_tally` gives in plain Python.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.numerics.distance_tally import COMPLEX, Tally
from reprokit.numerics.float_bits import FORMATS

if TYPE_CHECKING:
    from typing import TypeAlias

    Array: TypeAlias = Any
    """A NumPy array: users need not have NumPy, nor its types."""

_PLAIN_DTYPES = frozenset({"int64", "uint64"})
"""NumPy divides and subtracts them after rounding to float64, and the result would be another."""

_HALF = 32
_SHIFT = 16


@cache
def can_tally(dtype: str) -> bool:
    """Tell whether NumPy is installed, and sums a dtype up as plain Python does."""
    return dtype in ITEM_BYTES and dtype not in _PLAIN_DTYPES and find_spec("numpy") is not None


class _Side(NamedTuple):
    """The parts of one array's elements: two columns for complex numbers, else one."""

    bits: Array
    numbers: Array
    """As float64; exact, since no integer here has more than 32 bits."""
    places: Array
    """As int64, where the numbers stand in their dtype's order; of a NaN without meaning."""
    nan: Array


def tally_piece(start: int, baseline: bytes, candidate: bytes, dtype: str) -> Tally:
    """Sum up the differing elements of a piece of two arrays.

    Args:
        start: The element that it begins at.
        baseline: Little-endian bytes.
        candidate: Of the other array, as many.
        dtype: One that `can_tally`.
    """
    import numpy as np

    part = {COMPLEX: "float32", "bool": "uint8"}.get(dtype, dtype)
    columns = ITEM_BYTES[dtype] // ITEM_BYTES[part]
    words = [
        np.frombuffer(data, f"<u{ITEM_BYTES[part]}").reshape(-1, columns)
        for data in (baseline, candidate)
    ]
    indices = np.flatnonzero(_any_part(words[0] != words[1]))
    if not len(indices):
        return Tally()
    with np.errstate(all="ignore"):
        one, other = (_read_side(it[indices], part) for it in words)
        return _sum_up(one, other, indices + start)


def _any_part(flags: Array) -> Array:
    return flags[:, 0] | flags[:, -1]


def _read_side(bits: Array, dtype: str) -> _Side:
    import numpy as np

    size = ITEM_BYTES[dtype]
    if dtype not in FORMATS:
        numbers = bits.view(dtype)
        return _Side(bits, numbers.astype("f8"), numbers.astype("i8"), np.zeros(bits.shape, "?"))
    sign = FORMATS[dtype].sign
    steps = bits.view(f"<i{size}").astype("i8")
    places = np.where(steps >= 0, steps, ~(steps & (sign - 1)))
    if dtype == "bfloat16":
        numbers = (bits.astype("<u4") << _SHIFT).view("<f4").astype("f8")
    else:
        numbers = bits.view(f"<f{size}").astype("f8")
    return _Side(bits, numbers, places, np.isnan(numbers))


def _sum_up(one: _Side, other: _Side, indices: Array) -> Tally:
    import numpy as np

    changed = one.bits != other.bits
    lengths = _measure_lengths(one, other)
    known = ~_any_part(changed & (one.nan | other.nan))
    ordered = lengths[known]
    worst = int(np.argmax(ordered)) if len(ordered) else None
    finite = changed & np.isfinite(one.numbers) & np.isfinite(other.numbers)
    absolute = np.abs(other.numbers - one.numbers)
    relative = absolute / np.abs(one.numbers)
    return Tally(
        differing=len(indices),
        first_index=int(indices[0]),
        worst_index=None if worst is None else int(indices[known][worst]),
        max_ulp=None if worst is None else int(ordered[worst]),
        ulp_sum=_sum_exactly(ordered),
        ulp_count=len(ordered),
        max_absolute=_find_greatest(absolute[finite]),
        max_relative=_find_greatest(relative[finite & (one.numbers != 0)]),
        special=_count_special(one, other, changed),
    )


def _measure_lengths(one: _Side, other: _Side) -> Array:
    """Measure each element's distance as uint64: of two parts that of the farther."""
    import numpy as np

    # places are up to 2^64 apart, which wraps around to what it is without a sign
    start, end = one.places.view("u8"), other.places.view("u8")
    lengths = np.where(other.places > one.places, end - start, start - end)
    lengths[one.bits == other.bits] = 0
    return np.maximum(lengths[:, 0], lengths[:, -1])


def _sum_exactly(lengths: Array) -> int:
    """Add numbers of 64 bits: their halves, whose sums uint64 holds."""
    high = int((lengths >> _HALF).sum(dtype="u8"))
    return (high << _HALF) + int((lengths & ((1 << _HALF) - 1)).sum(dtype="u8"))


def _find_greatest(amounts: Array) -> float | None:
    return float(amounts.max()) if amounts.size else None


def _count_special(one: _Side, other: _Side, changed: Array) -> tuple[int, ...]:
    """Count as `distance_tally.SPECIAL` names."""
    before, after = one.numbers, other.numbers
    flags = (
        ((before < 0) & (after > 0)) | ((after < 0) & (before > 0)),
        changed & (before == 0) & (after == 0),
        one.nan != other.nan,
        changed & one.nan & other.nan,
    )
    return tuple(int(_any_part(it).sum()) for it in flags)
