"""The words that every format shares."""

from __future__ import annotations

import pytest

from reprokit.compare.partition import find_lines
from reprokit.compare.verdict import compare_machines, compare_probe
from reprokit.model.environment import Environment, OperatingSystem
from reprokit.model.probe import Expectation
from reprokit.model.record import Status
from reprokit.render.cells import (
    count_verdicts,
    describe_better,
    describe_note,
    describe_partition,
    describe_results,
    describe_system,
    describe_verdict,
    letter_clusters,
    list_partitions,
)
from tests.builders import make_definition, make_evidence, make_probe, make_record
from tests.render.shared import make_comparison


def test_letters_follow_the_clusters() -> None:
    """A is the largest cluster, and machines of one cluster share a letter."""
    machines = [
        make_evidence(name, make_probe("p", word)) for name, word in zip("abc", "xyy", strict=True)
    ]
    assert letter_clusters(compare_probe("p", machines)) == {"b": "A", "c": "A", "a": "B"}


def test_letters_begin_anew_for_another_definition() -> None:
    """A cluster of another definition is marked as one that is not to be held against A."""
    other = make_definition(seed=9)
    machines = [
        make_evidence("a", make_probe("p")),
        make_evidence("b", make_probe("p", definition=other)),
    ]
    assert letter_clusters(compare_probe("p", machines)) == {"a": "A", "b": "A/2"}


def test_letters_do_not_run_out() -> None:
    """Beyond the alphabet, clusters are numbered."""
    machines = [make_evidence(f"m{i}", make_probe("p", str(i))) for i in range(28)]
    letters = letter_clusters(compare_probe("p", machines))
    assert len(set(letters.values())) == 28
    assert letters["m27"] == "#28"


@pytest.mark.parametrize(
    ("probe_id", "machine", "start"),
    [
        ("key0", "apple-m1-max", "A "),
        ("matmul", "apple-m3", "crashed"),
        ("sum", "apple-m3", "unstable "),
        ("only-m1", "apple-m3", "missing"),
        ("only-m1", "apple-m3-ultra", "skipped"),
    ],
)
def test_describe_results(probe_id: str, machine: str, start: str) -> None:
    """A cell has a cluster and a digest, or the state that stands in their place."""
    (probe,) = [it for it in make_comparison().probes if it.id == probe_id]
    (cell,) = describe_results(probe, [machine])
    assert cell.startswith(start)


def test_count_verdicts() -> None:
    """Identical and different are always counted, others where there are some."""
    assert count_verdicts(make_comparison()) == (
        "3 identical, 3 different, 1 not comparable, 1 missing, 1 failed; 4 blocking, 3 warnings"
    )
    alone = compare_machines([make_evidence("a", make_probe())], commit="0" * 12)
    assert count_verdicts(alone) == "1 identical, 0 different; 0 blocking, 0 warnings"


def test_a_difference_that_is_not_promised_away_is_expected() -> None:
    """Where a probe promises nothing, a difference is no finding, and reads like none."""
    unstable = make_record("r", status=Status.UNSTABLE)
    machines = [
        make_evidence(name, make_probe("p", record=unstable, expectation=Expectation.NEVER))
        for name in ("m1", "m2")
    ]
    comparison = compare_machines(machines, commit="0" * 12)
    assert describe_verdict(comparison.probes[0]) == "different"
    assert describe_note(comparison.probes[0]) == "as expected; does not repeat on m1, m2"
    assert count_verdicts(comparison) == (
        "0 identical, 1 different (1 as expected); 0 blocking, 0 warnings"
    )


def test_a_difference_against_a_promise_is_in_capitals() -> None:
    """What may be a finding stands out, and is not called expected."""
    machines = [make_evidence(word, make_probe("p", word)) for word in ("x", "y")]
    (probe,) = compare_machines(machines, commit="0" * 12).probes
    assert describe_verdict(probe) == "DIFFERENT"
    assert "expected" not in describe_note(probe)


def test_better_than_promised_is_said_once() -> None:
    """Few probes are named, many counted; each has its note only where all are asked for."""
    machine = Expectation.MACHINE
    for count, text in {
        0: "",
        1: "better than promised: p0",
        4: "better than promised: 4 probes, ask",
    }.items():
        probes = [make_probe(f"p{index}", expectation=machine) for index in range(count)]
        comparison = compare_machines(
            [make_evidence(name, *probes) for name in ("m1", "m2")],
            commit="0" * 12,
            ids=[probe.id for probe in probes],
        )
        assert describe_better(comparison, hint=", ask") == text
        assert not any(map(describe_note, comparison.probes))
        notes = [describe_note(probe, verbose=True) for probe in comparison.probes]
        assert notes == ["better than promised"] * count


def test_partitions_are_of_one_definition_each() -> None:
    """Machines that compute something else are not held against the others."""
    other = make_definition(seed=9)
    machines = [
        make_evidence("a", make_probe("p", "x")),
        make_evidence("b", make_probe("p", "y")),
        make_evidence("c", make_probe("p", "y")),
        make_evidence("d", make_probe("p", "z", definition=other)),
    ]
    (clusters,) = list_partitions(compare_probe("p", machines))
    assert describe_partition(clusters) == "b, c | a"


def test_a_partition_is_written_in_the_order_of_its_attribution() -> None:
    """The largest cluster first, then by its first machine: values of facts go by that order."""
    words = {"a": "x", "b": "y", "c": "z", "d": "y"}
    machines = [make_evidence(name, make_probe("p", word)) for name, word in words.items()]
    comparison = compare_machines(machines, commit="0" * 12)
    (line,) = find_lines(comparison)
    assert list_partitions(comparison.probes[0]) == [line.partition]
    assert describe_partition(line.partition) == "b, d | a | c"


def test_describe_system() -> None:
    """What is unknown of a system is left out, or all of it called unknown."""
    assert describe_system(Environment()) == "unknown"
    assert describe_system(Environment(os=OperatingSystem(name="Alpine"))) == "Alpine"
