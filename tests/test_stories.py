"""What people lived with who kept golden hashes by hand, tried in a user's project.

The numbers are those of the stories: 1, a pending hash that passes; 2, an unknown status word; 6,
files copied between machines; 7, commit fields that churn. The others are tried elsewhere.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

CI = {"CI": "true"}
ACCEPT = ("accept", "--machine", "here", "--by", "Ada", "--reason", "first results")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a snapshot of the machine `here`."""
    project = make_project(tmp_path_factory.mktemp("stories") / "project")
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def user(measured: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(measured.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


def find_baseline(project: Project) -> Path:
    """Find the one baseline there is."""
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    return path


def add_machine(project: Project, name: str, family: str) -> None:
    """Add a machine of another family, which gave the same bytes at the same commit."""
    (path,) = (project.root / "manifests" / "here").glob("*.toml")
    text = path.read_text().replace('machine = "here"', f'machine = "{name}"', 1)
    own = next(line for line in text.splitlines() if line.startswith("family = "))
    project.write(f"manifests/{name}/{path.name}", text.replace(own, f'family = "{family}"', 1))


def test_story_1_a_pending_result_never_looks_green(user: Project) -> None:
    """What nobody has seen blocks; what was put off warns here, blocks in CI, and stays pending."""
    unseen = user.run("check", "--no-run")
    assert unseen.returncode == 1
    assert "was never reviewed: all 3 results are new" in unseen.stdout
    assert user.run(*ACCEPT).returncode == 0
    path = find_baseline(user)
    path.write_text(path.read_text().replace('"accepted"', '"pending"', 1))
    before = path.read_bytes()
    here = user.run("check", "--no-run")
    assert here.returncode == 0, here.stdout
    assert "key: pending in" in here.stdout
    assert "go, with warnings" in here.stdout
    unattended = user.run("check", "--no-run", environment=CI)
    assert unattended.returncode == 1
    assert "stop: 1 gate blocking" in unattended.stdout
    assert path.read_bytes() == before


def test_story_1_a_pending_result_is_not_rewritten(user: Project) -> None:
    """Other bytes than those that are pending are a change, which blocks and writes nothing."""
    assert user.run(*ACCEPT).returncode == 0
    path = find_baseline(user)
    text = path.read_text()
    digest = text.split('digest = "')[3][:64]  # of 20,000 bytes, which the file does not hold
    path.write_text(text.replace(digest, digest[::-1]).replace('"accepted"', '"pending"'))
    before = path.read_bytes()
    done = user.run("check", "--no-run")
    assert done.returncode == 1
    assert f"uniform: changed: pending is {digest[::-1][:12]}, now it gives" in done.stdout
    measured = user.run("check", "--machine", "here")
    assert measured.returncode == 1
    assert path.read_bytes() == before


def test_story_2_an_unknown_status_is_an_error(user: Project) -> None:
    """Every command says where it stands, and none writes over it."""
    assert user.run(*ACCEPT).returncode == 0
    path = find_baseline(user)
    path.write_text(path.read_text().replace('"accepted"', '"pending_review"', 1))
    before = path.read_bytes()
    for command in (("check", "--no-run"), ("review", "--by", "Ada"), ACCEPT):
        done = user.run(*command)
        assert done.returncode == 2, done.stdout
        assert f"accepted/{path.name}: baseline[0].probe[0].status (line 12)" in done.stderr
        assert "pending_review" in done.stderr
        assert "`pending`" in done.stderr
    assert path.read_bytes() == before


def test_story_6_evidence_travels_by_git_alone(user: Project) -> None:
    """Two people accept their own machines on branches; git merges them, and one command checks."""
    user.commit("evidence of here")
    user.git("switch", "--quiet", "--create", "theirs")
    add_machine(user, "there", "applegpu_g17s")
    done = user.run("accept", "--machine", "there", "--by", "Bob", "--reason", "as on here")
    assert done.returncode == 0, done.stderr
    user.commit("evidence of there")
    user.git("switch", "--quiet", "main")
    assert user.run(*ACCEPT).returncode == 0
    user.commit("baseline of here")
    user.git("merge", "--quiet", "--message", "both", "theirs")
    checked = user.run("check", "--no-run")
    assert checked.returncode == 0, checked.stdout
    assert "6 results are as accepted" in checked.stdout
    assert "promises hold across here, there" in checked.stdout
    assert user.git("status", "--porcelain") == ""


def test_story_7_nothing_churns_where_no_digest_changed(user: Project) -> None:
    """At a later commit the same bytes leave the baseline as it is, to the byte and the inode."""
    assert user.run(*ACCEPT).returncode == 0
    path = find_baseline(user)
    before = (path.read_bytes(), path.stat().st_ino)
    user.write("code.py", "x = 1\n")
    later = user.commit("other code")
    checked = user.run("check", "--machine", "here")
    assert checked.returncode == 0, checked.stdout
    assert f"evidence is of the code at {later[:12]}" in checked.stdout
    again = user.run(*ACCEPT, "--new", "--changed")
    assert again.returncode == 0, again.stderr
    assert "nothing to decide" in again.stdout
    assert (path.read_bytes(), path.stat().st_ino) == before
    user.git("add", "--all")
    assert user.git("diff", "--cached", "--name-only") == f"manifests/here/{later[:12]}.toml"
