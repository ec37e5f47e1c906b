"""Manifests are read from files and folders that others send."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ManifestError, UsageError
from reprokit.store.collection import read_collection
from reprokit.store.manifests import encode_text
from tests.builders import make_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.collection import Collection


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, machine: str, text: str = "") -> None:
    """Write a machine's manifest, or a text in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or encode_text(make_manifest(machine)), encoding="utf-8")


def read(*paths: str) -> Collection:
    """Read paths as they are asked for."""
    return read_collection(list(enumerate(paths)))


def test_files_and_folders_are_read_in_order(here: Path) -> None:
    """Each manifest knows which argument led to it, and over which names."""
    put(here / "x.toml", "m5")
    put(here / "runs/one/m1/a.toml", "m1")
    put(here / "runs/b.toml", "m3")
    found = read("x.toml", "./runs").found
    assert [(it.manifest.machine, it.argument, it.parts) for it in found] == [
        ("m5", 0, ("x",)),
        ("m3", 1, ("runs",)),
        ("m1", 1, ("runs", "one", "m1")),
    ]
    assert [it.manifest.path for it in found] == ["x.toml", "runs/b.toml", "runs/one/m1/a.toml"]


def test_paths_from_above_are_not_told(here: Path) -> None:
    """Of absolute paths, and of those that go up, a manifest keeps what lies below alone."""
    put(here / "runs/m1/a.toml", "m1")
    (here / "work").mkdir()
    for argument in (str(here / "runs"), "work/../runs"):
        (found,) = read(argument).found
        assert found.manifest.path == "runs/m1/a.toml"
    (found,) = read(str(here / "runs/m1/a.toml")).found
    assert found.manifest.path == "a.toml"
    os.chdir(here / "runs")
    (found,) = read(".").found
    assert found.manifest.path == "m1/a.toml"


def test_copies_count_once_and_are_told(here: Path) -> None:
    """The same artifact, downloaded twice, is one piece of evidence."""
    for name in ("a/x.toml", "b/x.toml"):
        put(here / name, "m1")
    collection = read("a", "b/x.toml")
    assert len(collection.found) == 1
    assert collection.notes == (
        "1 file has the bytes of another, and count once: b/x.toml (as a/x.toml).",
    )


def test_other_files_are_told(here: Path) -> None:
    """Many of them are counted, some named."""
    put(here / "runs/m1.toml", "m1")
    for name in "abcd":
        put(here / f"runs/{name}.toml", "", "x = 1\n")
    (note,) = read("runs").notes
    assert note == "Left alone in runs, as no manifests: 4 files (a.toml, b.toml, c.toml, …)."


def test_a_broken_manifest_is_named(here: Path) -> None:
    """One that says it is a manifest is not left alone; its error has file and line."""
    put(here / "runs/m1/x.toml", "m1", 'schema = "reprokit/manifest/1"\nmachine = \n')
    with pytest.raises(ManifestError) as caught:
        read("runs")
    assert caught.value.where == "runs/m1/x.toml (line 2)"


def test_a_folder_without_manifests_is_an_error(here: Path) -> None:
    """It says what was there instead."""
    put(here / "runs/x.toml", "", "x = 1\n")
    with pytest.raises(UsageError, match="there are no manifests") as caught:
        read("runs")
    assert caught.value.where == "runs"
    assert caught.value.hint == "Left alone in runs, as no manifests: x.toml."


def test_a_file_that_is_named_must_be_a_manifest(here: Path) -> None:
    """Another TOML file is an error there, and so is one that is not there."""
    put(here / "x.toml", "", "x = 1\n")
    with pytest.raises(ManifestError, match="got nothing"):
        read("x.toml")
    with pytest.raises(ManifestError, match="No such file") as caught:
        read("gone.toml")
    assert caught.value.where == "gone.toml"
