"""What a comparison says of how machines part."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.completion import add_divergences
from reprokit.compare.selection import gather_evidence
from reprokit.compare.verdict import compare_machines
from reprokit.model.definition import Definition
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.store.manifests import read_machine
from tests.builders import make_digest, make_evidence, make_probe

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
        machines.append(gather_evidence(manifests, "0a8ec29f1c21"))
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
    vain = ["none of " in it.divergences[0].gap for it in comparison.probes]
    assert vain == [True, False, False]


def test_many_machines_of_one_probe_have_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each digest from each array at hand would be tried, as often as all that is allowed."""
    monkeypatch.setattr("reprokit.compare.completion._TRIES", 100)
    monkeypatch.setattr("reprokit.compare.completion._ALL_TRIES", 250)
    machines = [
        make_evidence(f"m{it}", make_probe(definition=PRODUCT, record=record))
        for it, record in enumerate((*map(hold, range(5)), *map(name, range(5))))
    ]
    (probe,) = add_divergences(compare_machines(machines, commit=None)).probes
    tried = [it.gap.partition("none of ")[2].partition(" ")[0] for it in probe.divergences]
    assert tried == ["", "", "", "", "100", "100", "50", "", ""]


PRODUCT = Definition(op="matmul.uniform", arguments={"m": 1, "k": 4, "n": 8}, seed=0)


def hold(number: int) -> Record:
    """Make a record that holds its bytes."""
    bits = struct.pack("<8f", *[float(number)] * 8)
    digest = hashlib.sha256(bits).hexdigest()
    facts = ArrayFacts(digest=digest, dtype="float32", shape=(8,), bits=bits.hex())
    return Record(status=Status.OK, result=facts)


def name(number: int) -> Record:
    """Make a record that has a digest only."""
    facts = ArrayFacts(digest=make_digest(str(number)), dtype="float32", shape=(8,))
    return Record(status=Status.OK, result=facts)
