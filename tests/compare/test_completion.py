"""What a comparison says of how machines part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.completion import add_divergences
from reprokit.compare.selection import gather_evidence, list_commits
from reprokit.compare.verdict import compare_machines
from reprokit.store.manifests import read_machine
from tests.builders import make_evidence, make_probe

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def published() -> Comparison:
    """Compare the three machines whose digests were published, elements and all."""
    folder = ROOT / "manifests"
    machines = []
    for name in ("apple-m1-max", "apple-m3-ultra", "apple-m5"):
        manifests = tuple(read_machine(folder, name, root=ROOT))
        machines.append(gather_evidence(manifests, list_commits(manifests)[0]))
    return add_divergences(compare_machines(machines, commit=machines[0].commit))


@pytest.mark.parametrize(
    ("probe", "ulps"),
    [
        ("normal-8-key0", {5: 1}),
        ("normal-8-key42", {3: -1, 6: -2}),
        ("normal-16x4-key0", {21: 1, 23: -2, 41: -1, 53: 2}),
    ],
)
def test_published_normals_are_told_down_to_their_elements(
    published: Comparison, probe: str, ulps: dict[int, int]
) -> None:
    """M1 Max against the other two: no manifest holds a byte of any of them."""
    (divergence,) = next(it for it in published.probes if it.id == probe).divergences
    assert divergence.baseline == ("apple-m3-ultra", "apple-m5")
    assert divergence.candidate == ("apple-m1-max",)
    assert divergence.witness is not None
    assert divergence.witness.proven
    assert {it.index: it.ulp for it in divergence.witness.elements} == ulps
    assert divergence.first_stage == "log"
    assert divergence.distance is not None
    assert divergence.distance.differing == len(ulps)


def test_what_agrees_has_no_divergence(published: Comparison) -> None:
    """Nothing is searched for where there is nothing to explain."""
    assert {it.id for it in published.probes if it.divergences} == {
        it.id for it in published.probes if it.parts
    }


def test_digests_that_nothing_is_near_to_are_told_as_they_are() -> None:
    """The search ends by its bound, and says what it tried."""
    machines = [make_evidence(name, make_probe(word=name)) for name in ("m1", "m2")]
    (probe,) = add_divergences(compare_machines(machines, commit=None)).probes
    (divergence,) = probe.divergences
    assert divergence.distance is None
    assert divergence.witness is None
    assert divergence.gap


def test_all_searches_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of it after many probes may be nothing; then bytes are told from manifests."""
    monkeypatch.setattr("reprokit.compare.completion._ALL_TRIES", 1)
    names = ("a", "b", "c")
    machines = [
        make_evidence(name, *(make_probe(probe, name + probe) for probe in names))
        for name in ("m1", "m2")
    ]
    comparison = add_divergences(compare_machines(machines, commit=None))
    assert all(len(it.divergences) == 1 for it in comparison.probes)
