"""What an explanation tells of each cluster."""

from __future__ import annotations

import hashlib
import struct

import pytest

from reprokit.compare.explanation import SearchPlan, explain_probe
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.numerics.digest_search import Budget
from reprokit.render.explanation import render_text
from tests.builders import make_definition, make_evidence, make_probe

UNIFORM = make_definition(op="random.uniform", arguments={"shape": (2,)})
PLAN = SearchPlan(budget=Budget(candidates=10, wall_s=None), largest_bytes=4096)


def record(*values: float, is_known: bool = True) -> Record:
    """Make a record of two numbers, or of their digest alone, as it may be published."""
    bits = struct.pack("<2f", *values)
    digest = hashlib.sha256(bits).hexdigest()
    known = ArrayFacts(digest=digest, dtype="float32", shape=(2,), bits=bits.hex())
    unknown = ArrayFacts(digest=digest, dtype="", shape=())
    return Record(status=Status.OK, result=known if is_known else unknown)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_cluster_is_told_by_the_member_that_knows_most(*, is_first: bool) -> None:
    """A digest alone has no dtype; another machine of its bytes has, whichever comes first."""
    same = [record(1.0, 2.5, is_known=False), record(1.0, 2.5)]
    records = [*(same if is_first else same[::-1]), record(1.0, 3.5)]
    machines = [
        make_evidence(f"m{at}", make_probe("x", definition=UNIFORM, record=it))
        for at, it in enumerate(records)
    ]
    explanation = explain_probe("x", machines, (), PLAN)
    assert [it.result.dtype for it in explanation.clusters] == ["float32", "float32"]
    (row,) = (it for it in render_text(explanation).splitlines() if it.startswith("1  "))
    assert row.split() == ["1", "2.5", "3.5", "+4194304"]


@pytest.mark.parametrize(("count", "pairs", "left_out"), [(8, 28, 0), (9, 8, 28), (30, 29, 406)])
def test_of_many_clusters_each_is_held_beside_the_first(
    count: int, pairs: int, left_out: int
) -> None:
    """Thirty would make 435 pairs, which nobody reads; how many are left out is told."""
    machines = [
        make_evidence(f"m{at}", make_probe("x", definition=UNIFORM, record=record(1.0, at)))
        for at in range(count)
    ]
    explanation = explain_probe("x", machines, (), PLAN)
    assert (len(explanation.pairs), explanation.pairs_left_out) == (pairs, left_out)
    shown = {name for pair in explanation.pairs for name in (*pair.baseline, *pair.candidate)}
    assert shown == {it.name for it in machines}
    told = f"{left_out} pairs of other clusters left out" in render_text(explanation)
    assert told == bool(left_out)
