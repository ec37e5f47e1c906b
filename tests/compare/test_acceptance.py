"""Decisions that become entries of a baseline."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.acceptance import (
    list_objections,
    list_pending_tests,
    make_entry,
    put_reviewed,
    remove_gone,
    settle_pending,
)
from reprokit.compare.baseline import hold_against_baseline
from reprokit.errors import BaselineError
from reprokit.model.baseline import Baseline, BaselineStatus, Review, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, NamedArray, Status
from reprokit.model.standing import State
from tests.baselines import KEY, make_baseline
from tests.baselines import make_entry as make_known
from tests.builders import COMMIT, make_digest, make_evidence, make_probe, make_record

REVIEW = Review(by="Bob", at="2026-06-01T10:00:00Z", reason="a new compiler")
EVIDENCE = make_evidence("m1", make_probe())


def decide(baseline: Baseline, status: BaselineStatus = BaselineStatus.ACCEPTED) -> Baseline:
    """Decide on the one result of EVIDENCE against a baseline."""
    (standing,) = hold_against_baseline(EVIDENCE, baseline).probes
    entry = make_entry(standing, EVIDENCE, status=status, review=REVIEW)
    return put_reviewed(baseline, KEY, [(standing, entry)])


def test_an_entry_says_what_it_rests_on() -> None:
    """Who, when, why, commit and manifest, the peak of memory, and what it replaces."""
    entry = decide(make_baseline(make_known(word="old"))).find(KEY, "normal-8-key0")
    assert entry is not None
    assert entry.result.digest == make_digest("a")
    assert entry.review == replace(REVIEW, commit=COMMIT, replaces=make_digest("old"))
    assert entry.peak_bytes == 4096
    assert (entry.suite, entry.machine) == ("core", "")


def test_an_entry_keeps_the_leaves_of_a_tree() -> None:
    """So that a change of it is told by the leaf; without statistics, which are not compared."""
    array = ArrayFacts(digest=make_digest("w"), dtype="float32", shape=(2,), bits="00" * 8)
    leaf = NamedArray(name="weight", array=replace(array, statistics={"mean": 0.0}))
    record = replace(make_record(), leaves=(leaf,))
    evidence = make_evidence("m1", make_probe(record=record))
    (standing,) = hold_against_baseline(evidence, make_baseline()).probes
    entry = make_entry(standing, evidence, status=BaselineStatus.ACCEPTED, review=REVIEW)
    assert [(it.name, it.array, it.array.statistics) for it in entry.leaves] == [
        ("weight", array, {})
    ]


def test_what_is_decided_is_accepted_then() -> None:
    """A decision makes the state that it says."""
    for status, state in zip(BaselineStatus, (State.PENDING, State.ACCEPTED), strict=True):
        baseline = decide(Baseline(family="applegpu_g13s"), status)
        (standing,) = hold_against_baseline(EVIDENCE, baseline).probes
        assert standing.state is state


def test_a_promise_of_one_machine_is_accepted_for_it_alone() -> None:
    """Its entry names the machine."""
    evidence = make_evidence("m1", make_probe(expectation=Expectation.MACHINE))
    (standing,) = hold_against_baseline(evidence, make_baseline()).probes
    entry = make_entry(standing, evidence, status=BaselineStatus.ACCEPTED, review=REVIEW)
    assert entry.machine == "m1"


def test_what_gave_no_bytes_cannot_be_accepted() -> None:
    """Nor what gave several."""
    for status in (Status.CRASHED, Status.UNSTABLE):
        evidence = make_evidence("m1", make_probe(record=make_record(status=status)))
        (standing,) = hold_against_baseline(evidence, make_baseline()).probes
        with pytest.raises(BaselineError, match="no bytes"):
            make_entry(standing, evidence, status=BaselineStatus.ACCEPTED, review=REVIEW)


def test_a_decision_on_what_has_changed_meanwhile_is_refused() -> None:
    """Somebody else accepted another result, or removed the entry, since it was looked at."""
    before = make_baseline(make_known(word="old"))
    (standing,) = hold_against_baseline(EVIDENCE, before).probes
    entry = make_entry(standing, EVIDENCE, status=BaselineStatus.ACCEPTED, review=REVIEW)
    for now, said in (
        (make_baseline(make_known(word="other")), "decided on by Ada meanwhile"),
        (make_baseline(), "removed meanwhile"),
    ):
        with pytest.raises(BaselineError, match=said):
            put_reviewed(now, KEY, [(standing, entry)])


def test_who_decides_the_same_first_stays() -> None:
    """A second one who accepted the same bytes changes nothing."""
    before = make_baseline(make_known(word="old"))
    (standing,) = hold_against_baseline(EVIDENCE, before).probes
    entry = make_entry(standing, EVIDENCE, status=BaselineStatus.ACCEPTED, review=REVIEW)
    now = make_baseline(make_known())
    assert put_reviewed(now, KEY, [(standing, entry)]) == now


def test_only_what_is_gone_as_it_was_seen_is_removed() -> None:
    """Others stay; one that was changed meanwhile is told; one removed already is fine."""
    before = make_baseline(make_known(), make_known("gone"))
    gone = hold_against_baseline(EVIDENCE, before, suites=()).list_states(State.GONE)
    assert remove_gone(before, KEY, gone) == make_baseline(make_known())
    assert remove_gone(make_baseline(make_known()), KEY, gone) == make_baseline(make_known())
    with pytest.raises(BaselineError, match="meanwhile"):
        remove_gone(make_baseline(make_known("gone", "other")), KEY, gone)


def test_what_a_test_left_pending_is_settled_as_it_is() -> None:
    """Accepted with its own facts and a new review, or removed; a probe's is not among them."""
    pending = make_known("test", suite="", status=BaselineStatus.PENDING)
    other = make_known("probe", status=BaselineStatus.PENDING)
    baseline = make_baseline(pending, other)
    assert list_pending_tests(baseline) == ((KEY, pending),)
    settled = settle_pending(baseline, KEY, pending, REVIEW)
    assert settled.find(KEY, "test") == replace(
        pending, status=BaselineStatus.ACCEPTED, review=REVIEW
    )
    assert settle_pending(baseline, KEY, pending, None) == make_baseline(other)
    with pytest.raises(BaselineError, match="meanwhile"):
        settle_pending(settled, KEY, pending, REVIEW)


def test_what_a_test_left_pending_is_rejected_under_its_own_key_alone() -> None:
    """What was accepted of it under a key that covers that one stays, and holds again."""
    pending = make_known("test", "new", suite="", status=BaselineStatus.PENDING)
    accepted = make_known("test", suite="")
    vague = BaselineKey(mlx=KEY.mlx)
    baseline = put_entries(make_baseline(pending), vague, [accepted])
    rejected = settle_pending(baseline, KEY, pending, None)
    assert rejected == put_entries(make_baseline(), vague, [accepted])
    assert rejected.find(KEY, "test") == accepted


def test_fit_evidence_has_no_objections() -> None:
    """Dirty evidence has; the rest is tried with the command."""
    assert list_objections(EVIDENCE) == {}
    assert list(list_objections(replace(EVIDENCE, dirty=True))) == ["dirty"]
