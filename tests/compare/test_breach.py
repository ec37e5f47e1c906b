"""What one machine's record breaks of its suite's promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.breach import find_breaches
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Failure, Record, Relation, Run, Status
from tests.builders import make_digest, make_probe

RUN = Run(
    digest=make_digest("a"),
    warm_digest=make_digest("a"),
    cold_s=1.0,
    warm_s=1.0,
    peak_bytes=3_000_000,
    peak_rss_bytes=None,
)
ARRAY = ArrayFacts(digest=make_digest("a"), dtype="bfloat16", shape=(1000, 500))
RELATION = Relation(name="x equals y", holds=False, facts={"differing": 3})


def test_kept_promises_break_nothing() -> None:
    """A record with equal bytes and no bound breaks nothing."""
    assert find_breaches(make_probe("p", record=Record(status=Status.OK, result=ARRAY))) == ()


def test_memory_over_its_bound_is_a_breach() -> None:
    """The median peak is held against the output's size times what is allowed."""
    probe = make_probe("p", record=Record(status=Status.OK, result=ARRAY, runs=(RUN,)))
    assert find_breaches(replace(probe, max_peak_ratio=3.0)) == ()
    (breach,) = find_breaches(replace(probe, max_peak_ratio=1.02))
    assert breach == "peaks at 3.0 MB, 3.000 times its output; 1.02 are allowed"


@pytest.mark.parametrize(
    ("expected", "found"),
    [(None, 0), (False, 0), (True, 1)],
)
def test_relation_is_held_against_what_is_expected(*, expected: bool | None, found: int) -> None:
    """Where the suite says nothing, either is fine."""
    record = Record(status=Status.OK, result=ARRAY, relation=RELATION)
    probe = replace(make_probe("p", record=record), relation=expected)
    assert len(find_breaches(probe)) == found


@pytest.mark.parametrize("status", list(Status))
def test_every_status_is_decided(status: Status) -> None:
    """Only equal bytes and a skipped probe break nothing."""
    record = Record(status=status, result=ARRAY, failure=Failure(reason="why"))
    expected = status not in {Status.OK, Status.SKIPPED}
    assert bool(find_breaches(make_probe("p", record=record))) is expected


def test_what_is_known_not_to_repeat_breaks_nothing() -> None:
    """`never` promises nothing of bytes; a crash is one all the same."""
    probe = replace(make_probe("p"), expectation=Expectation.NEVER)
    unstable = replace(probe, record=Record(status=Status.UNSTABLE, result=ARRAY))
    assert find_breaches(unstable) == ()
    crashed = replace(probe, record=Record(status=Status.CRASHED, failure=Failure(reason="x")))
    assert find_breaches(crashed) == ("crashed: x",)
