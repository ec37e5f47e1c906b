"""Arrays that a worker writes down, by their digests."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np
import pytest

from reprokit.numerics.outcome import Related, Staged, Streamed
from reprokit.numerics.streaming import digest_stream
from reprokit.run.array_keeping import keep_result, keep_stages
from reprokit.run.description import describe_stages, describe_tree

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def place(folder: Path, **changes: int) -> dict[str, Any]:
    """Make a place without bounds that matter, with some of them changed."""
    return {"folder": str(folder), "largest_bytes": 8 * MIB, "spare_bytes": 0, **changes}


def keep(value: Any, where: dict[str, Any]) -> None:  # noqa: ANN401 - whatever an op returns
    """Keep all that a worker keeps of a value."""
    result, leaves = describe_tree(value)
    keep_result(value, result, leaves, where)
    keep_stages(value, describe_stages(value), where)


def read(folder: Path) -> dict[str, bytes]:
    """Read what was kept, and hold every name against its content."""
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in kept.items())
    return kept


def test_every_array_is_kept_once(tmp_path: Path) -> None:
    """Leaves, stages and results of relations, MLX's and NumPy's, in C order; equal ones once."""
    grid = mx.arange(6, dtype=mx.float32).reshape(2, 3)
    half = np.array([1.5, 2.5], dtype="float16")
    tree = {"a": grid.T, "b": [half, grid]}
    staged = Staged(result=tree, stages={"sum": grid + 1, "same": grid})
    keep(Related(name="x", holds=True, result=staged), place(tmp_path))
    expected = {np.array(it).tobytes() for it in (grid, np.array(grid).T, half, grid + 1)}
    assert set(read(tmp_path).values()) == expected
    keep(mx.array([], dtype=mx.int8), place(tmp_path))
    assert set(read(tmp_path).values()) == {*expected, b""}


@pytest.mark.parametrize(
    "bound", [{"largest_bytes": 399}, {"spare_bytes": 1 << 62}], ids=["size", "disk"]
)
def test_bounds_leave_arrays_out(tmp_path: Path, bound: dict[str, int]) -> None:
    """Neither too large ones are written nor those for which the disk is short."""
    keep(mx.ones((100,)), place(tmp_path, **bound))
    assert read(tmp_path) == {}
    keep(mx.ones((100,)), place(tmp_path, largest_bytes=400))
    assert len(read(tmp_path)) == 1


def test_streams_are_left_out(tmp_path: Path) -> None:
    """They are never held whole; what stands beside them is kept."""
    pieces = [mx.ones((4,)), mx.zeros((4,))]
    streamed = digest_stream(Streamed(shape=(8,), dtype=mx.float32, pieces=pieces))
    keep({"stream": streamed, "whole": mx.ones((2,))}, place(tmp_path))
    assert set(read(tmp_path).values()) == {np.ones(2, dtype="float32").tobytes()}


def test_a_folder_that_is_not_there_fails_nothing(tmp_path: Path) -> None:
    """The disk's trouble is not the op's."""
    keep(mx.ones((4,)), place(tmp_path / "gone"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spoil", [b"", b"\1", b"\1" * (3 * MIB)], ids=["empty", "short", "long"])
def test_what_is_there_is_left_and_what_was_spoiled_is_written_again(
    tmp_path: Path, spoil: bytes
) -> None:
    """Not by name and size alone: a byte in the last of several pieces counts."""
    array = mx.arange(3 * MIB // 4, dtype=mx.uint32)
    keep(array, place(tmp_path))
    (path,) = tmp_path.iterdir()
    before = path.stat().st_ino
    keep(array, place(tmp_path))
    assert path.stat().st_ino == before
    content = path.read_bytes()
    path.write_bytes(spoil)
    keep(array, place(tmp_path))
    assert path.read_bytes() == content
    path.write_bytes(content[:-1] + b"\xff")
    keep(array, place(tmp_path))
    assert read(tmp_path) == {path.name: content}


def test_what_a_full_disk_cut_off_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half file is left, neither under its name nor under another."""

    def refuse(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", refuse)
    keep(mx.ones((4,)), place(tmp_path))
    assert not list(tmp_path.iterdir())
