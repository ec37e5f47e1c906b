"""The words that every format shares."""

from __future__ import annotations

import pytest

from reprokit.compare.verdict import compare_machines, compare_probe
from reprokit.model.environment import Environment, OperatingSystem
from reprokit.render.cells import count_verdicts, describe_result, describe_system, letter_clusters
from tests.builders import make_definition, make_evidence, make_probe
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
def test_describe_result(probe_id: str, machine: str, start: str) -> None:
    """A cell has a cluster and a digest, or the state that stands in their place."""
    (probe,) = [it for it in make_comparison().probes if it.id == probe_id]
    assert describe_result(probe, machine).startswith(start)


def test_count_verdicts() -> None:
    """Identical and different are always counted, others where there are some."""
    assert count_verdicts(make_comparison()) == (
        "2 identical, 3 different, 1 not comparable, 1 missing, 1 failed; 2 blocking, 4 warnings"
    )
    alone = compare_machines([make_evidence("a", make_probe())], commit="0" * 12)
    assert count_verdicts(alone) == "1 identical, 0 different; 0 blocking, 0 warnings"


def test_describe_system() -> None:
    """What is unknown of a system is left out, or all of it called unknown."""
    assert describe_system(Environment()) == "unknown"
    assert describe_system(Environment(os=OperatingSystem(name="Alpine"))) == "Alpine"
