"""How two arrays of one definition part; made by `compare`, shown by `render`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.witness import Witness


@dataclass(frozen=True, kw_only=True, slots=True)
class Distance:
    """How far a candidate is from a baseline, over all elements that differ in their bits.

    Attributes:
        size: Elements of each array.
        differing: How many differ.
        first_index: The first of them, flat, in C order.
        worst_index: The one of the greatest distance in ulp; None where none has one.
        max_ulp: That distance, without a sign; as `WitnessElement.ulp` counts it.
        mean_ulp: Mean of the differing elements' distances, without signs, NaN left out.
        max_absolute: Greatest absolute difference, in the dtype's unit; None where no pair of
            finite numbers differs.
        max_relative: Greatest absolute difference over the baseline's magnitude, where that is
            not 0; None likewise.
        sign_changes: Pairs of numbers other than 0 of opposite signs.
        zero_signs: Pairs of 0 and -0.
        nan_changes: Pairs of a number and a NaN.
        nan_payloads: Pairs of NaNs of other bits.
    """

    size: int
    differing: int
    first_index: int
    worst_index: int | None
    max_ulp: int | None
    mean_ulp: float | None
    max_absolute: float | None
    max_relative: float | None
    sign_changes: int = 0
    zero_signs: int = 0
    nan_changes: int = 0
    nan_payloads: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockDifference:
    """Where arrays part that only block digests are known of.

    Attributes:
        block_bytes: Length of a run of bytes.
        blocks: How many runs there are.
        differing: How many of them differ.
        first: The first of those, from 0.
        first_element: The flat index at which it begins.
    """

    block_bytes: int
    blocks: int
    differing: int
    first: int
    first_element: int


class PartState(StrEnum):
    """What can be said of a stage or a leaf."""

    EQUAL = "equal"
    DIFFERENT = "different"
    ABSENT = "absent"
    """Only one side has it, or it has another dtype or shape there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartDifference:
    """A stage of a computation or a leaf of a tree, on both sides.

    Attributes:
        name: Its name.
        state: Whether both sides have the same bytes.
        distance: How far they are apart, where bits are at hand.
        blocks: Which runs differ, where only block digests are.
    """

    name: str
    state: PartState
    distance: Distance | None = None
    blocks: BlockDifference | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Divergence:
    """How one cluster of machines parts from another.

    Attributes:
        baseline: The machines of one cluster.
        candidate: Those of the other.
        baseline_digest: Hex sha256 that the first gave.
        candidate_digest: That the others gave.
        distance: How far they are apart, where the bytes of both are at hand or were found.
        witness: The elements that differ, likewise.
        blocks: Which runs of bytes differ, where both have block digests.
        stages: The steps that led to the result, in order.
        leaves: The arrays of a tree.
        gap: Why there is no distance, and what would give one; empty where there is one. Of a tree
            it speaks of the first leaf that differs and has none.
    """

    baseline: tuple[str, ...]
    candidate: tuple[str, ...]
    baseline_digest: str
    candidate_digest: str
    distance: Distance | None = None
    witness: Witness | None = None
    blocks: BlockDifference | None = None
    stages: tuple[PartDifference, ...] = ()
    leaves: tuple[PartDifference, ...] = ()
    gap: str = ""

    @property
    def first_stage(self) -> str | None:
        """The first step that parts: as measured, else as the witness explains it.

        What the witness would explain by a step that was measured, and is equal, it does not.
        """
        states = {it.name: it.state for it in self.stages}
        measured = (name for name, state in states.items() if state is PartState.DIFFERENT)
        explained = self.witness.stage if self.witness else None
        is_refuted = explained is not None and states.get(explained) is PartState.EQUAL
        return next(measured, None if is_refuted else explained)

    @property
    def is_stage_measured(self) -> bool:
        """Whether the first step that parts was seen to, not inferred from the result alone."""
        return any(it.state is PartState.DIFFERENT for it in self.stages)
