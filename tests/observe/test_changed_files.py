"""The files that differ from the last commit, asked of real git repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.model.work_tree import ChangedFile, FileState, WorkTreeChanges
from reprokit.observe.changed_files import observe_changes
from tests.observe.test_repository import EVIDENCE, Work

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifests/m1/0a8ec29f1c21.toml"


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository with code and evidence, all of it committed."""
    work = Work(tmp_path / "work")
    work.commit("a.py")
    work.commit(MANIFEST)
    work.commit("milestones/r1.md")
    return work


def list_states(changes: WorkTreeChanges) -> dict[str, str]:
    """List paths of evidence, with their states."""
    return {it.path: it.state.value for it in changes.evidence}


def test_nothing_differs(work: Work) -> None:
    """All is as committed."""
    assert observe_changes(work.top, EVIDENCE) == WorkTreeChanges()


@pytest.mark.parametrize("staged", [False, True])
def test_evidence_that_is_gone_or_changed(work: Work, *, staged: bool) -> None:
    """In the work tree, or in what is to be committed next."""
    (work.top / MANIFEST).unlink()
    work.write("milestones/r1.md", "changed")
    if staged:
        work.git("add", "--all")
    changes = observe_changes(work.top, EVIDENCE)
    assert changes.code == ()
    assert list_states(changes) == {MANIFEST: "deleted", "milestones/r1.md": "modified"}


def test_evidence_that_is_in_no_commit(work: Work) -> None:
    """New, added, and ignored: no commit holds it. A file manager's traces do not count."""
    work.commit(".gitignore", "manifests/m3/\n*.log\n")
    work.write("manifests/m2/new.toml")
    work.write("manifests/accepted/added.toml")
    work.git("add", "manifests/accepted")
    work.write("manifests/m3/ignored.toml")
    work.write("manifests/m2/a.log")
    work.write("manifests/.DS_Store")
    assert list_states(observe_changes(work.top, EVIDENCE)) == dict.fromkeys(
        [
            "manifests/accepted/added.toml",
            "manifests/m2/new.toml",
            "manifests/m3/ignored.toml",
        ],
        "uncommitted",
    )


def test_code_is_apart(work: Work) -> None:
    """What is no evidence; of code what git ignores is not listed."""
    work.write("a.py", "changed")
    work.write("ä b.py")
    changes = observe_changes(work.top, EVIDENCE)
    assert changes.evidence == ()
    assert changes.code == (
        ChangedFile(path="a.py", state=FileState.MODIFIED),
        ChangedFile(path="ä b.py", state=FileState.UNCOMMITTED),
    )


def test_paths_are_from_the_project(tmp_path: Path) -> None:
    """Which may lie below the top of its repository; the evidence of others is their own."""
    work = Work(tmp_path / "work")
    work.commit("packages/sample/a.py")
    work.write("packages/sample/manifests/m1/x.toml")
    work.write("manifests/m1/y.toml")
    changes = observe_changes(work.top / "packages" / "sample", EVIDENCE)
    assert list_states(changes) == {"manifests/m1/x.toml": "uncommitted"}
    assert [it.path for it in changes.code] == ["../../manifests/m1/y.toml"]
