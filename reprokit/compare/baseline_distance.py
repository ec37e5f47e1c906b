"""How far a result is from the one in a baseline, in a clause, from what is kept of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.witness import write_place
from reprokit.numerics.distance import can_measure, measure_distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.record import ArrayFacts, NamedArray

FEW_LEAVES = 3
"""Of so many leaves that differ it is told how far."""

MANY_LEAVES = 20
"""So many others are named, and what is left is counted."""


def tell_tree_distance(before: Sequence[NamedArray], after: Sequence[NamedArray]) -> str:
    """Say how far a tree moved, leaf by leaf.

    Args:
        before: The leaves that a baseline keeps.
        after: Those that were measured.
    """
    old, new = ({leaf.name: leaf.array for leaf in leaves} for leaves in (before, after))
    moved = [it for it in old if it in new and _differ(old[it], new[it])]
    parts = [
        f"{len(moved)} of {len(old)} leaves {'differs' if len(moved) == 1 else 'differ'}",
        *(f"{it}: {tell_distance(old[it], new[it])}" for it in moved[:FEW_LEAVES]),
        _tell_rest(moved[FEW_LEAVES:]),
        _tell_names("no longer there", [name for name in old if name not in new]),
        _tell_names("new", [name for name in new if name not in old]),
    ]
    return "; ".join(filter(None, parts))


def _tell_rest(names: Sequence[str]) -> str:
    """Name the leaves of which it is not told how far they moved."""
    if not names:
        return ""
    more = f" and {len(names) - MANY_LEAVES} more" if len(names) > MANY_LEAVES else ""
    return f"so do {', '.join(names[:MANY_LEAVES])}{more}"


def _differ(one: ArrayFacts, other: ArrayFacts) -> bool:
    described = [(it.digest, it.dtype, it.shape) for it in (one, other)]
    return described[0] != described[1]


def _tell_names(said: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - FEW_LEAVES} more" if len(names) > FEW_LEAVES else ""
    return f"{said}: {', '.join(names[:FEW_LEAVES])}{more}"


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
    return f"how far apart is not known: {_explain_gap(before)}"


def _explain_gap(before: ArrayFacts) -> str:
    """Say what is lacking; of what lies elsewhere, as in manifests, nothing is claimed."""
    if before.dtype and before.dtype not in ITEM_BYTES:
        return "the leaves of both are not at hand"
    return "the bytes of both are not at hand"


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
    parts += [f"the first at {write_place(distance.first_index, before.shape)}"]
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
