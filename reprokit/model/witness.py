"""Which elements of two arrays differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG = "log"
"""The stage of a normal draw that machines compute in their own ways."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WitnessElement:
    """One element that differs.

    Attributes:
        index: Flat, in C order.
        ulp: Signed distance of the candidate from the baseline: in representable numbers between
            them for floats, in units for integers; of a complex number that of the part that is
            farther. None where one of them is NaN.
        baseline: Bits of the baseline's element.
        candidate: Bits of the candidate's.
        stage_ulp: The least change, in float32 steps of the stage, that makes one of the other;
            None where no stage is known or no small change does.
    """

    index: int
    ulp: int | None
    baseline: int
    candidate: int
    stage_ulp: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """The elements in which a candidate differs from a baseline.

    Attributes:
        elements: By rising index, the first 4096 where more differ; none where the arrays are
            equal.
        stage: The step whose change by at most two ulps explains all of them; None where there is
            no such step, or nothing to explain.
        proven: Whether both arrays' bytes have the digests that were told of them.
        searched: How many arrays were tried to find them; 0 where both were at hand.
    """

    elements: tuple[WitnessElement, ...]
    stage: str | None
    proven: bool
    searched: int


def write_place(index: int, shape: Sequence[int]) -> str:
    """Write where an element is, as code has it: `[11, 9]`.

    Args:
        index: Flat, in C order.
        shape: Of the array.
    """
    places: list[int] = []
    for side in reversed(shape):
        index, place = divmod(index, side)
        places.insert(0, place)
    return f"[{', '.join(map(str, places))}]"
