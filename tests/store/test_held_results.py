"""What is kept of a baseline for the next run: the same as the file says, or nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from reprokit.store import held_results
from reprokit.store.baseline_index import index_baseline
from reprokit.store.held_results import keep_index, read_kept_index, stamp_file
from tests.baselines import make_baseline, make_entry
from tests.builders import QUICK
from tests.store.test_baselines import baselines_of_any_kind

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.baseline import Baseline
    from reprokit.store.held_results import Stamp

FAMILY = "applegpu_g13s"
INDEX = index_baseline(make_baseline(make_entry("a"), make_entry("b", "other")))
OLD = (10, 1, 1, 5, 6)


@QUICK
@given(baseline=baselines_of_any_kind())
def test_what_is_kept_is_what_was_read(
    tmp_path_factory: pytest.TempPathFactory, baseline: Baseline
) -> None:
    """Keys, ids, statuses, digests, dtypes and shapes."""
    root = tmp_path_factory.mktemp("project")
    index = index_baseline(baseline)
    keep_index(root, baseline.family, OLD, index)
    assert read_kept_index(root, baseline.family, OLD) == index


@pytest.mark.parametrize("part", range(5))
def test_a_file_that_is_otherwise_is_read(tmp_path: Path, part: int) -> None:
    """Where size, times, inode or device differ."""
    keep_index(tmp_path, FAMILY, OLD, INDEX)
    other = tuple(it + (at == part) for at, it in enumerate(OLD))
    assert read_kept_index(tmp_path, FAMILY, other) is None  # type: ignore[arg-type]
    assert read_kept_index(tmp_path, "linux-x86_64", OLD) is None


def test_nothing_is_kept_of_a_young_file(tmp_path: Path) -> None:
    """It could change once more within what the system's clock tells apart."""
    path = tmp_path / "baseline.toml"
    path.write_text("a")
    stamp = stamp_file(path)
    assert stamp is not None
    keep_index(tmp_path, FAMILY, stamp, INDEX)
    assert read_kept_index(tmp_path, FAMILY, stamp) is None


def test_a_time_set_back_does_not_hide_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a tool that restores times: the system's own time of the change is not set back."""
    monkeypatch.setattr(held_results, "YOUNGEST_NS", 0)
    path = tmp_path / "baseline.toml"
    path.write_text("before")
    os.utime(path, ns=(1, 1))
    before = stamp_file(path)
    assert before is not None
    keep_index(tmp_path, FAMILY, before, INDEX)
    assert read_kept_index(tmp_path, FAMILY, before) == INDEX
    path.write_text("beside")
    os.utime(path, ns=(1, 1))
    after = stamp_file(path)
    assert after is not None
    assert after[:2] == before[:2]
    assert read_kept_index(tmp_path, FAMILY, after) is None


def test_no_file_has_no_stamp(tmp_path: Path) -> None:
    """None stands for it."""
    assert stamp_file(tmp_path / "missing.toml") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        "{",
        '{"schema": "reprokit/held/9"}',
        json.dumps({"schema": "reprokit/held/2", "family": FAMILY, "stamp": OLD}),
        json.dumps({"schema": "reprokit/held/2", "family": FAMILY, "stamp": OLD, "keys": [1]}),
        json.dumps(
            {"schema": "reprokit/held/2", "family": FAMILY, "stamp": OLD, "keys": [[[1, 2, 3], 4]]}
        ),
        json.dumps(
            {
                "schema": "reprokit/held/2",
                "family": FAMILY,
                "stamp": OLD,
                "keys": [[[None, None, None], {"a": ["accepted"]}]],
            }
        ),
        "[" * 100_000,
    ],
)
def test_what_is_broken_counts_as_nothing(tmp_path: Path, content: str) -> None:
    """The baseline itself is read then."""
    path = keep_something(tmp_path, OLD)
    path.write_text(content)
    assert read_kept_index(tmp_path, FAMILY, OLD) is None


def keep_something(root: Path, stamp: Stamp) -> Path:
    """Keep an index; return its file."""
    keep_index(root, FAMILY, stamp, INDEX)
    path = root / ".reprokit" / "held" / f"{FAMILY}.json"
    assert path.is_file()
    return path


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """Neither a pipe, which would wait, nor a link to what never ends."""
    path = keep_something(tmp_path, OLD)
    for make in (os.mkfifo, lambda it: it.symlink_to("/dev/zero")):
        path.unlink()
        make(path)
        assert read_kept_index(tmp_path, FAMILY, OLD) is None
