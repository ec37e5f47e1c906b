"""Manifest files, where they lie and how they are read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ManifestError
from reprokit.model.environment import Gap, Interpreter, Lock, Repository
from reprokit.model.manifest import Origin, OriginKind, SuiteReference
from reprokit.store.manifests import (
    LARGEST_BYTES,
    choose_place,
    encode_text,
    identify,
    list_machines,
    read_machine,
    read_manifest,
    write_manifest,
)
from tests.builders import COMMIT, make_digest, make_environment, make_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.manifest import Manifest

PLAIN = "0a8ec29f1c21.toml"
SUFFIXED = re.compile(r"0a8ec29f1c21-[0-9a-f]{8}\.toml")
OTHER_SUITES = (SuiteReference(name="mine", sha256=make_digest("mine")),)
DIRTY = Repository(commit=COMMIT, dirty=True, diff_sha256=make_digest("diff"))


def keep(manifest: Manifest, root: Path) -> str:
    """Write a manifest at its place, beside those there, and return the file's name."""
    folder = root / "manifests"
    there = tuple(read_machine(folder, manifest.machine, root=root))
    path = choose_place(manifest, there, folder)
    assert path.parent == folder / manifest.machine
    write_manifest(manifest, path)
    return path.name


def refuse(path: Path) -> ManifestError:
    """Return the error by which a file is refused."""
    with pytest.raises(ManifestError) as caught:
        read_manifest(path, root=path.parents[1])
    return caught.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a manifest."""
    folder = tmp_path / "apple-m1-max"
    folder.mkdir()
    return folder / PLAIN


def test_write_and_read(tmp_path: Path) -> None:
    """A manifest is read as it was written, with its place in the project and its hash."""
    path = tmp_path / "manifests" / "apple-m1-max" / PLAIN
    write_manifest(make_manifest(), path)
    read = read_manifest(path, root=tmp_path)
    assert read.path == f"manifests/apple-m1-max/{PLAIN}"
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert replace(read, path="", sha256="") == make_manifest()


def test_path_outside_the_project_is_not_told(path: Path, tmp_path: Path) -> None:
    """Of a manifest that lies elsewhere, only the file's name is kept."""
    write_manifest(make_manifest(), path)
    assert read_manifest(path, root=tmp_path / "elsewhere").path == PLAIN


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_a_truncated_manifest_is_refused_with_its_place(path: Path, share: float) -> None:
    """A manifest that was cut off anywhere is refused, and its file is named."""
    text = encode_text(make_manifest())
    path.write_text(text[: int(len(text) * share)], encoding="utf-8")
    assert (refuse(path).where or "").startswith(f"apple-m1-max/{PLAIN}")


def test_truncated_toml_has_line_and_hint(path: Path) -> None:
    """A file cut off within a value is told with its line, and where a whole one may be."""
    text = encode_text(make_manifest())
    path.write_text(text[: text.index("family") + 12], encoding="utf-8")
    error = refuse(path)
    assert error.where == f"apple-m1-max/{PLAIN} (line 4)"
    assert "not valid TOML" in error.message
    assert "truncated" in (error.hint or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got nothing"),
        (b"# \xff", "not UTF-8 at byte 2"),
        (b"<<<<<<< HEAD\n", "not valid TOML"),
        (b'schema = "reprokit/manifest/2"\nanything = 1\n', "is newer than this reprokit"),
        (b"schema = 1\n", "expected `reprokit/manifest/1`, got `1`"),
    ],
)
def test_no_manifest(path: Path, content: bytes, message: str) -> None:
    """What is no manifest is refused, and its file is named."""
    path.write_bytes(content)
    error = refuse(path)
    assert message in error.message
    assert (error.where or "").startswith(f"apple-m1-max/{PLAIN}")


def test_a_file_that_is_not_there(path: Path) -> None:
    """A file that cannot be read is told with the system's reason."""
    assert refuse(path).message == "cannot be read: No such file or directory"


def test_a_file_that_is_too_large(path: Path) -> None:
    """A file larger than any manifest is not read."""
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert "is larger than" in refuse(path).message


def test_machines_are_listed(tmp_path: Path) -> None:
    """Machines are the folders that hold manifests; baselines are none."""
    for name in ("m5", "m1", "accepted"):
        write_manifest(make_manifest(name), tmp_path / name / PLAIN)
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("not a machine", encoding="ascii")
    assert list_machines(tmp_path) == ("m1", "m5")
    assert list_machines(tmp_path / "none") == ()


def test_a_machine_has_all_its_manifests(tmp_path: Path) -> None:
    """All manifests of a machine are read, in the order of their files."""
    names = [PLAIN.replace(".", suffix) for suffix in ("-00000000.", ".")]
    for name in reversed(names):
        write_manifest(make_manifest("m1"), tmp_path / "m1" / name)
    read = read_machine(tmp_path, "m1", root=tmp_path)
    assert [it.path for it in read] == [f"m1/{name}" for name in names]


def test_a_manifest_in_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A manifest in another machine's folder is refused, and told where it belongs."""
    folder = tmp_path / "manifests"
    write_manifest(make_manifest("m1"), folder / "m5" / PLAIN)
    with pytest.raises(ManifestError, match="is the manifest of `m1`") as caught:
        list(read_machine(folder, "m5", root=tmp_path))
    assert caught.value.where == f"m5/{PLAIN}"
    assert caught.value.hint == f"move it to manifests/m1/{PLAIN}"


def test_identity_is_what_was_measured(tmp_path: Path) -> None:
    """Another time, other records, gaps and paths are the same evidence; other facts are not."""
    first = make_manifest()
    gaps = replace(first.environment, gaps=(Gap(fact="a", reason="b"),))
    same = [
        replace(first, created="2027-01-01"),
        replace(first, probes=()),
        replace(first, path="x", sha256="y"),
        replace(first, environment=gaps),
    ]
    others = [
        replace(first, suites=OTHER_SUITES),
        replace(first, repository=DIRTY),
        replace(first, repository=replace(first.repository, commit="f" * 40)),
        replace(first, origin=Origin(kind=OriginKind.PUBLISHED)),
        make_manifest(environment=make_environment(lock="other")),
        make_manifest(environment=replace(first.environment, lock=Lock())),
        make_manifest(environment=replace(first.environment, python=Interpreter(version="3.13"))),
    ]
    assert {identify(it) for it in same} == {identify(first)}
    assert len({identify(it) for it in (first, *others)}) == len(others) + 1
    assert keep(first, tmp_path) == PLAIN


def test_other_evidence_has_a_suffix(tmp_path: Path) -> None:
    """Other suites, or another lock, at the same commit stand beside the first."""
    suites = replace(make_manifest(), suites=OTHER_SUITES)
    lock = make_manifest(environment=make_environment(lock="other"))
    names = [keep(it, tmp_path) for it in (make_manifest(), suites, lock)]
    assert len(set(names)) == 3
    assert all(SUFFIXED.fullmatch(name) for name in names[1:])
    assert len(list(read_machine(tmp_path / "manifests", "apple-m1-max", root=tmp_path))) == 3


def test_the_suffix_is_determined(tmp_path: Path) -> None:
    """The same suites have the same suffix on whatever machine they are."""
    other = replace(make_manifest(), suites=OTHER_SUITES)
    keep(make_manifest(), tmp_path)
    keep(make_manifest("m5"), tmp_path)
    assert keep(other, tmp_path) == keep(replace(other, machine="m5"), tmp_path)


def test_a_dirty_tree_never_has_the_plain_name(tmp_path: Path) -> None:
    """What was measured with uncommitted changes has a suffix, even as the first."""
    assert SUFFIXED.fullmatch(keep(make_manifest(repository=DIRTY), tmp_path))


def test_other_changes_are_another_place(tmp_path: Path) -> None:
    """Other uncommitted changes are other evidence."""
    changes = [replace(DIRTY, diff_sha256=make_digest(word)) for word in "ab"]
    names = {keep(make_manifest(repository=it), tmp_path) for it in changes}
    assert len(names) == 2


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    """A file that no commit names is refused, and told how it should be named."""
    write_manifest(make_manifest("m1"), tmp_path / "m1" / "notes.toml")
    with pytest.raises(ManifestError, match="is named by its commit's first 12") as caught:
        list(read_machine(tmp_path, "m1", root=tmp_path))
    assert caught.value.where == "m1/notes.toml"


def test_a_manifest_under_another_commit_is_refused(tmp_path: Path) -> None:
    """A file named by another commit than it holds is refused, and told its name."""
    write_manifest(make_manifest("m1"), tmp_path / "m1" / "ffffffffffff.toml")
    with pytest.raises(ManifestError, match="is the manifest of `m1` at 0a8ec29f1c21") as caught:
        list(read_machine(tmp_path, "m1", root=tmp_path))
    assert (caught.value.hint or "").endswith(f"m1/{PLAIN}")


def test_nothing_is_written_that_could_not_be_read(tmp_path: Path) -> None:
    """A fact that does not fit the format stops the writing, and what was there stays."""
    path = tmp_path / "m1" / PLAIN
    write_manifest(make_manifest("m1"), path)
    before = path.read_bytes()
    endless = replace(make_manifest("m1"), project="x" * 1001)
    with pytest.raises(ManifestError, match="is 1001 characters long") as caught:
        write_manifest(endless, path)
    assert caught.value.where == f"m1/{PLAIN}: project"
    assert path.read_bytes() == before


def test_a_manifest_that_cannot_be_written(tmp_path: Path) -> None:
    """Where the system refuses, the error names the file."""
    (tmp_path / "m1").write_text("a file, not a folder", encoding="ascii")
    with pytest.raises(ManifestError, match="cannot be written") as caught:
        write_manifest(make_manifest("m1"), tmp_path / "m1" / PLAIN)
    assert caught.value.where == f"m1/{PLAIN}"
