"""Witnesses: which elements of two arrays differ, by how many ulps, and after which step.

Where only a digest is known of one array, it is searched for near the other: first among arrays
that another `log` would give, which few elements tell apart, then among all that are an ulp or two
away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.witness import LOG
from reprokit.numerics.digest_search import Budget, SearchResult, search_digest
from reprokit.numerics.distance import measure_witness
from reprokit.numerics.float_bits import FORMATS, split_elements
from reprokit.numerics.neighbourhood import list_ulp_alternatives, make_neighbourhood
from reprokit.numerics.normal_steps import list_log_alternatives

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprokit.model.witness import Witness
    from reprokit.numerics.digest_search import Progress
    from reprokit.numerics.normal_steps import NormalDraw

OUTPUT = "output"
"""The elements themselves, whatever step changed them."""

_NEIGHBOURHOODS = ((LOG, 1), (LOG, 2), (OUTPUT, 1), (OUTPUT, 2))
"""Stages and spans in ulps, in the order they are searched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """The search of one neighbourhood.

    Attributes:
        stage: What was changed: `log`, or `output` for the elements themselves.
        span: By up to so many ulps, up and down.
        result: What came of it.
    """

    stage: str
    span: int
    result: SearchResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovery:
    """What became of a digest.

    Attributes:
        candidate: Bytes of the array that has it; None where it was not found.
        witness: Where it differs from the array at hand; None likewise.
        attempts: The neighbourhoods that were searched, in order; the last one found it or none
            did.
        tried_elsewhere: How many arrays were tried near others at hand, of whose neighbourhoods
            `attempts` does not tell.
    """

    candidate: bytes | None
    witness: Witness | None
    attempts: tuple[Attempt, ...]
    tried_elsewhere: int = 0

    @property
    def searched(self) -> int:
        """How many arrays were tried in all."""
        return self.tried_elsewhere + sum(it.result.searched for it in self.attempts)


def recover_witness(
    base: bytes,
    digest: str,
    dtype: str,
    *,
    draw: NormalDraw | None = None,
    budget: Budget | None = None,
    processes: int = 1,
    report: Callable[[Progress], None] | None = None,
) -> Recovery:
    """Find the array of which only the digest is known, near to one at hand.

    Each neighbourhood may take half of what is left of the budget, the last one all of it.

    Args:
        base: Little-endian bytes, in C order, of the array at hand: another machine's of the same
            definition, or `normal_steps.draw_with_rounded_log`.
        digest: Hex sha256 of the array that is looked for.
        dtype: Of both: a key of `float_bits.FORMATS`.
        draw: The call, where it is `mx.random.normal` without `loc` and `scale`.
        budget: How far to go, over all neighbourhoods.
        processes: How many search; they do not change what is found but by a bound on time.
        report: Called after each batch.

    Returns:
        The array and its witness against the base, or how far each search got: never a wrong one.

    Raises:
        ValueError: Where the digest is no hex sha256, or the base is not of the draw's size.
    """
    elements = split_elements(base, dtype)
    left = budget or Budget()
    attempts: list[Attempt] = []
    stages = [it for it in _NEIGHBOURHOODS if draw is not None or it[0] == OUTPUT]
    for stage, span in stages:
        if draw is not None and stage == LOG:
            alternatives = list_log_alternatives(draw, elements, span)
        else:
            alternatives = list_ulp_alternatives(base, dtype, span)
        result = search_digest(
            make_neighbourhood(base, dtype, alternatives),
            digest,
            budget=left if (stage, span) == stages[-1] else _halve(left),
            processes=processes,
            report=report,
        )
        attempts.append(Attempt(stage=stage, span=span, result=result))
        if result.candidate is not None:
            break
        left = _subtract(left, result)
    return _conclude(base, dtype, draw, tuple(attempts))


def can_recover(dtype: str) -> bool:
    """Tell whether elements of a dtype have neighbours that can be searched."""
    return dtype in FORMATS


def _conclude(
    base: bytes, dtype: str, draw: NormalDraw | None, attempts: tuple[Attempt, ...]
) -> Recovery:
    candidate = attempts[-1].result.candidate
    if candidate is None:
        return Recovery(candidate=None, witness=None, attempts=attempts)
    searched = sum(it.result.searched for it in attempts)
    witness = measure_witness(base, candidate, dtype, draw=draw, searched=searched)
    return Recovery(candidate=candidate, witness=witness, attempts=attempts)


def _halve(budget: Budget) -> Budget:
    wall_s = None if budget.wall_s is None else budget.wall_s / 2
    return Budget(candidates=budget.candidates // 2, wall_s=wall_s)


def _subtract(budget: Budget, result: SearchResult) -> Budget:
    wall_s = None if budget.wall_s is None else max(0.0, budget.wall_s - result.wall_s)
    return Budget(candidates=max(1, budget.candidates - result.searched), wall_s=wall_s)
