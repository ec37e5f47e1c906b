"""How far two arrays at hand are apart, over all elements and for each that differs.

Plain Python, so that two manifests can be held against each other where neither MLX nor NumPy is
loaded. Where very many elements differ, NumPy measures them, if it is installed: the same numbers,
about 40 times as fast.
"""

from __future__ import annotations

import struct
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING

from reprokit.model.divergence import Distance
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.witness import LOG, Witness, WitnessElement
from reprokit.numerics.distance_tally import (
    SPECIAL,
    Tally,
    add_tallies,
    measure_elements,
    tally_elements,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.numerics.distance_tally import Element
    from reprokit.numerics.normal_steps import NormalDraw

MOST_WITNESS_ELEMENTS = 4096
"""A witness lists so many elements at most, the first that differ. None of an array whose bytes a
manifest keeps is left out."""

_WORD_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
_PIECE_BYTES = 1 << 17
_RUN_BYTES = 1024
"""Equal pieces, and equal runs in them, are passed over in one comparison; both are multiples of
every element's size."""

_PLAIN_ELEMENTS = 1 << 15
"""So many differing elements are measured in plain Python before NumPy is loaded, which takes about
as long."""

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
        The distance; None for equal bytes. All elements count, however many there are: without
        NumPy some microseconds for each that differs. Indices and ulps are exact, the mean is
        rounded once. Absolute and relative differences of finite numbers are rounded to float64;
        they are None where float64 cannot hold them too, as between its own largest number and the
        smallest.

    Raises:
        ValueError: For arrays of different sizes, or of no whole number of elements.
    """
    total = Tally()
    for start, one, other in _list_parting_pieces(baseline, candidate, dtype):
        total = add_tallies(total, _tally_piece(start, one, other, dtype, total.differing))
    if not total.differing:
        return None
    special = dict(zip(SPECIAL, total.special, strict=True))
    return Distance(
        size=len(baseline) // ITEM_BYTES[dtype],
        differing=total.differing,
        first_index=total.first_index,
        worst_index=total.worst_index,
        max_ulp=total.max_ulp,
        mean_ulp=total.ulp_sum / total.ulp_count if total.ulp_count else None,
        max_absolute=_keep_finite(total.max_absolute),
        max_relative=_keep_finite(total.max_relative),
        **special,
    )


def _keep_finite(amount: float | None) -> float | None:
    return None if amount is None or not isfinite(amount) else float(amount)


def _tally_piece(start: int, one: bytes, other: bytes, dtype: str, before: int) -> Tally:
    """Sum up a piece that begins at an element, of which so many before it differ."""
    if before >= _PLAIN_ELEMENTS:
        from reprokit.numerics.distance_numpy import can_tally, tally_piece

        if can_tally(dtype):
            return tally_piece(start, one, other, dtype)
    found = list(_find_differing(start, one, other, ITEM_BYTES[dtype]))
    return tally_elements(found, dtype) if found else Tally()


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
        The witness of the candidate against the baseline: the first `MOST_WITNESS_ELEMENTS` that
        differ; a distance tells how many there are. Exact; ulps as in `measure_distance`.
        The bits of a complex number are its 8 bytes as one number, the real part's the low ones.

    Raises:
        ValueError: For arrays of different sizes, or of no whole number of elements.
    """
    size = ITEM_BYTES[dtype]
    pieces = _list_parting_pieces(baseline, candidate, dtype)
    differing = (found for piece in pieces for found in _find_differing(*piece, size))
    found = list(islice(differing, MOST_WITNESS_ELEMENTS))
    ulps = measure_elements(found, dtype)
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


def _list_parting_pieces(
    baseline: bytes, candidate: bytes, dtype: str
) -> Iterator[tuple[int, bytes, bytes]]:
    """List the pieces of two arrays whose bytes differ, each with the element it begins at."""
    size = ITEM_BYTES[dtype]
    if len(baseline) != len(candidate) or len(baseline) % size:
        msg = f"{len(baseline)} and {len(candidate)} bytes are no two arrays of {dtype}, as long"
        raise ValueError(msg)
    for start in range(0, len(baseline), _PIECE_BYTES):
        one, other = (data[start : start + _PIECE_BYTES] for data in (baseline, candidate))
        if one != other:
            yield start // size, one, other


def _find_differing(start: int, one: bytes, other: bytes, size: int) -> Iterator[Element]:
    """Find the elements of a piece that differ, with the bits of both."""
    for at in range(0, len(one), _RUN_BYTES):
        runs = [data[at : at + _RUN_BYTES] for data in (one, other)]
        if runs[0] == runs[1]:
            continue
        layout = f"<{len(runs[0]) // size}{_WORD_CODES[size]}"
        pairs = zip(*(struct.unpack(layout, run) for run in runs), strict=True)
        for index, (bits, other_bits) in enumerate(pairs, start + at // size):
            if bits != other_bits:
                yield index, bits, other_bits
