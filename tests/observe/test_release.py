"""What git holds at a tag, asked of real repositories."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.release import (
    find_tag_commit,
    list_tagged_files,
    observe_release,
    read_tagged_file,
)
from reprokit.observe.repository import read_user_name
from reprokit.observe.variables import runs_unattended
from tests.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("manifests", "milestones")


def make_repository(root: Path) -> Project:
    """Make a repository with code, a lock, and evidence that was committed later."""
    root.mkdir(parents=True)
    project = Project(root=root)
    project.git("init", "--quiet", "--initial-branch=main")
    project.write("code.py", "x = 1\n")
    project.write("uv.lock", "version = 1\n")
    project.commit("code")
    project.write("manifests/m1/a.toml", "a\n")
    project.write("milestones/r1.md", "ü\n")
    project.commit("evidence")
    return project


def hash_text(text: str) -> str:
    """Hash a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_holds_evidence_and_lock(tmp_path: Path, *, annotated: bool) -> None:
    """Their bytes as they were at the tag, whatever is there now; no other file."""
    project = make_repository(tmp_path / "project")
    project.git("tag", *(("--annotate", "--message", "x") if annotated else ()), "v1/a")
    project.write("manifests/m1/a.toml", "b\n")
    facts = observe_release(project.root, "v1/a", FOLDERS)
    assert facts.digests == {
        "manifests/m1/a.toml": hash_text("a\n"),
        "milestones/r1.md": hash_text("ü\n"),
        "uv.lock": hash_text("version = 1\n"),
    }
    assert facts.tag_commit == project.git("rev-parse", "HEAD")
    assert facts.code_commit == project.git("rev-parse", "HEAD~1")
    assert find_tag_commit(project.root, "v1/a") == facts.tag_commit


def test_a_project_below_the_repository(tmp_path: Path) -> None:
    """Paths are those in the project; what lies beside it is not told."""
    repository = make_repository(tmp_path / "repository")
    repository.write("part/uv.lock", "version = 2\n")
    repository.write("part/manifests/m2/b.toml", "b\n")
    repository.commit("a project within")
    repository.git("tag", "v1")
    facts = observe_release(repository.root / "part", "v1", FOLDERS)
    assert set(facts.digests) == {"part/uv.lock", "part/manifests/m2/b.toml"}
    assert (facts.prefix, facts.lock) == ("part/", "part/uv.lock")


def test_a_member_of_a_workspace_has_the_lock_above_it(tmp_path: Path) -> None:
    """As a snapshot finds it: the nearest one, up to the top of the repository."""
    repository = make_repository(tmp_path / "repository")
    repository.write("packages/one/pyproject.toml", "[project]\n")
    repository.commit("a member")
    repository.git("tag", "v1")
    facts = observe_release(repository.root / "packages" / "one", "v1", FOLDERS)
    assert set(facts.digests) == {"uv.lock", "packages/one/pyproject.toml"}
    assert (facts.prefix, facts.lock) == ("packages/one/", "uv.lock")
    repository.git("rm", "--quiet", "uv.lock")
    repository.commit("no lock")
    repository.git("tag", "v2")
    facts = observe_release(repository.root / "packages" / "one", "v2", FOLDERS)
    assert (facts.lock, "uv.lock" in facts.digests) == ("", False)


def test_a_file_as_it_is_at_the_tag(tmp_path: Path) -> None:
    """Whatever is here now; one that is not in it is told."""
    project = make_repository(tmp_path / "project")
    project.git("tag", "v1")
    project.write("code.py", "x = 2\n")
    assert read_tagged_file(project.root, "v1", "code.py") == b"x = 1\n"
    project.write("new.py", "")
    with pytest.raises(ProjectError, match="is not in v1"):
        read_tagged_file(project.root, "v1", "new.py")
    with pytest.raises(ProjectError, match="there is no tag"):
        read_tagged_file(project.root, "main", "code.py")


def test_files_of_a_folder_at_the_tag(tmp_path: Path) -> None:
    """And its folders, by their names, whatever is here now."""
    project = make_repository(tmp_path / "project")
    project.write("suites/a.toml", "")
    project.write("suites/ü b.toml", "")
    project.write("suites/c/d.toml", "")
    project.commit("suites")
    project.git("tag", "v1")
    (project.root / "suites" / "a.toml").unlink()
    names = list_tagged_files(project.root, "v1", "suites")
    assert names == ("a.toml", "c", "ü b.toml")
    assert list_tagged_files(project.root, "v1", "nowhere") == ()


def test_no_such_tag(tmp_path: Path) -> None:
    """A branch or a commit is none."""
    project = make_repository(tmp_path / "project")
    for name in ("v1", "main", project.git("rev-parse", "HEAD"), "--all"):
        with pytest.raises(ProjectError, match="there is no tag"):
            observe_release(project.root, name, FOLDERS)
        assert find_tag_commit(project.root, name) is None
    assert find_tag_commit(tmp_path, "v1") is None
    with pytest.raises(ProjectError) as caught:
        observe_release(project.root, "HEAD", FOLDERS)
    assert "`git tag NAME HEAD`" in str(caught.value)


def test_the_name_of_the_user(tmp_path: Path) -> None:
    """As git has it, without the address."""
    project = make_repository(tmp_path / "project")
    project.git("config", "user.name", "Ada L.")
    project.git("config", "user.email", "ada@mail.example")
    assert read_user_name(project.root) == "Ada L."


@pytest.mark.parametrize(
    ("value", "unattended"),
    [
        ("true", True),
        ("1", True),
        ("woodpecker", True),
        ("", False),
        ("0", False),
        ("False", False),
    ],
)
def test_ci_is_told_by_its_variable(value: str, *, unattended: bool) -> None:
    """Any value but an empty one, 0, false and no."""
    assert runs_unattended({"CI": value}) is unattended
    assert not runs_unattended({})
