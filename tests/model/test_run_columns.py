"""Runs by column are the runs that they stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.model.record import Run
from reprokit.model.run_columns import RunColumns
from tests.builders import make_digest, make_record, make_run

COLUMNS = RunColumns(make_digest("a"), None, (0.25, 0.5), (0.0005, 0.0005), (4096,) * 2, (1, 2))
RUNS = (make_run(rss=1), make_run(rss=2, cold_s=0.5))


def test_they_are_a_sequence_of_runs() -> None:
    """Length, order, items and slices are those of the tuple; so are equality and hash."""
    assert tuple(COLUMNS) == RUNS
    assert list(reversed(COLUMNS)) == list(reversed(RUNS))
    assert len(COLUMNS) == 2
    assert COLUMNS[-1] == RUNS[1]
    assert COLUMNS[:1] == RUNS[:1]
    assert COLUMNS == RUNS
    assert RUNS == COLUMNS
    assert RUNS[:1] != COLUMNS
    assert COLUMNS != "runs"
    assert hash(COLUMNS) == hash(RUNS)
    assert repr(COLUMNS) == repr(RUNS)
    assert (*COLUMNS, *RUNS) == RUNS * 2
    with pytest.raises(IndexError):
        COLUMNS[2]


def test_records_that_hold_them_are_equal() -> None:
    """It does not matter which way a record's runs were read."""
    one, other = (replace(make_record(), runs=runs) for runs in (RUNS, COLUMNS))
    assert one == other
    assert other == one
    assert one.digest_counts == other.digest_counts
    assert replace(other, runs=(*other.runs, *RUNS)).runs == RUNS * 2


def test_a_relation_holds_in_each() -> None:
    """What held is told of each run, cold and warm."""
    columns = RunColumns("d", True, (0.1,), (0.1,), (1,), (1,))
    assert columns[0] == Run(
        digest="d",
        warm_digest="d",
        cold_s=0.1,
        warm_s=0.1,
        peak_bytes=1,
        peak_rss_bytes=1,
        holds=True,
        warm_holds=True,
    )
