"""Golden hashes against families and baselines."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from reprokit.compare.golden import group_by_family, take_over
from reprokit.model.baseline import Baseline, BaselineStatus, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.chips import GPU_ARCHITECTURES, find_family
from reprokit.model.golden import GoldenHash
from reprokit.model.record import ArrayFacts
from tests.baselines import make_entry
from tests.builders import make_digest
from tests.golden import count_calls

KEY = BaselineKey(mlx="0.31.1")
AT = "2026-05-20T10:00:00Z"


def make_hash(name: str = "test_a", word: str = "a", **changes: Any) -> GoldenHash:  # noqa: ANN401
    """Make a pending one."""
    fields: dict[str, Any] = {
        "digest": make_digest(word),
        "status": BaselineStatus.PENDING,
        "word": "pending_review",
        "mlx": "0.31.1",
        "commit": "0a8ec29f1c21",
        "chip": "apple_m1_max",
        "file": "golden.json",
    }
    return GoldenHash(name=name, **(fields | changes))


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("apple_m1_max", "applegpu_g13s"),
        ("Apple M1 Max", "applegpu_g13s"),
        ("apple_m3_ultra", "applegpu_g15d"),
        ("apple-m5", "applegpu_g17g"),
        ("applegpu_g13s", "applegpu_g13s"),
        ("linux_x86_64", "linux-x86_64"),
        ("Linux_aarch64", "linux-arm64"),
        ("linux-arm64", "linux-arm64"),
        ("apple_m9", None),
        ("m1", None),
        ("darwin_arm64", None),
        ("", None),
    ],
)
def test_chips_name_families(words: str, family: str | None) -> None:
    """Where the chip's GPU is known; nobody guesses."""
    assert find_family(words) == family


def test_every_chip_is_known_by_its_slug() -> None:
    """As `sysctl` names it, in lower case with underscores."""
    for chip, family in GPU_ARCHITECTURES.items():
        assert find_family(chip.lower().replace(" ", "_")) == family


def test_a_family_stands_for_one_unknown_chip() -> None:
    """Not for several: their results would be mixed. Known chips keep their own."""
    known, strange = make_hash("a"), make_hash("b", chip="apple_m9")
    groups, problems = group_by_family([known, strange], "")
    assert groups == {"applegpu_g13s": [known]}
    assert [it.place for it in problems] == ["golden.json: b"]
    assert "`apple_m9` is no chip whose family is known: say which" in problems[0].reason
    groups, problems = group_by_family([known, strange], "applegpu_g21g")
    assert groups == {"applegpu_g13s": [known], "applegpu_g21g": [strange]}
    assert not problems
    none = make_hash("c", chip="")
    groups, problems = group_by_family([known, strange, none], "applegpu_g21g")
    assert groups == {"applegpu_g13s": [known]}
    assert len(problems) == 2
    assert "cannot mean several" in problems[1].reason
    assert "names no chip" in problems[1].reason


def test_a_hash_becomes_an_entry() -> None:
    """Under its version of MLX alone, with its status and commit, and where it came from."""
    accepted = make_hash("b", status=BaselineStatus.ACCEPTED, word="accepted", mlx=None)
    taken = take_over(Baseline(family="applegpu_g13s"), [make_hash(), accepted], by="Ada", at=AT)
    assert taken.fresh == [make_hash(), accepted]
    assert not taken.problems
    entry = taken.baseline.find(KEY, "test_a")
    assert entry is not None
    assert entry.status is BaselineStatus.PENDING
    assert entry.result == ArrayFacts(digest=make_digest("a"))
    assert (entry.review.by, entry.review.at, entry.review.commit) == ("Ada", AT, "0a8ec29f1c21")
    assert "`pending_review` there" in entry.review.reason
    anywhere = taken.baseline.find(BaselineKey(mlx="0.99"), "b")
    assert anywhere is not None
    assert anywhere.status is BaselineStatus.ACCEPTED


def test_what_is_there_is_not_written_over() -> None:
    """Equal ones are there already; others stand against it, whichever of the two is accepted."""
    there = take_over(Baseline(family="applegpu_g13s"), [make_hash()], by="Ada", at=AT).baseline
    again = take_over(there, [make_hash()], by="Bob", at=AT)
    assert again.baseline == there
    assert again.known == [make_hash()]
    for other in (
        make_hash(word="b"),
        make_hash(status=BaselineStatus.ACCEPTED, word="accepted"),
    ):
        taken = take_over(there, [other], by="Bob", at=AT)
        assert taken.baseline == there
        assert len(taken.problems) == 1
        assert "pending by Ada on 2026-05-20" in taken.problems[0].reason


def test_files_that_contradict_each_other_give_nothing() -> None:
    """Neither of two that say other things of one test is chosen."""
    one, other = make_hash(file="one.json"), make_hash(word="b", file="other.json")
    same = make_hash("c", file="one.json"), make_hash("c", file="other.json")
    taken = take_over(Baseline(family="applegpu_g13s"), [one, *same, other], by="Ada", at=AT)
    assert [it.place for it in taken.problems] == ["one.json: test_a", "other.json: test_a"]
    assert [it.name for it in taken.fresh] == ["c"]
    assert [it.file for it in taken.known] == ["other.json"]


def test_other_entries_stay() -> None:
    """Those of other keys, of the same name too."""
    exact = BaselineKey(mlx="0.31.1", wheel="macosx_15_0_arm64", tf32=True)
    before = put_entries(Baseline(family="applegpu_g13s"), exact, [make_entry("test_a")])
    taken = take_over(before, [make_hash()], by="Ada", at=AT)
    assert taken.fresh == [make_hash()]
    assert taken.baseline.find(exact, "test_a") == make_entry("test_a")


def test_the_work_grows_with_the_hashes() -> None:
    """Twice as many take twice the work, not four times: it is done under the baselines' lock."""
    baseline = Baseline(family="applegpu_g13s")
    counts = []
    for number in (200, 400):
        hashes = [make_hash(f"test_{index}") for index in range(number)]
        counts.append(count_calls(partial(take_over, baseline, hashes, by="Ada", at=AT)))
    few, many = counts
    assert many < 2.5 * few


def test_each_version_of_mlx_has_its_own_table() -> None:
    """Hashes of several go to several keys, in one go, and entries of one machine stay."""
    key = BaselineKey(mlx="0.31.1")
    alone = replace(make_entry("test_a"), machine="apple-m1-max")
    before = put_entries(Baseline(family="applegpu_g13s"), key, [alone])
    hashes = [make_hash("b"), make_hash(mlx="0.32"), make_hash("c", mlx=None), make_hash()]
    taken = take_over(before, hashes, by="Ada", at=AT)
    assert taken.fresh == hashes
    assert [
        (table.key.mlx, [entry.order for entry in table.entries]) for table in taken.baseline.tables
    ] == [
        (None, [("c", "")]),
        ("0.31.1", [("b", ""), ("test_a", ""), ("test_a", "apple-m1-max")]),
        ("0.32", [("test_a", "")]),
    ]
