"""Bytes that stand in no manifest: asked for only where they tell something."""

from __future__ import annotations

import hashlib
import struct
from collections import UserDict

from reprokit.compare.completion import add_divergences
from reprokit.compare.explanation import SearchPlan, explain_probe
from reprokit.compare.verdict import compare_machines
from reprokit.model.record import ArrayFacts, NamedArray, Record, Status
from reprokit.numerics.digest_search import Budget
from tests.builders import make_definition, make_evidence, make_probe

UNIFORM = make_definition(op="random.uniform", arguments={"shape": (2000,)})
PLAN = SearchPlan(budget=Budget(candidates=10, wall_s=None), largest_bytes=4096)
LAST = {"m1": 1.0, "m2": 1.0 + 2**-22, "unasked": 3.0}
ARRAYS = {name: struct.pack("<2000f", *([1.0] * 1999), last) for name, last in LAST.items()}


class Folder(UserDict[str, bytes]):
    """Kept arrays that note what is read of them."""

    def __init__(self) -> None:
        self.read: list[str] = []
        super().__init__({hashlib.sha256(it).hexdigest(): it for it in ARRAYS.values()})

    def __getitem__(self, digest: str) -> bytes:
        """Give an array, and note it."""
        self.read.append(digest)
        return super().__getitem__(digest)


def facts(name: str) -> ArrayFacts:
    """Keep of an array what a manifest keeps of a larger one, without its runs."""
    digest = hashlib.sha256(ARRAYS[name]).hexdigest()
    return ArrayFacts(digest=digest, dtype="float32", shape=(2000,))


def measure(name: str) -> Record:
    """Make the record of a machine, with a step that both have."""
    stage = NamedArray(name="same", array=facts("unasked"))
    return Record(status=Status.OK, result=facts(name), stages=(stage,))


MACHINES = [
    make_evidence(name, make_probe("x", definition=UNIFORM, record=measure(name)))
    for name in ("m1", "m2")
]


def test_an_explanation_reads_what_parts() -> None:
    """The step that is equal on both sides is not looked at."""
    kept = Folder()
    explanation = explain_probe("x", MACHINES, (), PLAN, kept=kept)
    (pair,) = explanation.pairs
    assert pair.distance is not None
    assert (pair.distance.differing, pair.distance.first_index) == (1, 1999)
    assert pair.witness is not None
    assert [it.ulp for it in pair.witness.elements] == [2]
    assert [it.source for it in explanation.clusters] == ["kept by a snapshot"] * 2
    assert set(kept.read) == {facts(name).digest for name in ("m1", "m2")}


def test_a_comparison_reads_nothing_of_what_agrees() -> None:
    """Only probes that part are taken apart."""
    kept = Folder()
    same = [make_evidence(name, make_probe("x", record=measure("m1"))) for name in ("m1", "m2")]
    add_divergences(compare_machines(same, commit=None), kept=kept)
    assert kept.read == []
    (probe,) = add_divergences(compare_machines(MACHINES, commit=None), kept=kept).probes
    assert probe.divergences[0].distance is not None
    assert len(kept.read) == 2


def test_what_was_not_kept_is_told_with_what_would_keep_it() -> None:
    """The command is named, and the machines that lack it."""
    kept = Folder()
    del kept[facts("m2").digest]
    (pair,) = explain_probe("x", MACHINES, (), PLAN, kept=kept).pairs
    assert pair.distance is None
    assert "`snapshot --keep-arrays` on m2 would let `explain` tell" in pair.gap
