"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reprokit.store.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def test_writes_a_file_in_new_folders(tmp_path: Path) -> None:
    """Missing folders are made; the file can be read by all and nothing is left beside it."""
    path = tmp_path / "a" / "b" / "c.toml"
    write_atomically(path, b"content")
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [it.name for it in path.parent.iterdir()] == ["c.toml"]


def test_replaces_a_file(tmp_path: Path) -> None:
    """What was there before is replaced as a whole."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"a longer text than the new one")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk refuses, the old file stands whole and nothing is left beside it."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"old")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device", str(descriptor))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [it.name for it in tmp_path.iterdir()] == ["c.toml"]


def test_an_interrupt_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt before the file is in place changes nothing either."""
    path = tmp_path / "c.toml"
    path.write_bytes(b"old")

    def interrupt(source: str, target: str) -> None:
        raise KeyboardInterrupt(source, target)

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [it.name for it in tmp_path.iterdir()] == ["c.toml"]


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    """A folder is not replaced by a file, and nothing is left beside it."""
    (tmp_path / "c.toml").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "c.toml", b"new")
    assert [it.name for it in tmp_path.iterdir()] == ["c.toml"]
