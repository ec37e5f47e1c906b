"""The verdict on each probe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.verdict import cluster_machines, compare_machines, compare_probe
from reprokit.model.comparison import ProbeComparison, Severity, Verdict
from reprokit.model.environment import Hardware
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Relation, Status
from tests.builders import (
    QUICK,
    make_definition,
    make_digest,
    make_evidence,
    make_probe,
    make_record,
)

if TYPE_CHECKING:
    from random import Random

    from reprokit.model.comparison import MachineEvidence

NAME = "normal-8-key0"
OTHER = make_definition(arguments={"shape": (9,)})
G13, G15 = "applegpu_g13s", "applegpu_g15s"


def give(
    machine: str,
    word: str = "x",
    *,
    family: str = G13,
    expectation: Expectation = Expectation.FAMILY,
    **changes: Any,  # noqa: ANN401 - definition or record
) -> MachineEvidence:
    """Make a machine that gave one word's bytes for one probe."""
    return make_evidence(
        machine, make_probe(NAME, word, expectation=expectation, **changes), family=family
    )


def fail(machine: str, status: Status, **changes: Any) -> MachineEvidence:  # noqa: ANN401 - as above
    """Make a machine that gave no bytes, or not the same ones."""
    return give(machine, record=make_record(status=status), **changes)


def lack(machine: str) -> MachineEvidence:
    """Make a machine that has another probe only."""
    return make_evidence(machine, make_probe("another"))


def judge(*machines: MachineEvidence) -> ProbeComparison:
    """Compare machines in the one probe."""
    return compare_probe(NAME, machines)


def test_identical() -> None:
    """Machines of one digest are one cluster, and nothing follows."""
    probe = judge(give("a"), give("b"))
    assert (probe.verdict, probe.severity, probe.reason) == ("identical", "none", "")
    assert probe.clusters == (("a", "b"),)
    assert probe.digests == {"a": make_digest("x"), "b": make_digest("x")}
    assert probe.states == {"a": "ok", "b": "ok"}
    assert not probe.better_than_promised


def test_different() -> None:
    """Machines of two digests are two clusters, the largest first."""
    probe = judge(give("a", "y"), give("b"), give("c"))
    assert probe.verdict is Verdict.DIFFERENT
    assert probe.clusters == (("b", "c"), ("a",))


@pytest.mark.parametrize(
    ("expectation", "families", "severity"),
    [
        (Expectation.EVERYWHERE, (G13, G15), Severity.BLOCKING),
        (Expectation.EVERYWHERE, (G13, G13), Severity.BLOCKING),
        (Expectation.FAMILY, (G13, G13), Severity.BLOCKING),
        (Expectation.FAMILY, (G13, G15), Severity.WARNING),
        (Expectation.MACHINE, (G13, G13), Severity.WARNING),
        (Expectation.MACHINE, (G13, G15), Severity.WARNING),
        (Expectation.NEVER, (G13, G13), Severity.NONE),
    ],
)
def test_a_difference_blocks_where_it_breaks_the_promise(
    expectation: Expectation, families: tuple[str, str], severity: Severity
) -> None:
    """A difference blocks where equal bytes were promised, and warns elsewhere."""
    one = give("a", "x", family=families[0], expectation=expectation)
    two = give("b", "y", family=families[1], expectation=expectation)
    probe = judge(one, two)
    assert (probe.verdict, probe.severity) == (Verdict.DIFFERENT, severity)


def test_a_family_may_be_split_among_three() -> None:
    """A family that stands in two clusters breaks its promise, whoever else is there."""
    probe = judge(give("a"), give("b", "y", family=G15), give("c", "y"))
    assert probe.severity is Severity.BLOCKING


@pytest.mark.parametrize(
    ("expectation", "families", "promise"),
    [
        (Expectation.EVERYWHERE, (G13, G15), "kept"),
        (Expectation.FAMILY, (G13, G13), "kept"),
        (Expectation.FAMILY, (G13, G15), "exceeded"),
        (Expectation.MACHINE, (G13, G13), "exceeded"),
        (Expectation.NEVER, (G13, G13), "exceeded"),
    ],
)
def test_what_does_better_than_promised_is_told(
    expectation: Expectation,
    families: tuple[str, str],
    promise: str,
) -> None:
    """Machines that agree though they need not are told."""
    probe = judge(
        *(
            give(it, family=family, expectation=expectation)
            for it, family in zip("ab", families, strict=True)
        )
    )
    assert (probe.verdict, probe.better_than_promised) == (
        Verdict.IDENTICAL,
        promise == "exceeded",
    )


def test_the_strongest_promise_counts() -> None:
    """Where suites promise differently, the strongest promise is held."""
    probe = judge(
        give("a", "x", expectation=Expectation.MACHINE),
        give("b", "y", expectation=Expectation.EVERYWHERE),
    )
    assert probe.expectation is Expectation.EVERYWHERE
    assert probe.severity is Severity.BLOCKING


def test_a_machine_that_does_not_repeat_itself_blocks() -> None:
    """One machine that gives two digests is a difference that blocks, and joins no cluster."""
    probe = judge(give("a"), fail("b", Status.UNSTABLE))
    assert (probe.verdict, probe.severity) == (Verdict.DIFFERENT, Severity.BLOCKING)
    assert probe.reason == "does not repeat on b"
    assert probe.clusters == (("a",),)
    assert set(probe.digests) == {"a", "b"}


@pytest.mark.parametrize(
    ("others", "verdict", "severity", "reason"),
    [
        ([lack("b")], Verdict.MISSING, Severity.BLOCKING, "; missing on b"),
        (
            [fail("b", Status.SKIPPED)],
            Verdict.MISSING,
            Severity.BLOCKING,
            "; skipped on b (skipped for a test)",
        ),
        (
            [fail("b", Status.CRASHED)],
            Verdict.FAILED,
            Severity.BLOCKING,
            "; crashed on b (crashed for a test)",
        ),
        ([lack("b"), give("c")], Verdict.DIFFERENT, Severity.BLOCKING, ""),
        ([fail("b", Status.UNSTABLE), lack("c")], Verdict.DIFFERENT, Severity.BLOCKING, ", b"),
        ([], Verdict.DIFFERENT, Severity.BLOCKING, ""),
    ],
)
def test_unstable_alone_differs_from_nobody(
    others: list[MachineEvidence], verdict: Verdict, severity: Severity, reason: str
) -> None:
    """Where no other machine gave bytes, that is the verdict; it blocks all the same."""
    probe = judge(fail("a", Status.UNSTABLE), *others)
    assert (probe.verdict, probe.severity) == (verdict, severity)
    assert probe.reason == f"does not repeat on a{reason}"


def test_what_never_repeats_and_is_missing_elsewhere_warns() -> None:
    """A probe that promises nothing blocks nowhere; that a machine lacks it is told."""
    probe = judge(fail("a", Status.UNSTABLE, expectation=Expectation.NEVER), lack("b"))
    assert (probe.verdict, probe.severity) == (Verdict.MISSING, Severity.WARNING)


def test_what_never_repeats_may_be_unstable() -> None:
    """A probe that promises nothing may give other bytes each time."""
    probe = judge(fail("a", Status.UNSTABLE, expectation=Expectation.NEVER))
    assert (probe.verdict, probe.severity) == (Verdict.DIFFERENT, Severity.NONE)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CRASHED, Status.TIMED_OUT])
def test_failed(status: Status) -> None:
    """A machine that gave no bytes makes the probe failed: it blocks, with machine and reason."""
    probe = judge(give("a"), fail("b", status))
    assert (probe.verdict, probe.severity) == (Verdict.FAILED, Severity.BLOCKING)
    assert probe.reason == f"{status} on b ({status} for a test)"
    assert probe.states == {"a": "ok", "b": status.value}
    assert set(probe.digests) == {"a"}


def test_not_comparable() -> None:
    """Another definition is not comparable, never different, and the fields are named."""
    probe = judge(give("a", "x"), give("b", "y", definition=OTHER))
    assert (probe.verdict, probe.severity) == (Verdict.NOT_COMPARABLE, Severity.WARNING)
    assert probe.reason == "definitions part in arguments"
    assert set(probe.digests) == {"a", "b"}
    assert len(set(probe.definitions.values())) == 2


def test_the_same_digest_under_two_definitions_is_not_identical() -> None:
    """Equal bytes of two definitions prove nothing."""
    probe = judge(give("a", "x"), give("b", "x", definition=OTHER))
    assert probe.verdict is Verdict.NOT_COMPARABLE
    assert not any({"a", "b"} <= set(cluster) for cluster in probe.clusters)


def test_missing() -> None:
    """A machine without the probe makes it missing, by the machine's name."""
    probe = judge(give("a"), lack("b"))
    assert (probe.verdict, probe.severity) == (Verdict.MISSING, Severity.WARNING)
    assert (probe.reason, probe.states["b"]) == ("missing on b", "missing")


def test_skipped_counts_as_missing() -> None:
    """A probe that was skipped is missing, with the reason."""
    probe = judge(give("a"), fail("b", Status.SKIPPED))
    assert probe.verdict is Verdict.MISSING
    assert probe.reason == "skipped on b (skipped for a test)"


PRECEDENCE = (Verdict.DIFFERENT, Verdict.FAILED, Verdict.NOT_COMPARABLE, Verdict.MISSING)
CAUSES = {
    Verdict.DIFFERENT: give("different", "y", family=G15),
    Verdict.FAILED: fail("failed", Status.CRASHED),
    Verdict.NOT_COMPARABLE: give("other", definition=OTHER),
    Verdict.MISSING: lack("missing"),
}


@pytest.mark.parametrize("first", range(4))
def test_precedence(first: int) -> None:
    """A difference outweighs a failure, that what cannot be compared, that a gap."""
    causes = [CAUSES[verdict] for verdict in PRECEDENCE[first:]]
    assert judge(give("a"), give("b"), *causes).verdict is PRECEDENCE[first]


@pytest.mark.parametrize("step", [1, -1])
def test_a_difference_under_a_rarer_definition_counts(step: int) -> None:
    """Machines that differ are not hidden by as many that agree on something else."""
    machines = [
        give("a", "x"),
        give("b", "y"),
        give("c", "z", definition=OTHER),
        give("d", "z", definition=OTHER),
    ]
    probe = judge(*machines[::step])
    assert (probe.verdict, probe.severity) == (Verdict.DIFFERENT, Severity.BLOCKING)
    assert set(map(frozenset, probe.clusters)) == {
        frozenset("a"),
        frozenset("b"),
        frozenset("cd"),
    }


OUTCOMES = st.one_of(
    st.builds(
        lambda word, definition, expectation: make_probe(
            NAME, word, definition=definition, expectation=expectation
        ),
        st.sampled_from("xyz"),
        st.sampled_from([make_definition(), OTHER]),
        st.sampled_from(Expectation),
    ),
    st.builds(
        lambda status, expectation: make_probe(
            NAME, record=make_record(status=status), expectation=expectation
        ),
        st.sampled_from(Status),
        st.sampled_from(Expectation),
    ),
    st.just(make_probe("another")),
)


def names_of(probe: ProbeComparison) -> dict[str, Any]:
    """Take the order of machines out of a comparison."""
    return {
        "verdict": probe.verdict,
        "severity": probe.severity,
        "expectation": probe.expectation,
        "clusters": set(map(frozenset, probe.clusters)),
        "digests": probe.digests,
        "states": probe.states,
        "better": probe.better_than_promised,
    }


@QUICK
@given(
    st.lists(st.tuples(OUTCOMES, st.sampled_from([G13, G15])), max_size=4),
    st.randoms(use_true_random=False),
)
def test_order_of_machines_does_not_matter(
    outcomes: list[tuple[Any, str]],
    random: Random,
) -> None:
    """Whatever order machines stand in, verdict, severity and clusters are the same."""
    machines = [give("first")] + [
        make_evidence(f"m{index}", probe, family=family)
        for index, (probe, family) in enumerate(outcomes)
    ]
    before = names_of(judge(*machines))
    random.shuffle(machines)
    assert names_of(judge(*machines)) == before


@QUICK
@given(st.lists(st.tuples(OUTCOMES, st.sampled_from([G13, G15])), max_size=4))
def test_clusters_are_sound(outcomes: list[tuple[Any, str]]) -> None:
    """No machine stands in two clusters; a cluster has one definition and one digest."""
    probe = judge(
        give("first"),
        *(make_evidence(f"m{i}", it, family=family) for i, (it, family) in enumerate(outcomes)),
    )
    members = [machine for cluster in probe.clusters for machine in cluster]
    assert len(members) == len(set(members))
    assert set(members) == {name for name, state in probe.states.items() if state == "ok"}
    marks = [
        {(probe.definitions[name], probe.digests[name]) for name in cluster}
        for cluster in probe.clusters
    ]
    assert all(len(it) == 1 for it in marks)
    assert len(set(map(frozenset, marks))) == len(marks)
    assert (probe.verdict is Verdict.IDENTICAL) <= (len(probe.clusters) == 1)


def shape_result(machine: str, dtype: str, shape: tuple[int, ...]) -> MachineEvidence:
    """Make a machine that gave the same bytes as every other, as another array."""
    result = ArrayFacts(digest=make_digest("x"), dtype=dtype, shape=shape)
    return give(machine, record=replace(make_record("x"), result=result))


@pytest.mark.parametrize(
    ("dtype", "shape", "shown"),
    [("int32", (8,), "int32[8]"), ("float32", (2, 4), "float32[2, 4]")],
)
def test_equal_bytes_of_another_array_are_different(
    dtype: str, shape: tuple[int, ...], shown: str
) -> None:
    """Bytes alone are not the result: dtype and shape belong to it."""
    probe = judge(give("a"), give("b"), shape_result("c", dtype, shape))
    assert (probe.verdict, probe.severity) == (Verdict.DIFFERENT, Severity.BLOCKING)
    assert probe.clusters == (("a", "b"), ("c",))
    assert probe.reason == (
        f"equal bytes are other arrays: float32[8] on a, float32[8] on b, {shown} on c"
    )


def test_a_digest_of_unknown_dtype_agrees_with_a_known_one() -> None:
    """Who published a digest alone said nothing of the array, and contradicts none."""
    probe = judge(give("a"), shape_result("b", "", ()))
    assert (probe.verdict, probe.clusters) == (Verdict.IDENTICAL, (("a", "b"),))


BROKEN = Relation(name="x equals y", holds=False)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"relation": True}, "does not hold: x equals y"),
        ({"max_peak_ratio": 100.0}, "peaks at 4.1 kB, 128.000 times its output; 100 are allowed"),
    ],
)
@pytest.mark.parametrize("word", ["x", "y"])
def test_what_a_machine_breaks_by_itself_blocks(
    changes: dict[str, Any], told: str, word: str
) -> None:
    """Whatever the bytes say: the machine is named, and the verdict is that of the bytes."""
    probe = replace(make_probe(NAME, record=replace(make_record("x"), relation=BROKEN)), **changes)
    families = {"a": G13, "b": G15}
    broken = make_evidence("a", probe, family=families["a"])
    found = judge(broken, give("b", word, family=families["b"]))
    assert found.verdict is (Verdict.IDENTICAL if word == "x" else Verdict.DIFFERENT)
    assert found.severity is Severity.BLOCKING
    assert found.breaches == {"a": (told,)}
    assert found.reason == f"on a: {told}"
    assert not found.better_than_promised


def test_what_breaks_nothing_has_no_breaches() -> None:
    """A crash and unequal repeats are told by their states, not twice."""
    assert judge(give("a"), fail("b", Status.CRASHED)).breaches == {}
    assert judge(give("a"), fail("b", Status.UNSTABLE)).breaches == {}


def test_cluster_machines() -> None:
    """The largest cluster stands first, even ones by their first machine."""
    assert cluster_machines({}) == ()
    assert cluster_machines({"a": "x", "b": "y", "c": "y"}) == (("b", "c"), ("a",))
    assert cluster_machines({"a": "y", "b": "x"}) == (("a",), ("b",))


def test_compare_machines_takes_every_probe() -> None:
    """All probes that any machine has are compared, in suite order."""
    one = make_evidence("a", make_probe("p"), make_probe("q"))
    two = make_evidence("b", make_probe("q"), make_probe("r", "y"))
    comparison = compare_machines([one, two], commit=one.commit)
    assert [probe.id for probe in comparison.probes] == ["p", "q", "r"]
    assert comparison.count(Verdict.IDENTICAL) == 1
    assert comparison.count(Verdict.MISSING) == 2
    assert comparison.count_severity(Severity.WARNING) == 2
    assert comparison.notes == ()


def test_compare_machines_takes_the_probes_asked_for() -> None:
    """Only the probes asked for are compared, in the order asked for."""
    one = make_evidence("a", make_probe("p"), make_probe("q"))
    comparison = compare_machines([one], commit=one.commit, ids=["q"])
    assert [probe.id for probe in comparison.probes] == ["q"]


def test_notes() -> None:
    """A reader is told of commits that part, others' digests, dirty trees and emulation."""
    one = replace(
        make_evidence("a", make_probe()),
        dirty=True,
        left_out=2,
        origin=Origin(kind=OriginKind.PUBLISHED, note="Printed in a comment."),
    )
    two = make_evidence("b", make_probe())
    emulated = replace(two.environment, hardware=Hardware(emulator="qemu-user"))
    two = replace(two, environment=emulated)
    notes = "\n".join(compare_machines([one, two], commit=None).notes)
    assert notes.startswith("Across commits")
    for part in (
        "Published, not measured by reprokit: a.",
        "Printed in a comment.",
        "a has 2 more manifests at this commit",
        "a was measured with uncommitted changes.",
        "b is emulated (qemu-user)",
    ):
        assert part in notes
