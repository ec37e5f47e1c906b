"""What was accepted and is not measured, in a user's project with two suites."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.projects import PYPROJECT, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

ACCEPT = ("accept", "--machine", "here", "--by", "Ada", "--reason", "first results")
SNAPSHOT = ("snapshot", "--machine", "here")
OTHER = """\
schema = "reprokit/suite/1"
name = "other"
about = "Another quick probe."

[[probe]]
id = "bits"
op = "random.normal"
seed = 3
arguments = { shape = [4] }
expectation = "everywhere"
"""


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose four results, of two suites, were accepted."""
    project = make_project(tmp_path_factory.mktemp("unmeasured") / "project")
    project.write("suites/other.toml", OTHER)
    project.write("pyproject.toml", PYPROJECT.replace('["small"]', '["small", "other"]'))
    project.commit()
    done = project.run(*SNAPSHOT)
    assert done.returncode == 0, done.stderr
    done = project.run(*ACCEPT)
    assert "accepted 4" in done.stdout, done.stderr
    project.commit("evidence")
    return project


@pytest.fixture
def user(accepted: Project, tmp_path: Path) -> Project:
    """A copy of it, to be changed."""
    shutil.copytree(accepted.root, tmp_path / "project", symlinks=True)
    return Project(root=tmp_path / "project")


def judge(project: Project, *options: str) -> tuple[str, dict[str, str]]:
    """Check without a run; return the verdict of the gate `baseline`, and its findings by probe."""
    done = project.run("check", "--no-run", "--format", "json", *options)
    report: dict[str, Any] = json.loads(done.stdout)
    gate = next(it for it in report["gates"] if it["name"] == "baseline")
    assert done.returncode == (1 if gate["verdict"] == "block" else 0), done.stdout
    return gate["verdict"], {it["probe"]: it["text"] for it in gate["findings"]}


def read_accepted(project: Project) -> str:
    """Read the one baseline there is."""
    (path,) = (project.root / "manifests" / "accepted").glob("*.toml")
    return path.read_text()


def measure_anew(project: Project, *options: str) -> None:
    """Change the code, measure what the options say, and commit the evidence."""
    project.write("code.py", "x = 1\n")
    project.commit()
    done = project.run(*SNAPSHOT, *options)
    assert done.returncode == 0, done.stderr
    project.commit("evidence")


def test_a_suite_that_was_not_run_blocks(user: Project) -> None:
    """Where the settings name it; it is not offered for removal, and a run of it is asked for."""
    measure_anew(user, "--suite", "other")
    said = "not measured: the suite `small` was not run"
    assert judge(user) == ("block", dict.fromkeys(("key", "normal", "uniform"), said))
    assert "`reprokit snapshot --suite small`" in user.run("check", "--no-run").stdout
    before = read_accepted(user)
    assert "nothing to decide" in user.run(*ACCEPT, "--remove-gone").stdout
    assert "nothing to review" in user.run("review", "--by", "Ada").stdout
    assert read_accepted(user) == before
    assert user.run(*SNAPSHOT).returncode == 0
    assert judge(user) == ("pass", {})


def test_a_suite_of_no_settings_blocks_a_release_alone(user: Project) -> None:
    """It is told otherwise: somebody ran it once, by its name."""
    user.write("pyproject.toml", PYPROJECT)
    measure_anew(user)
    assert judge(user) == ("warn", {"bits": "not measured: the suite `other` was not run"})
    user.git("tag", "v1")
    assert judge(user, "--release", "v1")[0] == "block"
    assert not list((user.root / "milestones").glob("attestation-*"))


def test_what_a_filter_left_out_is_not_gone(user: Project) -> None:
    """Its suite declares it still, so that nothing removes it."""
    measure_anew(user, "--probe", "normal")
    verdict, found = judge(user)
    assert (verdict, sorted(found)) == ("block", ["bits", "key", "uniform"])
    assert found["key"] == "not measured: the suite `small` declares it, and was run without it"
    before = read_accepted(user)
    assert "nothing to decide" in user.run(*ACCEPT, "--remove-gone").stdout
    assert "nothing to review" in user.run("review", "--by", "Ada").stdout
    assert read_accepted(user) == before


def edit_suite(project: Project, old: str, new: str) -> None:
    """Edit the suite `small`."""
    path = project.root / "suites" / "small.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_its_suite_declares_no_longer_is_gone(user: Project) -> None:
    """Even where a filter left others out; and so is all of a suite that there is no more."""
    edit_suite(user, 'id = "key"', 'id = "renamed"')
    (user.root / "suites" / "other.toml").unlink()
    user.write("pyproject.toml", PYPROJECT)
    measure_anew(user, "--probe", "normal")
    _, found = judge(user)
    assert found.pop("key") == "gone: the suite `small` declares it no longer"
    assert found.pop("bits") == "gone: there is no suite `other`"
    assert list(found) == ["uniform"]
    assert "removed 2" in user.run(*ACCEPT, "--remove-gone").stdout
    assert read_accepted(user).count("[[baseline.probe]]") == 2


def test_a_probe_does_not_escape_by_promising_nothing(user: Project) -> None:
    """What was accepted of it blocks, until somebody removes it."""
    edit_suite(user, 'seed = 0\narguments = { shape = [8] }\nexpectation = "family"', NEVER)
    measure_anew(user)
    said = "withdrawn: it was accepted for the family, and its suite promises `never` now"
    assert judge(user) == ("block", {"normal": said})
    assert "removed 1" in user.run(*ACCEPT, "--remove-gone").stdout
    user.commit("reviewed")
    assert judge(user) == ("pass", {})


NEVER = 'seed = 9\narguments = { shape = [8] }\nexpectation = "never"'


def test_a_manifest_that_does_not_say_what_its_suites_declare(user: Project) -> None:
    """As older ones: nothing of it is gone, and the next snapshot adds what it lacks."""
    edit_suite(user, 'id = "key"', 'id = "renamed"')
    measure_anew(user)
    commit = user.git("rev-parse", "--short=12", "HEAD~1")
    path = user.root / "manifests" / "here" / f"{commit}.toml"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(it for it in lines if not it.startswith("declared = ")))
    assert len(path.read_text().splitlines()) == len(lines) - 2
    user.commit("as older versions write it")
    _, found = judge(user)
    assert found["key"] == "not measured: no manifest says whether the suite `small` declares it"
    done = user.run(*SNAPSHOT)
    assert "which probes its suites declare" in done.stdout, done.stdout + done.stderr
    user.commit("evidence")
    _, found = judge(user)
    assert found["key"] == "gone: the suite `small` declares it no longer"
