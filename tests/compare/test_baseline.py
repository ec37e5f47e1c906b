"""One machine's results held against its family's baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.baseline import equal_arrays, hold_against_baseline
from reprokit.model.baseline import Baseline, BaselineEntry, BaselineStatus, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Status
from reprokit.model.standing import State
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import make_definition, make_digest, make_evidence, make_probe, make_record

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord

PENDING = BaselineStatus.PENDING


def judge(probe: ProbeRecord, *entries: BaselineEntry) -> State:
    """Judge one probe of the machine `m1` against entries."""
    standing = hold_against_baseline(make_evidence("m1", probe), make_baseline(*entries))
    return next(it.state for it in standing.probes if it.id == probe.id)


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        (make_entry(), State.ACCEPTED),
        (make_entry(word="b"), State.CHANGED),
        (make_entry(status=PENDING), State.PENDING),
        (make_entry(word="b", status=PENDING), State.CHANGED),
        (make_entry(definition=make_definition(seed=1).digest), State.NOT_COMPARABLE),
        (make_entry(definition=""), State.ACCEPTED),
        (make_entry("another"), State.NEW),
        (make_entry(machine="m1"), State.NEW),
    ],
)
def test_states_of_a_result(entry: BaselineEntry, state: State) -> None:
    """What is equal, changed, put off, of another definition, or not there."""
    assert judge(make_probe(), entry) is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.UNSTABLE, State.FAILED),
        (Status.FAILED, State.FAILED),
        (Status.CRASHED, State.FAILED),
        (Status.TIMED_OUT, State.FAILED),
        (Status.SKIPPED, State.SKIPPED),
    ],
)
def test_states_without_one_result(status: Status, state: State) -> None:
    """A failure is none of the baseline's, whatever it holds; nor is what was skipped."""
    probe = make_probe(record=make_record(status=status))
    assert judge(probe, make_entry()) is state
    assert judge(probe) is state


def test_what_promises_nothing_has_no_baseline() -> None:
    """Neither new nor changed, be it stable or not."""
    for status in (Status.OK, Status.UNSTABLE):
        probe = make_probe(expectation=Expectation.NEVER, record=make_record(status=status))
        assert judge(probe) is State.UNPROMISED
        assert judge(probe, make_entry(word="b")) is State.UNPROMISED


def test_a_promise_of_one_machine_is_held_by_that_machine() -> None:
    """Entries of the family or of another machine do not hold for it."""
    probe = make_probe(expectation=Expectation.MACHINE)
    assert judge(probe, make_entry(machine="m1")) is State.ACCEPTED
    assert judge(probe, make_entry(), make_entry(machine="m2")) is State.NEW


def test_equal_bytes_of_another_array_are_a_change() -> None:
    """Zeros of another shape have the same digest, and are not what was accepted."""
    other = ArrayFacts(digest=make_digest("a"), dtype="float32", shape=(2, 4))
    assert judge(make_probe(), make_entry(result=other)) is State.CHANGED
    opaque = ArrayFacts(digest=make_digest("a"))
    assert judge(make_probe(), make_entry(result=opaque)) is State.ACCEPTED
    assert not equal_arrays(opaque, replace(opaque, digest=make_digest("b")))


def test_gone_is_what_its_own_suite_ran_without() -> None:
    """Entries of suites that were not run, of tests, and of other machines are not gone."""
    entries = (
        make_entry("gone"),
        make_entry("other", suite="other"),
        make_entry("test", suite=""),
        make_entry("theirs", machine="m2"),
    )
    standing = hold_against_baseline(make_evidence("m1", make_probe()), make_baseline(*entries))
    assert [it.id for it in standing.list_states(State.GONE)] == ["gone"]


def test_under_another_key_a_result_is_new() -> None:
    """With what another release of MLX gave beside it."""
    other = BaselineKey(mlx="0.31.0", wheel=KEY.wheel, tf32=True)
    baseline = put_entries(Baseline(family="applegpu_g13s"), other, [make_entry()])
    (standing,) = hold_against_baseline(make_evidence("m1", make_probe()), baseline).probes
    assert standing.state is State.NEW
    assert standing.elsewhere == (other, make_entry())


def test_a_family_never_seen() -> None:
    """Is told from one of which only this probe is new."""
    evidence = make_evidence("m1", make_probe())
    assert not hold_against_baseline(evidence, Baseline(family="applegpu_g13s")).known
    assert hold_against_baseline(evidence, make_baseline(make_entry("another"))).known
