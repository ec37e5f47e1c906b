"""How far a result is from the one in a baseline, in a clause, from what is kept of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.numerics.distance import can_measure, measure_distance

if TYPE_CHECKING:
    from reprokit.model.record import ArrayFacts


def tell_distance(before: ArrayFacts, after: ArrayFacts) -> str:
    """Say how far a result moved: in elements and ulps, in runs of bytes, or that nobody can tell.

    Args:
        before: The baseline's.
        after: What was measured.
    """
    if (before.dtype, before.shape) != (after.dtype, after.shape):
        if before.dtype and after.dtype:
            return f"{_name(before)} became {_name(after)}"
        return "how far apart is not known: dtype and shape of one of them are not"
    if before.digest == after.digest:
        return "the same bytes"
    if before.bits is not None and after.bits is not None and can_measure(before.dtype):
        return _tell_elements(before, after)
    if before.blocks and after.blocks and before.block_bytes == after.block_bytes:
        return _tell_blocks(before, after)
    return "how far apart is not known: nothing but digests is kept of them"


def _name(array: ArrayFacts) -> str:
    return f"{array.dtype}{list(array.shape)}"


def _tell_elements(before: ArrayFacts, after: ArrayFacts) -> str:
    one, other = bytes.fromhex(before.bits or ""), bytes.fromhex(after.bits or "")
    distance = measure_distance(one, other, before.dtype)
    if distance is None:
        return "the same bytes"
    verb = "differs" if distance.differing == 1 else "differ"
    parts = [f"{distance.differing} of {distance.size} elements {verb}"]
    unit = "ulp" if "float" in before.dtype or "complex" in before.dtype else "units"
    parts += [f"by up to {distance.max_ulp} {unit}"] if distance.max_ulp is not None else []
    parts += [f"the first at [{distance.first_index}]"]
    parts += [f"{distance.nan_changes} to or from NaN"] if distance.nan_changes else []
    return ", ".join(parts)


def _tell_blocks(before: ArrayFacts, after: ArrayFacts) -> str:
    pairs = zip(before.blocks, after.blocks, strict=True)
    differing = [index for index, (one, other) in enumerate(pairs) if one != other]
    if not differing:
        return "how far apart is not known: no run of bytes differs by the digits kept of it"
    verb = "differs" if len(differing) == 1 else "differ"
    start = f"{len(differing)} of {len(before.blocks)} runs of {before.block_bytes} bytes {verb}"
    return f"{start}, the first from byte {differing[0] * before.block_bytes}"
