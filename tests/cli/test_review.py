"""`reprokit review` and `accept` over several machines of one family, in a user's project."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

HERE = ("accept", "--machine", "here", "--by", "Ada", "--reason", "a reason")
THERE = ("accept", "--machine", "there", "--by", "Ada", "--reason", "a reason")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which `here` and `there` gave the same bytes, and nothing is accepted."""
    project = make_project(tmp_path_factory.mktemp("review") / "project")
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    (path,) = project.manifests()
    text = path.read_text().replace('machine = "here"', 'machine = "there"', 1)
    project.write(f"manifests/there/{path.name}", text)
    project.commit("evidence")
    return project


@pytest.fixture
def user(measured: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(measured.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


def begin(project: Project, *options: str) -> subprocess.Popen[str]:
    """Begin a review that is answered through a pipe."""
    return subprocess.Popen(
        project.command("review", "--by", "Ada", *options),
        cwd=project.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(project: Project, answers: str, *options: str) -> tuple[int | None, str, str]:
    """Review with answers from a pipe; return exit code, standard output and standard error."""
    with begin(project, *options) as process:
        said, errors = process.communicate(answers, timeout=60)
    return process.returncode, said, errors


def read_baseline(project: Project) -> str:
    """Read the one baseline there is."""
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    return path.read_text()


def edit_manifest(project: Project, machine: str, old: str, new: str) -> None:
    """Edit the one manifest of a machine."""
    (path,) = (project.root / "manifests" / machine).glob("*.toml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def move_normal(project: Project, machine: str) -> None:
    """Make the probe `normal` of a machine an ulp higher in its first element."""
    (path,) = (project.root / "manifests" / machine).glob("*.toml")
    bits = path.read_text().split('bits = "')[2].split('"')[0]
    moved = f"{int(bits[:2], 16) ^ 1:02x}{bits[2:]}"
    edit_manifest(project, machine, bits, moved)
    old, new = (hashlib.sha256(bytes.fromhex(it)).hexdigest() for it in (bits, moved))
    edit_manifest(project, machine, old, new)


def test_machines_that_agree_are_asked_about_once(user: Project) -> None:
    """Three decisions are three, whatever the answer."""
    assert answer(user, "s\ns\ns\n")[0] == 0
    code, said, _ = answer(user, "skip\npending\nnot sure\naccept\nfirst\n")
    assert code == 0
    assert "1 accepted, 1 left pending, 1 skipped" in said
    code, said, _ = answer(user, "a\nfirst\na\n\n")
    assert "2 accepted" in said
    assert read_baseline(user).count('"accepted"') == 3
    assert "nothing to review" in answer(user, "")[1]


def test_where_machines_differ_the_second_is_held_against_the_first(user: Project) -> None:
    """What was accepted of one a moment ago is what the other one changes."""
    move_normal(user, "there")
    code, said, _ = answer(user, "a\nfirst\na\n\na\n\na\nit is right\n")
    assert code == 0
    assert "NEW: normal" in said.partition("there (")[0]
    assert "CHANGED: normal" in said.partition("there (")[2]
    assert "NEW" not in said.partition("there (")[2]
    assert "4 accepted" in said


def move_on(project: Project) -> str:
    """Let `here` measure and accept a suite that was edited; return the commit before."""
    assert project.run(*HERE).returncode == 0
    old = project.git("rev-parse", "HEAD~1")[:12]
    path = project.root / "suites" / "small.toml"
    suite = path.read_text().replace('id = "key"', 'id = "renamed"').replace("[8]", "[9]")
    path.write_text(suite)
    project.commit("another suite")
    assert project.run("snapshot", "--machine", "here").returncode == 0
    done = project.run(*HERE, "--new", "--changed", "--remove-gone")
    assert "accepted 2 and removed 1" in done.stdout, done.stderr
    project.commit("evidence")
    return old


def test_older_evidence_is_not_held_against_a_newer_baseline(user: Project) -> None:
    """It is named and left out; a decision on it is refused, unless its commit is asked for."""
    old = move_on(user)
    before = read_baseline(user)
    new = user.git("rev-parse", "HEAD~1")[:12]
    code, said, errors = answer(user, "")
    assert (code, "nothing to review" in said) == (0, True)
    assert f"`there` measured nothing at {new}, its newest is {old}" in errors
    refused = user.run(*THERE, "--changed", "--remove-gone")
    assert refused.returncode == 2
    assert f"`there` measured nothing at {new}, the code as it is" in refused.stderr
    assert f"--commit {old}" in refused.stderr
    assert user.run("review", "--machine", "there", "--by", "Ada").returncode == 2
    assert read_baseline(user) == before
    said = answer(user, "q\n", "--commit", old)[1]
    assert "CHANGED DEFINITION: normal" in said
    assert "GONE" not in answer(user, "s\ns\n", "--commit", old)[1]
    done = user.run(*THERE, "--changed", "--remove-gone", "--commit", old)
    assert "accepted 1: " in done.stdout
    assert 'id = "renamed"' in read_baseline(user)


def test_no_evidence_of_the_code_as_it_is(user: Project) -> None:
    """There is nothing to decide on, which is not the same as all being accepted."""
    user.write("code.py", "x = 1\n")
    user.commit()
    code, _, errors = answer(user, "")
    assert code == 2
    assert "no machine measured anything at" in errors
    assert user.run(*HERE).returncode == 2


PENDING_TEST = """
[[baseline.probe]]
id = "{name}"
status = "pending"
digest = "{digest}"
dtype = "float32"
shape = [2]
by = "Ada"
at = "2026-05-20T10:00:00Z"
reason = "not looked at"
"""


def leave_pending(project: Project, *names: str) -> None:
    """Accept what `here` measured, and leave results of tests pending."""
    assert project.run(*HERE).returncode == 0
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    digest = hashlib.sha256(b"a test").hexdigest()
    added = "".join(PENDING_TEST.format(name=it, digest=digest) for it in names)
    path.write_text(path.read_text() + added)


def test_tests_are_asked_about_without_evidence_of_the_code(user: Project) -> None:
    """What machines measured of older code is told, and stands in no test's way."""
    leave_pending(user, "test_a.py::test_a")
    user.write("code.py", "x = 1\n")
    user.commit()
    code, said, errors = answer(user, "a\nlooked at\n")
    assert code == 0, errors
    assert "left out: `here` measured nothing at" in errors
    assert "PENDING: test_a.py::test_a" in said
    assert "1 accepted" in said


def test_unfit_evidence_of_one_machine_ends_no_walk(user: Project) -> None:
    """It is told, the rest is asked, and the exit code tells of it; alone it is refused."""
    leave_pending(user, "test_a.py::test_a")
    move_normal(user, "there")
    edit_manifest(user, "there", "dirty = false", "dirty = true")
    code, said, errors = answer(user, "a\nlooked at\n")
    assert code == 2
    assert "left out: " in errors
    assert "`--allow dirty`" in errors
    assert "test_a.py::test_a" in said
    assert "1 accepted" in said
    code, said, errors = answer(user, "s\n", "--allow", "dirty")
    assert (code, "1 skipped" in said) == (0, True)
    assert answer(user, "s\n", "--machine", "there")[0] == 2


def test_a_decision_that_came_too_late_ends_no_walk(user: Project) -> None:
    """Somebody else removed what a test left pending, while it was being looked at."""
    leave_pending(user, "test_a.py::test_a", "test_a.py::test_b")
    (path,) = (user.root / "manifests" / "accepted").glob("*.toml")
    with begin(user) as process:
        assert process.stdout is not None
        while "1/2" not in process.stdout.readline():
            pass
        head, *entries = path.read_text().split("[[baseline.probe]]")
        path.write_text("[[baseline.probe]]".join([head, *entries[:-2], entries[-1]]))
        said, errors = process.communicate("a\nlooked at\na\n\n", timeout=60)
    assert process.returncode == 0
    assert "`test_a.py::test_a` was removed meanwhile" in errors
    assert "1 accepted, 1 skipped" in said
