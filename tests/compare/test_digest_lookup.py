"""Where a digest stands, and which probe one is of that stands nowhere."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from reprokit.compare.digest_lookup import find_occurrences, find_probe
from reprokit.compare.explanation import SearchPlan
from reprokit.compare.given import make_given_evidence
from reprokit.model.record import ArrayFacts, NamedArray, Record, Status
from reprokit.numerics.digest_search import Budget
from reprokit.numerics.float_bits import join_elements, move_by_ulp, split_elements
from reprokit.numerics.normal_steps import NormalDraw, draw_with_rounded_log
from tests.builders import make_definition, make_digest, make_manifest, make_probe, make_run

PLAN = SearchPlan(budget=Budget(candidates=50_000, wall_s=None), largest_bytes=4096)
BYTES = draw_with_rounded_log(NormalDraw(size=8, seed=0))


def make_tree() -> Record:
    """Make the record of a tree with a leaf, a stage, and a run that gave other bytes."""
    array = NamedArray(name="w", array=ArrayFacts(digest=make_digest("leaf")))
    stage = NamedArray(name="log", array=ArrayFacts(digest=make_digest("stage")))
    return Record(
        status=Status.UNSTABLE,
        result=ArrayFacts(digest=make_digest("a"), dtype="tree"),
        leaves=(array,),
        stages=(stage,),
        runs=(make_run("a"), make_run("b")),
    )


@pytest.mark.parametrize(
    ("word", "part"),
    [("a", "result"), ("leaf", "leaf w"), ("stage", "stage log"), ("b", "repeat 2")],
)
def test_a_digest_is_found_wherever_it_stands(word: str, part: str) -> None:
    """Each part is named; a few digits are enough to look one up."""
    manifest = make_manifest("m1", [make_probe(record=make_tree())])
    for digits in (64, 12):
        (found,) = find_occurrences(make_digest(word)[:digits], [manifest])
        assert (found.machine, found.probe, found.part) == ("m1", "normal-8-key0", part)


def test_a_digest_that_stands_somewhere_is_of_that_probe() -> None:
    """No search is needed."""
    manifest = make_manifest("m1", [make_probe("p", "a"), make_probe("q", "b")])
    assert find_probe(make_digest("b"), [manifest], PLAN) == "q"


def test_a_digest_near_a_draw_that_can_be_computed_is_of_that_draw() -> None:
    """No manifest holds a byte of it."""
    elements = split_elements(BYTES, "float32")
    elements[2] = move_by_ulp(elements[2], 1, "float32") or 0
    digest = sha256(join_elements(elements, "float32")).hexdigest()
    uniform = make_definition(op="random.uniform")
    manifest = make_manifest("m1", [make_probe("u", "u", definition=uniform), make_probe("n", "n")])
    assert find_probe(digest, [manifest], PLAN) == "n"


def test_a_digest_near_nothing_is_of_no_probe() -> None:
    """The budget is shared by all definitions, and ends."""
    manifest = make_manifest("m1", [make_probe("n", "n")])
    plan = replace(PLAN, budget=Budget(candidates=500, wall_s=None))
    assert find_probe(make_digest("other"), [manifest], plan) is None


def test_given_evidence_knows_nothing_but_the_digest() -> None:
    """So no environment is held against it, and no other digest is of its family."""
    like = make_probe()
    one, other = (make_given_evidence(make_digest(word), like) for word in "xy")
    assert one.family != other.family
    assert one.environment.hardware.chip is None
    result = one.probes[like.id].record.result
    assert result is not None
    assert (result.digest, result.dtype, result.shape) == (make_digest("x"), "float32", (8,))
    assert one.probes[like.id].record.runs == ()
