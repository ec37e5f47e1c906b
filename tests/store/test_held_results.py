"""What is kept of a baseline for the next run: the same as the file says, or nothing."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from reprokit.store import held_results
from reprokit.store.baseline_index import index_baseline, list_held
from reprokit.store.held_results import keep_held, read_kept, stamp_file
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import QUICK
from tests.store.test_baselines import baselines_of_any_kind

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.baseline import Baseline
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.store.held_results import Stamp

FAMILY = "applegpu_g13s"
HELD = list_held(index_baseline(make_baseline(make_entry("a"), make_entry("b", "other"))), KEY)
OLD = (10, 1, 1, 5, 6)


@QUICK
@given(baseline=baselines_of_any_kind())
def test_what_is_kept_is_what_was_read(
    tmp_path_factory: pytest.TempPathFactory, baseline: Baseline
) -> None:
    """Ids, statuses, digests, dtypes and shapes, for each key."""
    root = tmp_path_factory.mktemp("project")
    index = index_baseline(baseline)
    for key in (*index, KEY):
        held = list_held(index, key)
        keep_held(root, baseline.family, OLD, key, held)
        assert read_kept(root, baseline.family, OLD, key) == held


@pytest.mark.parametrize("part", range(5))
def test_a_file_that_is_otherwise_is_read(tmp_path: Path, part: int) -> None:
    """Where size, times, inode or device differ."""
    keep_something(tmp_path, OLD)
    other = tuple(it + (at == part) for at, it in enumerate(OLD))
    assert read_kept(tmp_path, FAMILY, other, KEY) is None  # type: ignore[arg-type]
    assert read_kept(tmp_path, FAMILY, OLD, KEY) == HELD


@pytest.mark.parametrize(
    "key",
    [
        KEY._replace(mlx="0.33.0"),
        KEY._replace(mlx=None),
        KEY._replace(wheel="linux_x86_64"),
        KEY._replace(tf32=not KEY.tf32),
    ],
)
def test_what_is_kept_holds_for_its_key_alone(tmp_path: Path, key: BaselineKey) -> None:
    """As after another MLX was installed; nor for another family."""
    path = keep_something(tmp_path, OLD)
    assert read_kept(tmp_path, FAMILY, OLD, key) is None
    path.rename(path.with_stem("linux-x86_64"))
    assert read_kept(tmp_path, "linux-x86_64", OLD, KEY) is None


def test_nothing_is_kept_of_a_young_file(tmp_path: Path) -> None:
    """It could change once more within what the system's clock tells apart."""
    path = tmp_path / "baseline.toml"
    path.write_text("a")
    stamp = stamp_file(path)
    assert stamp is not None
    keep_held(tmp_path, FAMILY, stamp, KEY, HELD)
    assert read_kept(tmp_path, FAMILY, stamp, KEY) is None


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
    keep_held(tmp_path, FAMILY, before, KEY, HELD)
    assert read_kept(tmp_path, FAMILY, before, KEY) == HELD
    path.write_text("beside")
    os.utime(path, ns=(1, 1))
    after = stamp_file(path)
    assert after is not None
    assert after[:2] == before[:2]
    assert read_kept(tmp_path, FAMILY, after, KEY) is None


def test_no_file_has_no_stamp(tmp_path: Path) -> None:
    """None stands for it."""
    assert stamp_file(tmp_path / "missing.toml") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"(?s).*", ""),
        (r"(?s).*", "[]"),
        (r"held/3", "held/2"),
        (r"held/3", "held/4"),
        (r"[0-9a-f]\n$", "x\n"),
        (r"a\n.*\n", ""),
        (r"a\n", ""),
        (r"\nb\n.*\n$", "\n"),
        (r"\n$", ""),
        (r"\Z", "c"),
        (r"\Z", "c\nd\n"),
        (r"a\n", "\u00e9\n"),
        (r"\n", "\r\n"),
    ],
)
def test_what_is_broken_counts_as_nothing(tmp_path: Path, old: str, new: str) -> None:
    """The baseline itself is read then."""
    path = keep_something(tmp_path, OLD)
    text = path.read_text()
    broken = re.sub(old, new, text, count=1)
    assert broken != text
    path.write_bytes(broken.encode())
    assert read_kept(tmp_path, FAMILY, OLD, KEY) is None


def keep_something(root: Path, stamp: Stamp) -> Path:
    """Keep an index; return its file."""
    keep_held(root, FAMILY, stamp, KEY, HELD)
    path = root / ".reprokit" / "held" / f"{FAMILY}.txt"
    assert path.is_file()
    return path


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """Neither a pipe, which would wait, nor a link to what never ends."""
    path = keep_something(tmp_path, OLD)
    for make in (os.mkfifo, lambda it: it.symlink_to("/dev/zero")):
        path.unlink()
        make(path)
        assert read_kept(tmp_path, FAMILY, OLD, KEY) is None
