"""What one probe gave on one machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.model.record import ArrayFacts, ControlResult, Record, Relation, Status
from tests.builders import make_digest, make_record, make_run


def test_digest_counts_cold_and_warm() -> None:
    """Every evaluation counts, the most frequent digest first."""
    part = replace(make_run("a"), warm_digest=make_digest("b"))
    record = Record(status=Status.UNSTABLE, runs=(part, make_run("b")))
    counts = record.digest_counts
    assert list(counts.items()) == [(make_digest("b"), 3), (make_digest("a"), 1)]


def test_digest_counts_breaks_ties_by_digest() -> None:
    """Equally frequent digests stand in their own order, whatever the runs' order."""
    forth = Record(status=Status.UNSTABLE, runs=(make_run("a"), make_run("b")))
    back = Record(status=Status.UNSTABLE, runs=(make_run("b"), make_run("a")))
    assert list(forth.digest_counts) == list(back.digest_counts) == sorted(forth.digest_counts)


def test_digest_counts_without_runs() -> None:
    """A record without runs, as a published one, counts nothing."""
    assert make_record(status=Status.CRASHED).digest_counts == {}


RELATION = Relation(name="x equals y", holds=True)


def test_relation_counts_every_evaluation() -> None:
    """Cold and warm count; what says nothing of the relation does not."""
    runs = (
        replace(make_run(), holds=True, warm_holds=False),
        replace(make_run(), holds=True, warm_holds=None),
    )
    record = Record(status=Status.OK, relation=RELATION, runs=runs)
    assert record.relation_counts == {True: 2, False: 1}
    assert list(record.relation_counts) == [True, False]


def test_relation_counts_without_runs() -> None:
    """A record without runs has its one relation; one without a relation has none."""
    assert Record(status=Status.OK, relation=RELATION).relation_counts == {True: 1}
    assert Record(status=Status.OK, runs=(make_run(),)).relation_counts == {}


@pytest.mark.parametrize(
    ("control", "equal"),
    [
        (None, None),
        (ControlResult(status=Status.SKIPPED), None),
        (ControlResult(status=Status.OK, result=make_record("a").result), True),
        (ControlResult(status=Status.OK, result=make_record("b").result), False),
    ],
)
def test_equals_control(control: ControlResult | None, *, equal: bool | None) -> None:
    """A control that gave no array leaves it open."""
    record = make_record("a")
    assert replace(record, control=control).equals_control is equal


@pytest.mark.parametrize(("word", "equal"), [("a", True), ("not a", True), ("b", False)])
def test_a_control_may_equal_any_run(word: str, *, equal: bool) -> None:
    """Where runs part, a control that gave what one of them gave is not another one."""
    control = ControlResult(status=Status.OK, result=make_record(word).result)
    record = replace(make_record("a", status=Status.UNSTABLE), control=control)
    assert record.equals_control is equal
    reshaped = ArrayFacts(digest=make_digest(word), dtype="float32", shape=(2, 4))
    assert not replace(record, control=replace(control, result=reshaped)).equals_control


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("float32", (16, 4), 256),
        ("bfloat16", (8,), 16),
        ("complex64", (2,), 16),
        ("bool", (3,), 3),
        ("float64", (), 8),
        ("float32", (0, 7), 0),
        ("", (8,), 0),
    ],
)
def test_size_bytes(dtype: str, shape: tuple[int, ...], size: int) -> None:
    """Size is elements times item size: one element without axes, none of an unknown dtype."""
    assert ArrayFacts(digest=make_digest("a"), dtype=dtype, shape=shape).size_bytes == size
