"""The state of the code, asked of real git repositories."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.repository import observe_repository

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = ("manifests", "milestones")


class Work:
    """A git work tree in a folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        names = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        signing = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null")
        done = subprocess.run(
            ["git", *names, *signing, *arguments],
            cwd=self.top,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"TZ": "UTC"},
        )
        return done.stdout.strip()

    def write(self, name: str, text: str = "") -> Path:
        """Write a file and return its path."""
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or name, encoding="utf-8")
        return path

    def commit(self, name: str, text: str = "") -> str:
        """Commit one file and return the commit."""
        self.write(name, text)
        self.git("add", "--", name)
        self.git("commit", "--quiet", "--message", f"add {name}")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository without a commit."""
    return Work(tmp_path / "work")


def test_a_clean_tree(work: Work) -> None:
    """A clean tree has commit and branch, and nothing that differs."""
    commit = work.commit("a.py")
    seen = observe_repository(work.top, EVIDENCE)
    assert (seen.commit, seen.branch) == (commit, "main")
    assert (seen.dirty, seen.diff_sha256) == (False, None)
    date = work.git("log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ")
    assert seen.committed == date


def test_evidence_does_not_make_a_commit(work: Work) -> None:
    """Commits that only touch manifests and milestones leave the code's commit as it was."""
    code = work.commit("a.py")
    work.commit("manifests/m1/0a8ec29f1c21.toml")
    work.commit("milestones/r1-2026-05-20.md")
    assert observe_repository(work.top, EVIDENCE).commit == code


def test_a_commit_of_both_counts(work: Work) -> None:
    """A commit that touches code beside evidence is a commit of the code."""
    work.commit("a.py")
    work.write("manifests/m1/x.toml")
    work.git("add", "manifests")
    both = work.commit("b.py")
    assert observe_repository(work.top, EVIDENCE).commit == both


def test_names_that_only_begin_like_evidence_are_code(work: Work) -> None:
    """`manifests.py` and `src/manifests/` are code."""
    work.commit("a.py")
    assert observe_repository(work.top, EVIDENCE).commit != work.commit("manifests.py")
    below = work.commit("src/manifests/a.py")
    assert observe_repository(work.top, EVIDENCE).commit == below


def test_uncommitted_evidence_is_not_dirty(work: Work) -> None:
    """New, changed and removed files of evidence leave the tree clean."""
    work.commit("a.py")
    work.commit("manifests/m1/x.toml")
    work.write("manifests/m1/x.toml", "changed")
    work.write("manifests/m2/y.toml")
    work.write("milestones/r1.md")
    assert not observe_repository(work.top, EVIDENCE).dirty


@pytest.mark.parametrize("change", ["changed", "staged", "untracked", "removed"])
def test_changed_code_is_dirty(work: Work, change: str) -> None:
    """A changed, staged, untracked or removed file makes the tree dirty."""
    commit = work.commit("a.py")
    if change == "removed":
        (work.top / "a.py").unlink()
    else:
        work.write("new.py" if change == "untracked" else "a.py", "changed")
    if change == "staged":
        work.git("add", "a.py")
    seen = observe_repository(work.top, EVIDENCE)
    assert (seen.commit, seen.dirty) == (commit, True)
    assert seen.diff_sha256 is not None
    assert len(seen.diff_sha256) == 64


def test_ignored_files_are_not_dirty(work: Work) -> None:
    """What git ignores is not code."""
    work.commit(".gitignore", "*.log\n")
    work.write("a.log")
    assert not observe_repository(work.top, EVIDENCE).dirty


def test_diff_hash_follows_names_and_contents(work: Work) -> None:
    """The same changes have the same hash; another content or name has another."""
    work.commit("a.py")

    def change(name: str, text: str) -> str | None:
        path = work.write(name, text)
        seen = observe_repository(work.top, EVIDENCE).diff_sha256
        path.unlink()
        return seen

    first = change("b.py", "1")
    assert first == change("b.py", "1")
    assert len({first, change("b.py", "2"), change("c.py", "1")}) == 3


@pytest.mark.parametrize("name", ["name with blanks.py", "ünï.py", 'quo"te.py', "line\nend.py"])
def test_odd_file_names(work: Work, name: str) -> None:
    """Contents of files with odd names are hashed too."""
    work.commit("a.py")
    path = work.write(name, "1")
    before = observe_repository(work.top, EVIDENCE).diff_sha256
    path.write_text("2", encoding="utf-8")
    assert observe_repository(work.top, EVIDENCE).diff_sha256 != before


def test_a_project_in_a_subfolder(work: Work) -> None:
    """The whole repository is the code; only the project's own evidence is left out."""
    work.commit("a.py")
    project = work.top / "projects" / "one"
    code = work.commit("projects/one/pyproject.toml")
    work.commit("projects/one/manifests/m1/x.toml")
    assert observe_repository(project, EVIDENCE).commit == code
    other = work.commit("manifests/not-evidence.txt")
    assert observe_repository(project, EVIDENCE).commit == other
    work.write("b.py")
    assert observe_repository(project, EVIDENCE).dirty


def test_evidence_folders_may_be_nested(work: Work) -> None:
    """Folders of evidence may lie below others."""
    code = work.commit("a.py")
    work.commit("evidence/manifests/m1/x.toml")
    assert observe_repository(work.top, ("evidence/manifests", "milestones")).commit == code


def test_a_merge_of_code(work: Work) -> None:
    """A merge that brings code from both sides is the commit of the code."""
    work.commit("a.py")
    work.git("switch", "--quiet", "--create", "side")
    work.commit("b.py")
    work.git("switch", "--quiet", "main")
    work.commit("c.py")
    work.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    assert observe_repository(work.top, EVIDENCE).commit == work.git("rev-parse", "HEAD")


def test_a_merge_of_evidence(work: Work) -> None:
    """A merge that only brings evidence leaves the code's commit as it was."""
    work.commit("a.py")
    work.git("switch", "--quiet", "--create", "side")
    work.commit("manifests/m2/x.toml")
    work.git("switch", "--quiet", "main")
    code = work.commit("b.py")
    work.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    assert observe_repository(work.top, EVIDENCE).commit == code


def test_a_detached_head_has_no_branch(work: Work) -> None:
    """On a detached HEAD there is a commit and no branch."""
    first = work.commit("a.py")
    work.commit("b.py")
    work.git("switch", "--quiet", "--detach", first)
    seen = observe_repository(work.top, EVIDENCE)
    assert (seen.commit, seen.branch) == (first, None)


def test_a_second_work_tree(work: Work, tmp_path: Path) -> None:
    """A work tree beside the first is observed as itself."""
    commit = work.commit("a.py")
    work.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "other"))
    seen = observe_repository(tmp_path / "other", EVIDENCE)
    assert (seen.commit, seen.branch, seen.dirty) == (commit, "other", False)


def test_no_commit(work: Work) -> None:
    """Before the first commit there is nothing that evidence could belong to."""
    with pytest.raises(ProjectError, match="has no commit yet") as caught:
        observe_repository(work.top, EVIDENCE)
    assert caught.value.where == "work"
    assert caught.value.hint is not None


def test_nothing_but_evidence(work: Work) -> None:
    """A repository of nothing but evidence has no code to be evidence of."""
    work.commit("manifests/m1/x.toml")
    with pytest.raises(ProjectError, match="no commit holds anything but") as caught:
        observe_repository(work.top, EVIDENCE)
    assert caught.value.hint == "commit the project's code first"


def test_no_repository(tmp_path: Path) -> None:
    """Outside a repository, the error says how to make one."""
    with pytest.raises(ProjectError, match="not in a git repository") as caught:
        observe_repository(tmp_path, EVIDENCE)
    assert "git init" in (caught.value.hint or "")


def test_a_bare_repository(tmp_path: Path) -> None:
    """A repository without a work tree has no files to measure."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path)], check=True)
    with pytest.raises(ProjectError):
        observe_repository(tmp_path, EVIDENCE)


def test_a_folder_that_git_does_not_trust(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository of somebody else, as in a container, is refused in git's words, with a mend."""
    work.commit("a.py")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ProjectError, match=r"git refuses: .*dubious ownership") as caught:
        observe_repository(work.top, EVIDENCE)
    assert "safe.directory" in (caught.value.hint or "")
    assert str(work.top) not in str(caught.value)


def test_a_shallow_clone(work: Work, tmp_path: Path) -> None:
    """A clone that is cut off before the code's commit cannot tell it; a deeper one can."""
    code = work.commit("a.py")
    work.commit("manifests/m1/x.toml")
    for depth in (1, 2, 3):
        target = tmp_path / f"clone{depth}"
        work.git("clone", "--quiet", f"--depth={depth}", f"file://{work.top}", str(target))
    with pytest.raises(ProjectError, match="too shallow") as caught:
        observe_repository(tmp_path / "clone1", EVIDENCE)
    assert "--unshallow" in (caught.value.hint or "")
    assert observe_repository(tmp_path / "clone3", EVIDENCE).commit == code


def test_folder_names_are_not_patterns(work: Work) -> None:
    """Characters that mean something in a pattern mean themselves in the project's folder."""
    work.commit("a.py")
    code = work.commit("p[1]*/pyproject.toml")
    work.commit("p[1]*/manifests/x.toml")
    assert observe_repository(work.top / "p[1]*", EVIDENCE).commit == code
