"""What the gate on baselines blocks for, and what it tells."""

from __future__ import annotations

import pytest

from reprokit.compare.baseline_gate import judge_baseline
from reprokit.model.check import GateVerdict
from reprokit.model.standing import MachineStanding, Standing, State
from tests.baselines import KEY, make_entry
from tests.builders import make_evidence, make_probe

PASS, WARN, BLOCK = GateVerdict.PASS, GateVerdict.WARN, GateVerdict.BLOCK


def make_standing(state: State, *, suite: str = "core") -> MachineStanding:
    """Make the standing of a machine with one probe or entry in a state."""
    standing = Standing(
        id="p", state=state, entry=make_entry("p", suite=suite), reason="for a test"
    )
    evidence = make_evidence("m1", make_probe())
    return MachineStanding(evidence=evidence, key=KEY, known=True, probes=(standing,))


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (State.ACCEPTED, PASS),
        (State.UNPROMISED, PASS),
        (State.PENDING, PASS),
        (State.FAILED, PASS),
        (State.GONE, WARN),
        (State.SKIPPED, WARN),
        (State.CHANGED, BLOCK),
        (State.NOT_COMPARABLE, BLOCK),
        (State.NEW, BLOCK),
        (State.WITHDRAWN, BLOCK),
        (State.NOT_MEASURED, BLOCK),
    ],
)
def test_each_state_has_a_verdict(state: State, verdict: GateVerdict) -> None:
    """What other gates find passes here; each finding names machine, probe and reason."""
    gate = judge_baseline([make_standing(state)], suites=("core",), release=False)
    assert gate.verdict is verdict
    told = [(it.machine, it.probe, it.text) for it in gate.findings]
    said = ("m1", "p", f"{state.value.replace('-', ' ')}: for a test")
    assert told == ([] if verdict is PASS else [said])


@pytest.mark.parametrize(
    ("suites", "release", "verdict"),
    [(("core",), False, BLOCK), (("core",), True, BLOCK), ((), False, WARN), ((), True, BLOCK)],
)
def test_what_was_not_measured(
    suites: tuple[str, ...],
    release: bool,  # noqa: FBT001 - a case
    verdict: GateVerdict,
) -> None:
    """It blocks where a snapshot runs its suite by itself, and for a release."""
    standing = make_standing(State.NOT_MEASURED)
    gate = judge_baseline([standing], suites=suites, release=release)
    assert gate.verdict is verdict
    assert "`reprokit snapshot --suite core`" in gate.step


def test_the_next_step_measures_each_suite_once() -> None:
    """Where all was measured it is the review."""
    lacking = [make_standing(State.NOT_MEASURED, suite=it) for it in ("core", "mine", "core")]
    step = judge_baseline(lacking, suites=(), release=True).step
    assert "snapshot --suite core --suite mine`" in step
    changed = judge_baseline([make_standing(State.CHANGED)], suites=(), release=True)
    assert changed.step.startswith("run `reprokit review`")
