"""An attestation held against the tag that it is of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reprokit.compare.release_gate import hold_attestation, list_tagged
from reprokit.model.attestation import RELEASE_GATES, Attestation, AttestedFile, FileKind
from reprokit.model.check import GateVerdict, ReleaseFacts
from reprokit.model.names import short
from reprokit.model.settings import Settings
from tests.builders import COMMIT, make_digest

SETTINGS = Settings(
    root=Path("project"),
    project="demo",
    machine=None,
    suites=("core",),
    repeats=2,
    packages=(),
    manifests="manifests",
    milestones="milestones",
    suite_folder="suites",
    required_families=("applegpu_g13s",),
)
KINDS = {
    "one/manifests/accepted/applegpu_g13s.toml": FileKind.BASELINE,
    "one/manifests/accepted/other.toml": FileKind.BASELINE,
    f"one/manifests/m1/{short(COMMIT)}.toml": FileKind.MANIFEST,
    f"one/manifests/m1/{short(COMMIT)}-12345678.toml": FileKind.MANIFEST,
    "one/manifests/m1/ffffffffffff.toml": None,
    "one/milestones/r1.md": FileKind.MILESTONE,
    "one/pyproject.toml": FileKind.PROJECT,
    "uv.lock": FileKind.LOCK,
}
FACTS = ReleaseFacts(
    tag="v1",
    tag_commit=COMMIT,
    code_commit=COMMIT,
    digests={path: make_digest(path) for path in KINDS},
    prefix="one/",
    lock="uv.lock",
)
ATTESTATION = Attestation(
    project="demo",
    tag="v1",
    tag_commit=COMMIT,
    code_commit=COMMIT,
    version="0.1.0",
    verdict=GateVerdict.PASS,
    gates=dict.fromkeys(RELEASE_GATES, GateVerdict.PASS),
    machines={"m1": "applegpu_g13s"},
    files=tuple(
        AttestedFile(kind=kind, path=path, sha256=make_digest(path))
        for path, kind in KINDS.items()
        if kind and "other" not in path
    ),
)


def test_what_a_tag_holds_by_its_kind() -> None:
    """Manifests of other commits are nothing that the release rests on."""
    assert list_tagged(FACTS, SETTINGS) == {path: kind for path, kind in KINDS.items() if kind}


def test_an_attestation_of_all_that_the_tag_holds() -> None:
    """A baseline of a family that nobody judged need not be in it, nor a milestone."""
    assert list(hold_attestation(ATTESTATION, FACTS, SETTINGS)) == []
    files = tuple(it for it in ATTESTATION.files if it.kind is not FileKind.MILESTONE)
    assert list(hold_attestation(replace(ATTESTATION, files=files), FACTS, SETTINGS)) == []


def test_a_required_family_that_was_not_judged() -> None:
    """As the tag's pyproject.toml requires it."""
    required = replace(SETTINGS, required_families=("applegpu_g13s", "applegpu_g17s"))
    found = list(hold_attestation(ATTESTATION, FACTS, required))
    assert found == ["no machine of `applegpu_g17s` was checked, which v1 requires"]


def test_each_file_that_is_left_out() -> None:
    """By its name: manifests, the baseline of a judged family, settings and the lock."""
    for file in ATTESTATION.files:
        files = tuple(it for it in ATTESTATION.files if it != file)
        found = list(hold_attestation(replace(ATTESTATION, files=files), FACTS, SETTINGS))
        if file.kind is FileKind.MILESTONE:
            assert found == []
        else:
            assert len(found) == 1
            assert found[0].startswith(f"{file.path} is ")
            assert "not attested" in found[0]
