"""How results move over commits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.history import trace_probes
from reprokit.compare.selection import list_evidence
from reprokit.model.environment import Drift, DriftKind, DriftSeverity, Gap, Repository
from reprokit.model.environment_difference import Impact
from reprokit.model.history import Step
from reprokit.model.manifest import Manifest, Origin, OriginKind
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.numerics.digest import digest_bytes
from tests.builders import (
    QUICK,
    make_definition,
    make_digest,
    make_environment,
    make_manifest,
    make_probe,
    make_record,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Environment
    from reprokit.model.history import HistoryEntry, ProbeHistory
    from reprokit.model.manifest import ProbeRecord

NAME = "normal-8-key0"


def make_step(
    number: int,
    probe: ProbeRecord | str | None,
    *,
    environment: Environment | None = None,
    machine: str = "m1",
    **repository: Any,  # noqa: ANN401 - any field
) -> Manifest:
    """Make what a machine gave at the commit of a day: a probe, or a word behind its digest."""
    probe = make_probe(NAME, probe) if isinstance(probe, str) else probe
    manifest = make_manifest(
        machine,
        [probe if probe is not None else make_probe("another")],
        created=f"2026-05-{number:02}T12:00:00Z",
        environment=environment,
        repository=Repository(
            commit=f"{number:012x}" + "0" * 28,
            **({"committed": f"2026-05-{number:02}T10:00:00Z"} | repository),
        ),
    )
    return replace(manifest, path=f"manifests/{machine}/{number:012x}.toml")


def trace(manifests: Sequence[Manifest], name: str = NAME) -> ProbeHistory:
    """Trace a probe over manifests of any machines."""
    machines = dict.fromkeys(it.machine for it in manifests)
    timelines = {
        machine: list_evidence([it for it in manifests if it.machine == machine])
        for machine in machines
    }
    return trace_probes([name], timelines)[0]


def trace_one(*manifests: Manifest) -> tuple[HistoryEntry, ...]:
    """Trace the probe on the only machine."""
    (machine,) = trace(manifests).machines
    return machine.entries


def test_results_are_held_against_the_last_before_them() -> None:
    """First, the same, and moved; a number for each distinct result."""
    entries = trace_one(*(make_step(day, word) for day, word in enumerate("aabb", 1)))
    assert [it.step for it in entries] == [Step.FIRST, Step.SAME, Step.MOVED, Step.SAME]
    assert [it.value for it in entries] == [0, 0, 1, 1]
    assert [it.against for it in entries] == [None, 0, 1, 2]
    assert entries[2].digest == make_digest("b")


def test_a_result_may_return() -> None:
    """Where a result moves back it is told which entry gave it first."""
    entries = trace_one(*(make_step(day, word) for day, word in enumerate("abac", 1)))
    assert [it.step for it in entries] == [Step.FIRST, Step.MOVED, Step.MOVED, Step.MOVED]
    assert [it.returns_to for it in entries] == [None, None, 0, None]


def test_entries_go_by_the_date_of_the_commit_then_of_the_evidence() -> None:
    """An old commit that was measured late comes first; its second evidence after its own first."""
    old = make_step(3, "a", committed="2026-05-01T00:00:00Z")
    other_lock = replace(
        make_step(9, "b", environment=make_environment(lock="other")),
        repository=old.repository,
    )
    new = make_step(2, "c")
    entries = trace_one(other_lock, new, old)
    assert [it.digest for it in entries] == [make_digest(word) for word in "abc"]
    assert entries[0].commit == entries[1].commit
    changes = {it.fact for it in entries[1].environment_changes}
    assert changes == {"lock.sha256"}


def test_unknown_commit_dates_give_way_to_those_of_the_evidence() -> None:
    """Published evidence has a date of its own alone."""
    published = replace(make_step(2, "b", committed=None), origin=Origin(kind=OriginKind.PUBLISHED))
    entries = trace_one(make_step(3, "c"), published, make_step(1, "a"))
    assert [it.digest for it in entries] == [make_digest(word) for word in "abc"]
    assert entries[1].committed is None
    assert entries[1].origin is OriginKind.PUBLISHED


def test_suites_of_one_commit_are_one_entry() -> None:
    """What was measured in two runs of the same environment is the evidence of one commit."""
    core, random = make_step(1, "a"), make_step(1, None)
    entries = trace_one(core, replace(random, created="2026-05-01T13:00:00Z", path="other.toml"))
    assert [it.step for it in entries] == [Step.FIRST]
    assert set(entries[0].manifests) == {core.path, "other.toml"}


def test_another_definition_is_not_comparable() -> None:
    """It is told in what it is another; a result of the old definition is held against its own."""
    other = make_definition(seed=1, arguments={"shape": (16,)})
    entries = trace_one(
        make_step(1, "a"),
        make_step(2, make_probe(NAME, "b", definition=other)),
        make_step(3, make_probe(NAME, "c", definition=other)),
        make_step(4, "a"),
    )
    assert [it.step for it in entries] == [Step.FIRST, Step.REDEFINED, Step.MOVED, Step.SAME]
    assert [it.against for it in entries] == [None, 0, 1, 0]
    assert [it.value for it in entries] == [0, 0, 1, 0]
    assert set(entries[1].definition_changes) == {"seed", "arguments"}
    assert entries[2].definition_changes == ()
    assert set(entries[3].definition_changes) == {"seed", "arguments"}
    assert entries[1].divergence is None


@pytest.mark.parametrize("status", [it for it in Status if it is not Status.OK])
def test_what_has_no_stable_bytes_does_not_count(status: Status) -> None:
    """It is told as it is, and what follows is held against what was before."""
    entries = trace_one(
        make_step(1, "a"),
        make_step(2, make_probe(NAME, record=make_record("b", status=status))),
        make_step(3, "b"),
    )
    assert [it.step for it in entries] == [Step.FIRST, Step.NO_RESULT, Step.MOVED]
    assert entries[1].status == status
    assert entries[1].value is None
    assert entries[1].against == 0
    assert bool(entries[1].reason) is (status is not Status.UNSTABLE)
    assert entries[2].against == 0


def test_evidence_without_the_probe_is_a_gap() -> None:
    """It is told, and nothing is said of its environment."""
    changed = make_environment(lock="other")
    entries = trace_one(
        make_step(1, None),
        make_step(2, "a"),
        make_step(3, None, environment=changed),
        make_step(4, "a"),
    )
    assert [it.status for it in entries] == ["missing", "ok", "missing", "ok"]
    assert [it.step for it in entries] == [
        *(Step.NO_RESULT, Step.FIRST, Step.NO_RESULT, Step.SAME),
    ]
    assert entries[2].environment_changes == ()
    assert entries[2].against is None


def test_machines_without_the_probe_have_no_history() -> None:
    """A machine that never measured it is left out; the others keep their order."""
    manifests = [
        make_step(1, None, machine="m1"),
        make_step(1, "a", machine="m5"),
        make_step(1, "a", machine="m3"),
    ]
    assert [it.machine for it in trace(manifests).machines] == ["m5", "m3"]


def test_numbers_of_results_hold_over_machines() -> None:
    """A machine that moves to what another gave before has its number."""
    manifests = [
        make_step(1, "a", machine="m1"),
        make_step(2, "b", machine="m5"),
        make_step(3, "b", machine="m1"),
    ]
    first, second = trace(manifests).machines
    assert [it.value for it in first.entries] == [0, 1]
    assert [it.value for it in second.entries] == [1]
    assert first.entries[1].returns_to is None


def test_changes_that_can_change_bytes_come_with_a_move() -> None:
    """Those of high and medium impact, and what is unknown of such on one side; no others."""
    before = make_environment()
    after = replace(
        before,
        os=replace(before.os, build=None, version="26.5", kernel="new"),
        lock=replace(before.lock, sha256=make_digest("other")),
        gaps=(Gap(fact="os.build", reason="not allowed"), Gap(fact="os.kernel", reason="no")),
        drift=(
            Drift(
                package="rich",
                kind=DriftKind.OTHER_VERSION,
                severity=DriftSeverity.LOW,
                detail="older",
            ),
        ),
    )
    entries = trace_one(make_step(1, "a", environment=before), make_step(2, "b", environment=after))
    assert [(it.fact, it.impact) for it in entries[1].environment_changes] == [
        ("os.version", Impact.HIGH),
        ("lock.sha256", Impact.MEDIUM),
        ("os.build", Impact.UNKNOWN),
    ]


def make_kept(*numbers: int) -> ProbeRecord:
    """Make a probe whose bytes are kept."""
    bits = bytes(numbers)
    result = ArrayFacts(
        digest=digest_bytes(bits), dtype="uint8", shape=(len(bits),), bits=bits.hex()
    )
    return make_probe(
        NAME, record=Record(status=Status.OK, result=result), definition=make_definition()
    )


def test_a_move_has_its_distance_where_bytes_are_at_hand() -> None:
    """From before to after: also where bytes stand in another machine's manifest alone."""
    kept = make_kept(1, 7, 3)
    assert kept.record.result is not None
    bare = replace(kept, record=replace(kept.record, result=replace(kept.record.result, bits=None)))
    history = trace(
        [
            make_step(1, make_kept(1, 2, 3)),
            make_step(2, bare),
            make_step(3, kept, machine="m5"),
        ]
    )
    divergence = history.machines[0].entries[1].divergence
    assert divergence is not None
    assert divergence.baseline == ("m1 at 000000000001",)
    assert divergence.candidate == ("m1 at 000000000002",)
    assert divergence.witness is not None
    assert [(it.index, it.ulp) for it in divergence.witness.elements] == [(1, 5)]
    assert not divergence.gap


def test_a_move_without_bytes_says_why_it_has_no_distance() -> None:
    """Nothing is guessed."""
    entries = trace_one(make_step(1, "a"), make_step(2, "b"))
    assert entries[1].divergence is not None
    assert entries[1].divergence.distance is None
    assert entries[1].divergence.gap


def test_equal_bytes_of_another_array_are_a_move() -> None:
    """The bits of a float as an integer are another result."""
    kept = make_kept(1, 2, 3, 4)
    result = kept.record.result
    assert result is not None
    other = replace(result, dtype="uint32", shape=(1,))
    entries = trace_one(
        make_step(1, kept),
        make_step(2, replace(kept, record=replace(kept.record, result=other))),
    )
    assert [it.step for it in entries] == [Step.FIRST, Step.MOVED]
    assert entries[0].digest == entries[1].digest


def test_one_commit_may_move_with_its_environment() -> None:
    """Two environments at one commit are told apart in what is said of the move."""
    one = make_step(1, make_kept(1))
    other = replace(
        one,
        probes=(make_kept(2),),
        environment=make_environment(lock="other"),
        created="2026-05-09T00:00:00Z",
    )
    entries = trace_one(one, other)
    divergence = entries[1].divergence
    assert divergence is not None
    assert divergence.baseline != divergence.candidate
    assert divergence.distance is not None


@QUICK
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=8))
def test_each_step_follows_from_the_words(words: list[str | None]) -> None:
    """Whatever the order, the steps are those of the words that are there."""
    if not any(words):
        return
    entries = trace_one(*(make_step(day, word) for day, word in enumerate(words, 1)))
    last: str | None = None
    for word, entry in zip(words, entries, strict=True):
        if word is None:
            expected = Step.NO_RESULT
        elif last is None:
            expected = Step.FIRST
        else:
            expected = Step.SAME if word == last else Step.MOVED
        assert entry.step is expected
        assert (entry.divergence is not None) is (expected is Step.MOVED)
        last = word or last
