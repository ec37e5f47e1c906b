"""The elements in which a result differs from the one of a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.witness import write_place
from reprokit.numerics.distance import can_measure, measure_witness
from reprokit.render.element import write_element
from reprokit.render.text import render_table

if TYPE_CHECKING:
    from reprokit.model.record import ArrayFacts
    from reprokit.model.witness import WitnessElement

FEW_ELEMENTS = 5


def describe_elements(before: ArrayFacts, after: ArrayFacts) -> list[str]:
    """Write a table of the first elements that differ, and of the worst.

    Args:
        before: The baseline's.
        after: What was measured.

    Returns:
        Lines; none where the bytes of one of them are not kept, or they are of other kinds.
    """
    if (before.dtype, before.shape) != (after.dtype, after.shape) or not can_measure(before.dtype):
        return []
    if before.bits is None or after.bits is None:
        return []
    one, other = bytes.fromhex(before.bits), bytes.fromhex(after.bits)
    elements = measure_witness(one, other, before.dtype).elements
    shown = list(elements[:FEW_ELEMENTS])
    worst = max(elements, key=_rank, default=None)
    if worst is not None and worst not in shown:
        shown.append(worst)
    rows = [_write_row(it, before, worst) for it in shown]
    left = len(elements) - len(shown)
    lines = render_table(("element", "baseline", "now", "ulp"), rows).splitlines() if rows else []
    return [*lines, f"and {left} more"] if left else lines


def _rank(element: WitnessElement) -> int:
    return abs(element.ulp) if element.ulp is not None else -1


def _write_row(
    element: WitnessElement, array: ArrayFacts, worst: WitnessElement | None
) -> tuple[str, ...]:
    is_flat = len(array.shape) == 1
    mark = " (worst)" if element is worst else ""
    return (
        str(element.index) if is_flat else write_place(element.index, array.shape),
        write_element(element.baseline, array.dtype),
        write_element(element.candidate, array.dtype),
        f"{'NaN' if element.ulp is None else format(element.ulp, '+d')}{mark}",
    )
