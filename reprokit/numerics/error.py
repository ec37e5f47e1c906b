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
        max_abs_error: Largest |left - right|, in float32, where both are finite; 0 where none is.
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
        Exact counts; errors rounded to float32.

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
    one, other = (array.reshape(-1).astype(mx.float32) for array in (left, right))
    finite = mx.isfinite(one) & mx.isfinite(other)
    error = mx.where(differs & finite, mx.abs(one - other), mx.array(0.0))
    larger = mx.maximum(mx.abs(one), mx.abs(other))
    relative = mx.where(error > 0, error / larger, mx.array(0.0))
    return Difference(
        size=left.size,
        differing=differing,
        first_index=int(_read_number(places.min())),
        max_abs_error=_read_number(error.max()),
        max_rel_error=_read_number(relative.max()),
        nonfinite=_count(differs & ~finite),
    )


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
