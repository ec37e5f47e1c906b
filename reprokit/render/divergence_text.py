"""How a divergence, and a digest that changed, is said: in clauses that every format uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.divergence import PartState
from reprokit.model.names import short
from reprokit.render.text import FEW, render_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.attribution import OldValue
    from reprokit.model.divergence import BlockDifference, Distance, Divergence, PartDifference
    from reprokit.model.witness import Witness


def describe_divergence(divergence: Divergence, *, brief: bool = False) -> str:
    """Say how two clusters part: which elements, how far, after which step; else what is known.

    As `1 of 8 elements: 5 by -1 ulp; first step that parts: log`; where steps were not measured,
    `explained by 1 ulp of log`.

    Args:
        divergence: How they part.
        brief: Whether to leave out what a row of a table has no room for: means, errors, and why
            there is no distance.
    """
    return "; ".join(_list_clauses(divergence, brief=brief))


def _list_clauses(divergence: Divergence, *, brief: bool) -> Iterator[str]:
    if divergence.distance is not None:
        yield describe_distance(divergence.distance, divergence.witness, brief=brief)
    elif divergence.blocks is not None:
        yield describe_blocks(divergence.blocks)
    if divergence.leaves:
        yield _describe_leaves(divergence.leaves)
    yield from _list_steps(divergence)
    if divergence.gap and divergence.blocks is None and not brief:
        yield divergence.gap[0].lower() + divergence.gap[1:].rstrip(".")


def _list_steps(divergence: Divergence) -> Iterator[str]:
    """Name the first step that was seen to part, or that would explain the elements."""
    step, witness = divergence.first_stage, divergence.witness
    if step is None:
        return
    if divergence.is_stage_measured or witness is None:
        yield f"first step that parts: {step}"
        return
    most = max((abs(it.stage_ulp or 0) for it in witness.elements), default=0)
    far = {0: "", 1: "1 ulp of "}.get(most, f"at most {most} ulps of ")
    yield f"explained by {far}{step}"


def describe_distance(
    distance: Distance, witness: Witness | None = None, *, brief: bool = False
) -> str:
    """Say how many elements differ and how far: each where they are few, else the farthest.

    Args:
        distance: How far the arrays are apart.
        witness: The elements, where they are known.
        brief: Whether to tell ulps alone.
    """
    count = f"{distance.differing:,} of {render_count(distance.size, 'element')}"
    if witness is not None and distance.differing <= FEW:
        each = ", ".join(f"{it.index} by {_write_ulp(it.ulp)}" for it in witness.elements)
        return "; ".join([f"{count}: {each}", *_list_special(distance)])
    return ", ".join(
        [f"{count}, first {distance.first_index:,}", *_list_extent(distance, brief=brief)]
    )


def _write_ulp(ulp: int | None) -> str:
    return "NaN" if ulp is None else f"{ulp:+,} ulp"


def _list_extent(distance: Distance, *, brief: bool) -> Iterator[str]:
    if distance.max_ulp is not None:
        yield f"at most {distance.max_ulp:,} ulp (at {distance.worst_index:,})"
    if distance.mean_ulp is not None and not brief:
        yield f"mean {distance.mean_ulp:.3g} ulp"
    if distance.max_absolute is not None and not brief:
        yield f"at most {distance.max_absolute:.3g} absolutely"
    if distance.max_relative is not None and not brief:
        yield f"{distance.max_relative:.3g} relatively"
    yield from _list_special(distance)


def _list_special(distance: Distance) -> Iterator[str]:
    counts = {
        "sign change": distance.sign_changes,
        "sign of zero": distance.zero_signs,
        "number against NaN": distance.nan_changes,
        "NaN of other bits": distance.nan_payloads,
    }
    yield from (f"{count:,} x {name}" for name, count in counts.items() if count)


def describe_blocks(blocks: BlockDifference) -> str:
    """Say how many runs of bytes differ, and where the first of them begins."""
    return (
        f"{blocks.differing:,} of {render_count(blocks.blocks, 'run')} of {blocks.block_bytes:,} "
        f"bytes, the first from element {blocks.first_element:,} on"
    )


def _describe_leaves(leaves: Sequence[PartDifference]) -> str:
    differing = [it for it in leaves if it.state is PartState.DIFFERENT]
    absent = [it.name for it in leaves if it.state is PartState.ABSENT]
    told = [_describe_leaf(it) for it in differing[:FEW]]
    left = len(differing) - len(told)
    told += [f"{left} more"] if left else []
    words = [f"{len(differing)} of {len(leaves)} leaves" + (f": {', '.join(told)}" if told else "")]
    words += [f"on one side only, or of another shape: {', '.join(absent[:FEW])}"] if absent else []
    return "; ".join(words)


def _describe_leaf(leaf: PartDifference) -> str:
    if leaf.distance is not None:
        return f"{leaf.name} ({describe_distance(leaf.distance, brief=True)})"
    if leaf.blocks is not None:
        return f"{leaf.name} (from element {leaf.blocks.first_element:,} on)"
    return leaf.name


def describe_old_value(value: OldValue) -> str:
    """Say whose old value a changed digest is."""
    whose = "its own" if value.holder == value.machine else f"{value.holder}'s"
    return (
        f"changed on {value.machine} since {short(value.earlier_commit)}, to {whose} old value at "
        f"{short(value.holder_commit)}"
    )
