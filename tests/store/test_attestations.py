"""Attestations: written once, read with suspicion, held against files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reprokit.errors import UsageError
from reprokit.model.attestation import (
    NEEDED_KINDS,
    RELEASE_GATES,
    Attestation,
    AttestedFile,
    FileKind,
)
from reprokit.model.check import GateVerdict
from reprokit.store.attestations import (
    choose_place,
    encode_attestation,
    hash_file,
    read_attestation,
    verify_files,
    write_attestation,
)
from tests.render.test_schemas import validate

LOCK = AttestedFile(kind=FileKind.LOCK, path="uv.lock", sha256="1" * 64)
FILES = (
    AttestedFile(kind=FileKind.BASELINE, path="manifests/accepted/a.toml", sha256="2" * 64),
    AttestedFile(kind=FileKind.MANIFEST, path="manifests/m1/a.toml", sha256="3" * 64),
    AttestedFile(kind=FileKind.PROJECT, path="pyproject.toml", sha256="4" * 64),
    LOCK,
)
GATES = dict.fromkeys(RELEASE_GATES, "pass")
ATTESTATION = Attestation(
    project="demo",
    tag="v1",
    tag_commit="a" * 40,
    code_commit="b" * 40,
    version="0.1.0",
    verdict=GateVerdict.WARN,
    gates=dict.fromkeys(RELEASE_GATES, GateVerdict.PASS) | {"pending": GateVerdict.WARN},
    machines={"m1": "applegpu_g13s"},
    files=FILES,
)


def test_read_as_written(tmp_path: Path) -> None:
    """Every fact comes back; files are sorted, so that the same facts give the same bytes."""
    path = tmp_path / "attestation.json"
    write_attestation(ATTESTATION, path)
    assert read_attestation(path) == ATTESTATION
    validate(json.loads(path.read_text()), "attestation-1")
    other = replace(LOCK, path="a.toml")
    one, two = (replace(ATTESTATION, files=it) for it in ((*FILES, other), (other, *FILES)))
    assert encode_attestation(one) == encode_attestation(two)


def test_not_rewritten(tmp_path: Path) -> None:
    """The same one again is fine; another one in its place is refused."""
    path = tmp_path / "attestation.json"
    write_attestation(ATTESTATION, path)
    write_attestation(ATTESTATION, path)
    with pytest.raises(UsageError, match="says something else"):
        write_attestation(replace(ATTESTATION, tag="v2"), path)
    assert read_attestation(path) == ATTESTATION


def test_a_tag_gives_a_name_of_one_file(tmp_path: Path) -> None:
    """A tag may hold slashes."""
    assert choose_place(tmp_path, "release/1.0").name == "attestation-release-1.0.json"


FILE_WIRES = [{"kind": it.kind, "path": it.path, "sha256": it.sha256} for it in FILES]
SPOILED: dict[str, tuple[dict[str, Any], str]] = {
    "newer": ({"schema": "reprokit/attestation/2"}, "is newer than this reprokit"),
    "another kind": ({"schema": "reprokit/check/1"}, "expected `reprokit/attestation/1`"),
    "unknown field": ({"notes": "x"}, "unknown field `notes`"),
    "verdict": ({"verdict": "fine"}, "fine"),
    "a gate that blocks": ({"gates": {"tree": "block"}}, "gates.tree: says `block`"),
    "a gate that could not tell": ({"gates": {"tree": "unknown"}}, "gates.tree: says `unknown`"),
    "too good": ({"verdict": "pass"}, "verdict: says `pass`, and its gates together say `warn`"),
    "a verdict that stops": ({"verdict": "block"}, "verdict: says `block`"),
    "no gate": ({"gates": {}, "verdict": "pass"}, "gates: does not name the gate `baseline`"),
    "a gate that is none": (
        {"gates": GATES | {"nonsense": "pass"}, "verdict": "pass"},
        "gates.nonsense: is no gate",
    ),
    "a gate is lacking": (
        {"gates": {name: "pass" for name in RELEASE_GATES if name != "lock"}, "verdict": "pass"},
        "gates: does not name the gate `lock`",
    ),
    "no file": ({"files": []}, "files: names no manifest"),
    "one file twice": (
        {"files": [*FILE_WIRES, FILE_WIRES[0]]},
        "names `manifests/accepted/a.toml` twice",
    ),
    "digest": ({"files": [{"kind": "lock", "path": "a", "sha256": "0"}]}, "64 hex digits"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_wrong_one_is_refused(name: str, tmp_path: Path) -> None:
    """With the place of what is wrong."""
    change, said = SPOILED[name]
    path = tmp_path / "attestation.json"
    path.write_text(json.dumps(json.loads(encode_attestation(ATTESTATION)) | change))
    with pytest.raises(UsageError) as caught:
        read_attestation(path)
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_attestation_at_all(content: bytes, tmp_path: Path) -> None:
    """Is refused without a traceback."""
    path = tmp_path / "attestation.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no"):
        read_attestation(path)


@pytest.mark.parametrize("kind", NEEDED_KINDS)
def test_one_that_lacks_a_kind_of_file_is_refused(kind: FileKind, tmp_path: Path) -> None:
    """No release is without a manifest, a baseline, the lock and pyproject.toml."""
    path = tmp_path / "attestation.json"
    files = tuple(file for file in FILES if file.kind is not kind)
    path.write_bytes(encode_attestation(replace(ATTESTATION, files=files)))
    with pytest.raises(UsageError, match=f"files: names no {kind}"):
        read_attestation(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_nothing_but_a_regular_file_is_read(tmp_path: Path) -> None:
    """What never ends is not read, and no link is replaced by a file."""
    path = tmp_path / "attestation.json"
    path.symlink_to("/dev/zero")
    with pytest.raises(UsageError, match="no regular file"):
        read_attestation(path)
    with pytest.raises(UsageError, match="symbolic link"):
        write_attestation(ATTESTATION, path)
    assert path.is_symlink()


OUTSIDE = ["/etc/passwd", "../secret", "a/../../secret", "a\\b", "C:x", "a//b", "./a", "a/"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_path_outside_the_project_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing there is looked at, be it there or not."""
    path = tmp_path / "attestation.json"
    spoiled = replace(ATTESTATION, files=(*FILES[:-1], replace(LOCK, path=name)))
    path.write_bytes(encode_attestation(spoiled))
    with pytest.raises(UsageError, match="outside the project"):
        read_attestation(path)


def test_files_are_held_against_their_hashes(tmp_path: Path) -> None:
    """Missing, changed, a folder in its place, as attested."""
    lock = tmp_path / "uv.lock"
    lock.write_text("version = 1\n")
    good = replace(LOCK, sha256=hash_file(lock))
    (tmp_path / "folder").mkdir()
    files = (good, LOCK, replace(LOCK, path="gone"), replace(LOCK, path="folder"))
    found = verify_files(replace(ATTESTATION, files=files), tmp_path)
    assert [(file.path, text) for file, text in found] == [
        ("uv.lock", "was changed"),
        ("gone", "is missing"),
        ("folder", "is missing"),
    ]


def test_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    """A path below it may still lead elsewhere."""
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret").write_text("x")
    (root / "uv.lock").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="leads out of the project"):
        list(verify_files(replace(ATTESTATION, files=(LOCK,)), root))
