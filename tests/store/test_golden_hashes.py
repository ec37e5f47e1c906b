"""Files of golden hashes: their entries, and why others are none."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.errors import ManifestError, UsageError
from reprokit.model.baseline import BaselineStatus
from reprokit.store.golden_hashes import read_golden
from tests.builders import make_digest
from tests.golden import count_calls, make_golden, write_golden

if TYPE_CHECKING:
    from pathlib import Path


def test_entries_are_read_as_they_stand(tmp_path: Path) -> None:
    """With their status, and without what they add; a prefix goes before each name."""
    path = write_golden(
        tmp_path / "golden_hashes_apple_m5.json",
        test_r1_replay=make_golden("a", status="accepted", seed=7),
        test_r1_recombine=make_golden("b", chip_family=None, commit="unknown", mlx_version=None),
    )
    (recombine, replay), problems = read_golden(path, prefix="tests/test_r1.py::")
    assert not problems
    assert replay.name == "tests/test_r1.py::test_r1_replay"
    assert (replay.status, replay.word) == (BaselineStatus.ACCEPTED, "accepted")
    assert (replay.digest, replay.mlx) == (make_digest("a"), "0.31.1")
    assert (replay.commit, replay.chip) == ("0a8ec29f1c21", "apple_m5")
    assert (recombine.status, recombine.word) == (BaselineStatus.PENDING, "pending_review")
    assert (recombine.mlx, recombine.commit, recombine.chip) == (None, "", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "draft"}, "`status` is `draft`, and not one of `accepted`, `pending`"),
        ({"status": "Accepted"}, "`status` is `Accepted`"),
        ({"status": None}, "`status` is missing"),
        ({"status": ["accepted"]}, "`status` is no text"),
        ({"hash": "abc"}, "`hash` is no sha256: `abc`"),
        ({"hash": None}, "`hash` is no sha256: missing"),
        ({"hash": 12}, "`hash` is no sha256: `12`"),
        ({"hash": "G" * 64}, "`hash` is no sha256"),
        ({"commit": "../../etc/x"}, "`commit` is `../../etc/x`"),
        ({"mlx_version": "newest"}, "`mlx_version` is `newest`, and not a version"),
        ({"mlx_version": 0.31}, "`mlx_version` is `0.31`"),
        ({"chip_family": {"a": 1}}, "`chip_family` is no text"),
        ({"chip_family": "m5\n"}, "and not a chip's name"),
    ],
)
def test_a_wrong_entry_is_told_with_its_place(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """And the others of its file are read."""
    wrong = make_golden("a") | changes
    wrong = {name: value for name, value in wrong.items() if value is not None}
    path = write_golden(tmp_path / "hashes.json", test_good=make_golden("b"), test_wrong=wrong)
    (good,), (problem,) = read_golden(path)
    assert good.name == "test_good"
    assert problem.place == "hashes.json: test_wrong"
    assert words in problem.reason


@pytest.mark.parametrize("name", ["", " test", "tést", "te\nst", "x" * 301])
def test_a_name_must_be_one_that_a_baseline_can_hold(tmp_path: Path, name: str) -> None:
    """Printable ASCII, and not too long."""
    path = write_golden(tmp_path / "hashes.json", **{name: make_golden()})
    found, (problem,) = read_golden(path)
    assert not found
    assert "has a name that cannot stand in a baseline" in problem.reason


def test_what_is_there_twice_is_not_chosen_from(tmp_path: Path) -> None:
    """Neither of two entries of a name, nor of two fields."""
    digest = make_digest("a")
    entry = f'{{"hash": "{digest}", "status": "accepted"}}'
    twice = f'{{"hash": "{digest}", "status": "accepted", "status": "pending"}}'
    path = tmp_path / "hashes.json"
    path.write_text(f'{{"a": {entry}, "a": {entry}, "b": {twice}, "c": {entry}, "d": 3}}')
    found, problems = read_golden(path)
    assert [own.name for own in found] == ["c"]
    assert [it.place.partition(": ")[2] for it in problems] == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON: line 1, column 2"),
        ("", "is not JSON: line 1, column 1"),
        ("[1]", "holds no golden hashes"),
        ('{"a": ' + "[" * 100_000, "is not JSON"),
        ('{"a": ' + "9" * 10_000 + "}", "is not JSON"),
        ("<<<<<<< HEAD\n{}\n", "is not JSON: line 1"),
    ],
)
def test_what_is_no_such_file_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    """With the place where it stops being one."""
    path = tmp_path / "hashes.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_golden(path)
    assert words in str(caught.value)
    assert caught.value.where == "hashes.json"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """As is one in another encoding."""
    with pytest.raises(ManifestError):
        read_golden(tmp_path / "missing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UsageError):
        read_golden(tmp_path / "bytes.json")


def test_the_work_grows_with_the_entries(tmp_path: Path) -> None:
    """Twice as many take twice the work, not four times."""
    paths = [
        write_golden(
            tmp_path / f"{count}.json", **{f"test_{index}": make_golden() for index in range(count)}
        )
        for count in (200, 400)
    ]
    few, many = (count_calls(partial(read_golden, path)) for path in paths)
    assert many < 2.5 * few


def test_what_is_written_otherwise_is_read_all_the_same(tmp_path: Path) -> None:
    """A digest in capitals; a commit that git shortened, which may mean several, is left out."""
    entry = make_golden("a", commit="0a8ec29")
    path = write_golden(tmp_path / "a.json", test_a=entry | {"hash": entry["hash"].upper()})
    ((found,), problems) = read_golden(path)
    assert (found.digest, found.commit, problems) == (entry["hash"], "", ())
