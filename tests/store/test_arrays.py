"""Arrays that were kept: what is read of them, and what is not trusted."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.model.record import ArrayFacts, ControlResult, NamedArray, Status
from reprokit.store.arrays import KeptArrays, find_arrays, is_kept, list_wholes, prepare_arrays
from tests.builders import make_digest, make_record

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"\0\0\x80\x3f" * 4


def put(folder: Path, data: bytes) -> str:
    """Put an array into a folder, and return its digest."""
    folder.mkdir(exist_ok=True)
    digest = hashlib.sha256(data).hexdigest()
    (folder / digest).write_bytes(data)
    return digest


def test_arrays_of_several_folders_are_found_by_digest(tmp_path: Path) -> None:
    """The first folder that has one gives it; a folder need not be there."""
    one, other = put(tmp_path / "one", DATA), put(tmp_path / "other", DATA[:8])
    kept = KeptArrays([tmp_path / "gone", tmp_path / "one", tmp_path / "other"])
    assert kept[one] == DATA
    assert kept.get(other) == DATA[:8]
    assert kept.get(make_digest("unknown")) is None
    assert make_digest("unknown") not in kept
    assert set(kept) == {one, other}
    assert len(kept) == 2
    assert kept.faults == ()


def test_a_file_of_another_digest_is_told_and_not_used(tmp_path: Path) -> None:
    """Once, however often it is asked for; a good copy elsewhere takes its place."""
    digest = put(tmp_path / "one", DATA)
    (tmp_path / "one" / digest).write_bytes(DATA + b"\0")
    kept = KeptArrays([tmp_path / "one"])
    assert digest not in kept
    assert kept.get(digest) is None
    (fault,) = kept.faults
    assert (
        fault == f"{tmp_path / 'one' / digest}: has another sha256 than its name, and is not used"
    )
    put(tmp_path / "two", DATA)
    kept = KeptArrays([tmp_path / "one", tmp_path / "two"])
    assert kept[digest] == DATA
    assert len(kept.faults) == 1


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    """A pipe would block for ever, and a folder has no bytes."""
    pipe, folder = make_digest("pipe"), make_digest("folder")
    os.mkfifo(tmp_path / pipe)
    (tmp_path / folder).mkdir()
    kept = KeptArrays([tmp_path])
    assert list(kept) == []
    assert sorted(kept.faults) == sorted(
        f"{tmp_path / name}: is no regular file, and is not used" for name in (pipe, folder)
    )


def test_what_is_too_large_is_left_alone(tmp_path: Path) -> None:
    """It may be another command's to read, so nothing is said of it."""
    digest = put(tmp_path, DATA)
    assert KeptArrays([tmp_path], largest_bytes=16)[digest] == DATA
    kept = KeptArrays([tmp_path], largest_bytes=15)
    assert digest not in kept
    assert kept.faults == ()


@pytest.mark.parametrize("name", ["../secret", "secret", "", "/etc/passwd", "a" * 63, "A" * 64])
def test_only_digests_are_names(tmp_path: Path, name: str) -> None:
    """What a manifest says in a digest's place leads to no other file."""
    (tmp_path / "secret").write_bytes(DATA)
    (tmp_path / "arrays").mkdir()
    kept = KeptArrays([tmp_path / "arrays", tmp_path])
    assert name not in kept
    assert kept.get(name) is None
    assert kept.faults == ()


def test_an_array_is_kept_where_its_size_fits(tmp_path: Path) -> None:
    """A cut-off file does not count, though its bytes are not read."""
    facts = ArrayFacts(digest=put(tmp_path, DATA), dtype="float32", shape=(2, 2))
    assert is_kept(facts, tmp_path)
    assert not is_kept(replace(facts, shape=(5,)), tmp_path)
    assert not is_kept(replace(facts, digest=make_digest("other")), tmp_path)


def test_what_is_listed_was_held_whole() -> None:
    """Leaves and stages and the control's, but no tree, no stream, and nothing of unknown dtype."""
    facts = ArrayFacts(digest=make_digest("a"), dtype="int8", shape=(3,))
    tree = replace(facts, dtype="tree", shape=())
    stream = replace(facts, dtype="float32", statistics={"mean": 0.5})
    record = replace(
        make_record("a"),
        result=tree,
        leaves=(NamedArray(name="x", array=facts), NamedArray(name="y", array=stream)),
        stages=(NamedArray(name="z", array=replace(facts, dtype="")),),
        control=ControlResult(status=Status.OK, result=replace(facts, shape=(4,))),
    )
    assert list(list_wholes(record)) == [facts, replace(facts, shape=(4,))]
    assert list(list_wholes(replace(record, result=facts, leaves=(), control=None))) == [facts]


def test_preparing_removes_what_killed_workers_left(tmp_path: Path) -> None:
    """Arrays stay, and so does what somebody else put there."""
    folder = prepare_arrays(tmp_path)
    digest = put(folder, DATA)
    (folder / f".{digest}.123").write_bytes(b"half")
    (folder / ".keep").write_bytes(b"")
    assert prepare_arrays(tmp_path) == find_arrays(tmp_path) == folder
    assert {it.name for it in folder.iterdir()} == {digest, ".keep"}
