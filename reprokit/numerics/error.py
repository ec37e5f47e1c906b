"""How far two arrays are apart: by bits, and where the bits differ, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = {1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64"}
"""The integers that an element's bytes are read as, by its size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How far one array is from another of the same dtype and shape.

    Attributes:
        size: Elements of each.
        differing: How many elements have other bytes; -0 and 0 differ, a NaN equals its own bits.
        first_index: Place of the first of them in C order; None where there is none.
        max_abs_error: Largest |left - right| where both are finite; 0 where none is. Of integers
            it is exact, and an integer itself.
        max_rel_error: Largest |left - right| / max(|left|, |right|) over the same: from 0 to 2.
        nonfinite: Differing elements of which one at least is infinite or NaN.
    """

    size: int
    differing: int
    first_index: int | None = None
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    nonfinite: int = 0

    @property
    def facts(self) -> Mapping[str, int | float]:
        """What a relation's record holds of it; nothing of elements where none differs."""
        counts: dict[str, int | float] = {"size": self.size, "differing": self.differing}
        if self.first_index is None:
            return counts
        return counts | {
            "first_index": self.first_index,
            "max_abs_error": self.max_abs_error,
            "max_rel_error": self.max_rel_error,
            "nonfinite": self.nonfinite,
        }


def measure_difference(left: mx.array, right: mx.array) -> Difference:
    """Measure how far `left` is from `right`.

    Args:
        left: Any dtype but a complex one.
        right: Of the same dtype and shape.

    Returns:
        Exact counts; of integers and truth values the exact largest error. Other errors are
        rounded to float32, those of float64 to float64.

    Raises:
        ValueError: For arrays of different shapes or dtypes.
    """
    if left.shape != right.shape or left.dtype != right.dtype:
        msg = f"{left.dtype} {left.shape} cannot be held against {right.dtype} {right.shape}"
        raise ValueError(msg)
    differs = _read_words(left) != _read_words(right)
    differing = _count(differs) if left.size else 0
    if not differing:
        return Difference(size=left.size, differing=0)
    places = mx.where(
        differs, mx.arange(left.size, dtype=mx.uint32), mx.array(2**32 - 1, mx.uint32)
    )
    finite = (mx.isfinite(left) & mx.isfinite(right)).reshape(-1)
    subtract = _subtract_floats if mx.issubdtype(left.dtype, mx.floating) else _subtract_integers
    distance, larger = subtract(left.reshape(-1), right.reshape(-1))
    error = mx.where(differs & finite, distance, mx.zeros_like(distance))
    relative = mx.where(error > 0, error / larger, mx.array(0.0))
    return Difference(
        size=left.size,
        differing=differing,
        first_index=int(_read_number(places.min())),
        max_abs_error=_read_number(error.max()),
        max_rel_error=_read_number(relative.max()),
        nonfinite=_count(differs & ~finite),
    )


def _subtract_floats(one: mx.array, other: mx.array) -> tuple[mx.array, mx.array]:
    """Return |one - other| and max(|one|, |other|), in float32, or float64 where they are so."""
    wide = mx.float64 if one.dtype == mx.float64 else mx.float32
    one, other = one.astype(wide), other.astype(wide)
    return mx.abs(one - other), mx.maximum(mx.abs(one), mx.abs(other))


def _subtract_integers(one: mx.array, other: mx.array) -> tuple[mx.array, mx.array]:
    """Return |one - other| and max(|one|, |other|), in uint64, which holds both without rounding.

    Formula: in two's complement the difference of the larger and the smaller is that of their
    words mod 2**64.
    """
    wide = mx.uint64 if one.dtype == mx.uint64 else mx.int64
    one, other = one.astype(wide), other.astype(wide)
    words = [array.view(mx.uint64) for array in (one, other)]
    magnitudes = [
        mx.where(array < 0, mx.zeros_like(word) - word, word)
        for array, word in zip((one, other), words, strict=True)
    ]
    distance = mx.where(one > other, words[0] - words[1], words[1] - words[0])
    return distance, mx.maximum(*magnitudes)


def is_near(approximate: mx.array, reference: mx.array, fraction: float) -> bool:
    """Tell whether errors are small beside the reference's largest element.

    Formula: max |approximate - reference| ≤ fraction · max |reference|. So wide a measure passes
    any order of summation and any rounding of operands, and no kernel that computes another thing.

    Args:
        approximate: Any float dtype.
        reference: Of the same shape.
        fraction: A power of two, so that the bound is exact.

    Returns:
        False where an element of either is infinite or NaN.
    """
    left, right = approximate.astype(mx.float32), reference.astype(mx.float32)
    bound = mx.abs(right).max() * fraction
    near = mx.all(mx.isfinite(left)) & mx.all(mx.isfinite(right))
    return bool((near & (mx.abs(left - right).max() <= bound)).item())


def find_largest(array: mx.array) -> float:
    """Find the largest magnitude of an array's elements."""
    return _read_number(mx.abs(array).max())


def all_finite(array: mx.array) -> bool:
    """Tell whether no element is infinite or NaN."""
    return bool(mx.all(mx.isfinite(array)).item())


def _read_words(array: mx.array) -> mx.array:
    return array.reshape(-1).view(getattr(mx, _WORDS[array.itemsize]))


def _count(mask: mx.array) -> int:
    return int(_read_number(mx.sum(mask)))


def _read_number(scalar: mx.array) -> float:
    return cast("float", scalar.item())
