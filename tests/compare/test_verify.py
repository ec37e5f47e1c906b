"""A second snapshot of one machine at one commit, held against the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.verify import complete_manifest, list_changes, verify_snapshot
from reprokit.model.environment import Interpreter
from reprokit.model.probe import Expectation
from reprokit.model.record import ControlResult, Record, Relation, Status
from tests.builders import (
    make_definition,
    make_digest,
    make_environment,
    make_manifest,
    make_probe,
    make_record,
    make_run,
)

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest, ProbeRecord
    from reprokit.model.verification import Verification


def first(*probes: ProbeRecord) -> Manifest:
    """Make the evidence that is there."""
    return replace(make_manifest(probes=probes), path="manifests/m1/x.toml")


def again(record: Record) -> Record:
    """Make the record of another measurement: the same bytes, other seconds."""
    return replace(record, runs=(replace(make_run("a"), cold_s=9.0),))


def verify(before: Record, after: Record, **changes: object) -> Verification:
    """Verify one probe's record against the one that is there."""
    there = first(make_probe(record=before))
    probe = replace(make_probe(record=after), **changes)  # type: ignore[arg-type]
    return verify_snapshot([there], make_manifest(probes=[probe]))


ID = "normal-8-key0"
OK = make_record("a")


def test_the_same_bytes_agree() -> None:
    """A probe that gives the same bytes again agrees; its times do not count."""
    verification = verify(OK, again(OK))
    assert verification.agreeing == (ID,)
    assert verification.completed == verification.failed_again == ()
    assert verification.discrepancies == ()


def test_a_record_that_was_not_run_anew_says_nothing() -> None:
    """The very record that is there, as from a journal, is no second measurement."""
    assert verify(OK, OK).agreeing == ()


def test_other_bytes_are_a_discrepancy() -> None:
    """One machine must repeat itself: other bytes are told with both records and the file."""
    verification = verify(OK, make_record("b"))
    (discrepancy,) = verification.discrepancies
    assert (discrepancy.id, discrepancy.path) == (ID, "manifests/m1/x.toml")
    assert (discrepancy.before, discrepancy.after) == (OK, make_record("b"))
    assert verification.agreeing == verification.completed == ()


def control_by(word: str) -> Record:
    """Make the usual record with a control that gave the bytes of a word."""
    control = ControlResult(status=Status.OK, result=make_record(word).result)
    return replace(again(OK), control=control)


def relate(record: Record, *verdicts: bool) -> Record:
    """Let a record's relation hold or not, run by run, cold and warm alike."""
    runs = tuple(replace(make_run(), holds=it, warm_holds=it) for it in verdicts)
    return replace(record, relation=Relation(name="x", holds=verdicts[0]), runs=runs)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (relate(OK, True, True), relate(OK, False, False), 1),
        (relate(OK, True, True), relate(OK, True, False), 1),
        (relate(OK, True, False), relate(OK, False, False), 0),
        (relate(OK, True), relate(OK, True, True), 0),
        (OK, relate(OK, True), 0),
        (relate(OK, True), again(OK), 0),
        (control_by("a"), control_by("b"), 1),
        (control_by("a"), control_by("a"), 0),
        (control_by("a"), again(OK), 0),
    ],
)
def test_another_verdict_on_equal_bytes_is_a_discrepancy(
    before: Record, after: Record, found: int
) -> None:
    """A relation and a control must repeat as bytes must; what was not there says nothing."""
    assert len(verify(before, after).discrepancies) == found


@pytest.mark.parametrize("status", [Status.FAILED, Status.CRASHED, Status.TIMED_OUT])
def test_no_bytes_where_there_were_some_is_a_discrepancy(status: Status) -> None:
    """A probe that gave bytes and now gives none does not repeat either."""
    assert verify(OK, make_record(status=status)).discrepancies


MOVING = make_record("a", status=Status.UNSTABLE)


@pytest.mark.parametrize(
    ("before", "after", "agreeing", "moved"),
    [
        (OK, make_record("b"), (), (ID,)),
        (OK, MOVING, (), (ID,)),
        (MOVING, again(OK), (), (ID,)),
        (MOVING, again(MOVING), (), (ID,)),
        (OK, again(OK), (ID,), ()),
        (MOVING, MOVING, (), ()),
        (OK, make_record(status=Status.CRASHED), (), ()),
    ],
)
def test_what_never_repeats_is_no_discrepancy(
    before: Record, after: Record, agreeing: tuple[str, ...], moved: tuple[str, ...]
) -> None:
    """A probe that promises nothing contradicts nothing, and agrees by equal bytes alone."""
    verification = verify(before, after, expectation=Expectation.NEVER)
    crashed = after.status is Status.CRASHED
    assert bool(verification.discrepancies) is crashed
    assert (verification.agreeing, verification.moved) == (agreeing, moved)
    assert verification.completed == verification.failed_again == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (MOVING, again(MOVING), True),
        (MOVING, again(OK), True),
        (MOVING, make_record(status=Status.CRASHED), True),
        (MOVING, make_record(status=Status.SKIPPED), False),
        (MOVING, MOVING, False),
        (OK, make_record(status=Status.SKIPPED), False),
    ],
)
def test_what_was_unstable_is_told(before: Record, after: Record, *, told: bool) -> None:
    """Bytes that did not repeat verify nothing, so that the probe has a line of its own."""
    verification = verify(before, after)
    assert verification.unstable == ((ID,) if told else ())
    assert not verification.discrepancies
    assert verification.agreeing == verification.completed == verification.moved == ()


def test_evidence_of_another_definition_says_nothing() -> None:
    """Beside evidence of the same definition it neither agrees nor parts."""
    other = make_probe(record=make_record("b"), definition=make_definition(seed=1))
    there = [first(other), first(make_probe(record=OK))]
    verification = verify_snapshot(there, make_manifest(probes=[make_probe(record=again(OK))]))
    assert verification.agreeing == (ID,)
    assert verification.moved == verification.completed == ()
    assert not verification.discrepancies


def test_skipped_is_no_discrepancy() -> None:
    """A probe that was not started now contradicts nothing, and completes nothing."""
    verification = verify(OK, make_record(status=Status.SKIPPED))
    assert verification.discrepancies == ()
    assert verification.agreeing == verification.completed == ()


@pytest.mark.parametrize(
    "status", [Status.SKIPPED, Status.FAILED, Status.CRASHED, Status.TIMED_OUT]
)
def test_bytes_where_there_were_none_complete(status: Status) -> None:
    """A probe that was skipped or failed before, and now gives bytes, completes the evidence."""
    verification = verify(make_record(status=status), OK)
    assert verification.completed == (ID,)
    assert verification.discrepancies == ()


def test_no_bytes_again() -> None:
    """A probe that gave none before and gives none now is told apart."""
    crashed = make_record(status=Status.CRASHED)
    verification = verify(crashed, crashed)
    assert verification.failed_again == (ID,)
    assert verification.completed == verification.agreeing == ()


def test_a_new_probe_completes() -> None:
    """A probe that no evidence has is new."""
    verification = verify_snapshot(
        [first(make_probe("p"))], make_manifest(probes=[make_probe("q")])
    )
    assert verification.completed == ("q",)


def test_another_definition_completes() -> None:
    """A probe that computes something else now is new, not different."""
    verification = verify(OK, make_record("b"), definition=make_definition(seed=1))
    assert verification.completed == (ID,)
    assert verification.discrepancies == ()


def test_environment_changes_are_told() -> None:
    """The parts of the environment that changed in between are named."""
    changed = replace(make_environment(lock="other"), python=Interpreter(version="3.13.0"))
    assert list_changes(make_environment(), changed) == ("python", "lock")
    verification = verify_snapshot([first()], make_manifest(environment=changed))
    assert verification.environment_changes == ("python", "lock")


def test_all_evidence_counts() -> None:
    """A snapshot that agrees with one manifest may contradict another."""
    there = [first(make_probe(record=make_record(word))) for word in "ab"]
    verification = verify_snapshot(there, make_manifest(probes=[make_probe(record=again(OK))]))
    assert len(verification.discrepancies) == 1


def test_complete_manifest() -> None:
    """Completed records come where the suite has them; all others stay as they were."""
    before = make_manifest(
        probes=[make_probe("q", "old"), make_probe("r", record=make_record(status=Status.SKIPPED))]
    )
    after = make_manifest(
        probes=[make_probe(name, "new") for name in "pqrs"], created="2027-01-01T00:00:00Z"
    )
    merged = complete_manifest(before, after, ("p", "r"))
    assert [probe.id for probe in merged.probes] == ["p", "q", "r"]
    assert [probe.record for probe in merged.probes] == [
        make_record("new"),
        make_record("old"),
        make_record("new"),
    ]
    assert replace(merged, probes=before.probes) == before


def test_complete_manifest_says_what_its_suites_declare() -> None:
    """Where it did not; of another file of that name it is not told."""
    silent = make_manifest()
    (suite,) = silent.suites
    telling = replace(silent, suites=(replace(suite, declared=("p", "q")),))
    assert complete_manifest(silent, telling, ()).suites[0].declared == ("p", "q")
    assert complete_manifest(telling, silent, ()).suites[0].declared == ("p", "q")
    other = replace(telling, suites=(replace(telling.suites[0], sha256=make_digest("other")),))
    assert complete_manifest(silent, other, ()).suites[0].declared == ()
