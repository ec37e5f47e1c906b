"""One machine's results held against its family's baseline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.baseline import equal_arrays, hold_against_baseline
from reprokit.compare.selection import gather_evidence
from reprokit.model.baseline import Baseline, BaselineEntry, BaselineStatus, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Status
from reprokit.model.standing import State
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import (
    COMMIT,
    make_definition,
    make_digest,
    make_evidence,
    make_manifest,
    make_probe,
    make_record,
)

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


GONE, NOT_MEASURED, WITHDRAWN = State.GONE, State.NOT_MEASURED, State.WITHDRAWN


def tell_unmatched(
    *entries: BaselineEntry,
    probe: ProbeRecord | None = None,
    declared: tuple[tuple[str, ...], ...] = (("normal-8-key0", "declared"),),
    suites: tuple[str, ...] | None = None,
) -> dict[tuple[str, str], State]:
    """Tell how entries stand to which the one probe of `m1`, run at each declaration, does not."""
    references = [replace(make_manifest().suites[0], declared=names) for names in declared]
    manifests = [
        replace(make_manifest("m1", [probe or make_probe()]), suites=(reference,))
        for reference in references
    ]
    evidence = gather_evidence(manifests, short(COMMIT))
    standing = hold_against_baseline(evidence, make_baseline(*entries), suites=suites)
    return {
        it.entry.order: it.state
        for it in standing.probes
        if it.entry and it.state in {GONE, NOT_MEASURED, WITHDRAWN}
    }


def test_gone_is_what_its_own_suite_declares_no_longer() -> None:
    """What a suite declares was not measured; nothing is said of tests and other machines."""
    entries = (
        make_entry(),
        make_entry("gone"),
        make_entry("gone", machine="m1"),
        make_entry("declared"),
        make_entry("other", suite="other"),
        make_entry("test", suite=""),
        make_entry("theirs", machine="m2"),
    )
    assert tell_unmatched(*entries) == {
        ("gone", ""): GONE,
        ("gone", "m1"): GONE,
        ("declared", ""): NOT_MEASURED,
        ("other", ""): NOT_MEASURED,
    }


def test_a_suite_that_there_is_no_more_takes_its_entries_along() -> None:
    """Where it is known which there are; what is measured under another suite is no such entry."""
    entries = (make_entry(suite="old"), make_entry("a", suite="old"), make_entry("b", suite="new"))
    assert tell_unmatched(*entries, suites=("core", "new")) == {
        ("a", ""): GONE,
        ("b", ""): NOT_MEASURED,
    }


@pytest.mark.parametrize(
    ("declared", "state"),
    [
        (((),), NOT_MEASURED),
        ((("normal-8-key0",), ()), NOT_MEASURED),
        ((("normal-8-key0",), ("a",)), NOT_MEASURED),
        ((("normal-8-key0",), ("b",)), GONE),
    ],
)
def test_a_manifest_that_does_not_say_makes_nothing_gone(
    declared: tuple[tuple[str, ...], ...], state: State
) -> None:
    """Nor is gone what one of several declares."""
    assert tell_unmatched(make_entry("a"), declared=declared) == {("a", ""): state}


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [
        ("", Expectation.NEVER, WITHDRAWN),
        ("m1", Expectation.NEVER, WITHDRAWN),
        ("", Expectation.MACHINE, WITHDRAWN),
        ("m1", Expectation.FAMILY, WITHDRAWN),
        ("", Expectation.EVERYWHERE, None),
        ("m1", Expectation.MACHINE, None),
        ("m2", Expectation.NEVER, None),
    ],
)
def test_another_promise_leaves_the_entry_of_the_old_one(
    before: str, now: Expectation, state: State | None
) -> None:
    """It is told, whatever became of the probe, and is no entry that the probe is held against."""
    for status in (Status.OK, Status.SKIPPED, Status.FAILED):
        probe = make_probe(expectation=now, record=make_record(status=status))
        told = tell_unmatched(make_entry(machine=before), probe=probe)
        assert told == ({("normal-8-key0", before): state} if state else {})


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
