"""Agreement for want of elements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.completion import add_divergences
from reprokit.compare.small_agreement import find_small_agreements
from reprokit.compare.verdict import compare_machines
from reprokit.model.divergence import Distance
from reprokit.model.record import ArrayFacts, Record, Status
from tests.builders import COMMIT, make_definition, make_digest, make_evidence, make_probe

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord

DISTANCE = Distance(
    size=100,
    differing=10,
    first_index=0,
    worst_index=0,
    max_ulp=1,
    mean_ulp=1.0,
    max_absolute=1e-7,
    max_relative=1e-7,
)


def draw(name: str, word: str, size: int, *, op: str = "random.normal") -> ProbeRecord:
    """Make a draw of so many elements."""
    result = ArrayFacts(digest=make_digest(word), dtype="float32", shape=(size,))
    record = Record(status=Status.OK, result=result)
    definition = make_definition(op=op, arguments={"shape": (size,)})
    return make_probe(name, record=record, definition=definition)


def find(size: int, *, op: str = "random.normal", differing: int = 10) -> list[str]:
    """Compare a draw of 100 elements of which some differ with one of another size that agrees."""
    machines = [
        make_evidence(name, draw("large", name, 100), draw("small", "same", size, op=op))
        for name in ("m1", "m2")
    ]
    comparison = add_divergences(compare_machines(machines, commit=COMMIT[:12]))
    distance = replace(DISTANCE, differing=differing)
    probes = tuple(
        replace(
            probe, divergences=tuple(replace(it, distance=distance) for it in probe.divergences)
        )
        for probe in comparison.probes
    )
    return [it.probe for it in find_small_agreements(replace(comparison, probes=probes))]


@pytest.mark.parametrize(
    ("size", "expected"), [(1, ["small"]), (29, ["small"]), (30, []), (900, [])]
)
def test_a_draw_is_small_where_fewer_than_three_elements_would_differ(
    size: int, expected: list[str]
) -> None:
    """Of 100 elements 10 differ, so of 30 about 3."""
    assert find(size) == expected


def test_another_op_says_nothing_of_it() -> None:
    """Nor does a probe whose elements are not known."""
    assert find(4, op="random.uniform") == []
    machines = [make_evidence(name, draw("a", name, 9), draw("b", "b", 4)) for name in ("m1", "m2")]
    assert find_small_agreements(compare_machines(machines, commit=COMMIT[:12])) == ()
