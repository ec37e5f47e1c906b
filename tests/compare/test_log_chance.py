"""How often other causes would look like `log`: as often as draws say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.log_chance import FLOAT32_CHANCES, tell_chance
from reprokit.compare.signature_evidence import PartedProbe
from reprokit.model.divergence import Divergence, PartDifference, PartState
from reprokit.model.witness import LOG, Witness, WitnessElement
from reprokit.numerics.float_bits import measure_ulp
from reprokit.numerics.normal_steps import (
    REACH_ULP,
    NormalDraw,
    list_log_outcomes,
    measure_log_change,
)
from tests.builders import make_definition, make_digest

DRAWN = 2000


def make_parted(*ulps: int | None, name: str = "normal", stage: str | None = LOG) -> PartedProbe:
    """Make a probe with a witness of such elements."""
    elements = tuple(
        WitnessElement(index=at, ulp=ulp, baseline=1, candidate=2, stage_ulp=1)
        for at, ulp in enumerate(ulps)
    )
    divergence = Divergence(
        baseline=("m1",),
        candidate=("m5",),
        baseline_digest=make_digest(f"{name} m1"),
        candidate_digest=make_digest(f"{name} m5"),
        witness=Witness(elements=elements, stage=stage, proven=True, searched=2),
    )
    return PartedProbe(
        id=name, definition=make_definition(), records={}, digests={}, divergences=(divergence,)
    )


@pytest.mark.parametrize("ulp", [-4, -3, -2, -1, 1, 2, 3, 4])
def test_chances_are_those_of_draws(ulp: int) -> None:
    """Counted over draws of a key: within three deviations of a count of so many."""
    outcomes = list_log_outcomes(NormalDraw(size=DRAWN, seed=5))
    reached = 0
    for own in outcomes:
        base = own[REACH_ULP]
        changes = (
            measure_log_change(own, base, bits)
            for bits in set(own)
            if measure_ulp(base, bits, "float32") == ulp
        )
        reached += any(change is not None and abs(change) <= 2 for change in changes)
    expected = DRAWN * FLOAT32_CHANCES.get(abs(ulp), 0.0)
    assert abs(reached - expected) <= 3 * expected**0.5


@pytest.mark.parametrize(
    ("probes", "told"),
    [
        ([make_parted(1)], "A change as large that had another cause would fit by chance about "),
        ([make_parted(-1)], "about 1 time in 4."),
        ([make_parted(3)], "about 1 time in 100."),
        ([make_parted(1, 2)], "Changes as large that had other causes would all fit by chance "),
        ([make_parted(1, 2)], "about 1 time in 50."),
        ([make_parted(1), make_parted(-1, 2, name="other")], "about 1 time in 200."),
        ([make_parted(1), make_parted(1)], "about 1 time in 4."),
    ],
)
def test_chances_multiply_over_results(probes: list[PartedProbe], told: str) -> None:
    """Of one result that several probes give they count once."""
    assert told in tell_chance(probes)


@pytest.mark.parametrize(
    "probe",
    [make_parted(1, stage=None), make_parted(1, 4), make_parted(None), make_parted()],
)
def test_nothing_is_told_where_nothing_is_known(probe: PartedProbe) -> None:
    """Without a step, without ulps, or of changes that `log` does not make."""
    assert tell_chance([probe]) == ""


def test_of_another_dtype_nothing_is_known() -> None:
    """The chances were counted over float32: fewer changes of `log` reach a shorter number."""
    half = replace(make_parted(1), definition=make_definition(dtype="float16"))
    assert tell_chance([half]) == ""


def test_a_step_that_agrees_is_no_chance() -> None:
    """Where `log` was measured, and is equal, it explains nothing."""
    probe = make_parted(1)
    (divergence,) = probe.divergences
    stages = (PartDifference(name=LOG, state=PartState.EQUAL),)
    refuted = replace(probe, divergences=(replace(divergence, stages=stages),))
    assert tell_chance([refuted]) == ""
