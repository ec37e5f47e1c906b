"""`machines` and `compare` over the manifests that were really published."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.committed import copy_manifests

if TYPE_CHECKING:
    from tests.projects import Project

PARTED = {
    "normal-8-key0",
    "normal-8-key42",
    "normal-16x4-key0",
    "r1-replay",
    "r1-recombine",
    "r1-full-pipeline",
}


@pytest.fixture
def published(project: Project) -> Project:
    """A project that holds the manifests of the three Apple machines."""
    copy_manifests(project.root / "manifests", "apple-m1-max", "apple-m3-ultra", "apple-m5")
    return project


def test_machines_lists_families_and_commits(published: Project) -> None:
    """Each machine has a row with what it is known by."""
    done = published.run("machines")
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("apple-m3-ultra"))
    assert row.split("  ")[1:] != []
    assert "applegpu_g15d" in row
    assert "0a8ec29f1c21" in row
    assert "published" in row


def test_compare_tells_which_published_probes_part(published: Project) -> None:
    """Words of machine names are enough; digests are short, clusters lettered."""
    done = published.run("compare", "--machines", "m1,m5")
    assert done.returncode == 0, done.stderr
    assert "2 machines at commit 0a8ec29f1c21" in done.stdout
    parted = {line.split()[0] for line in done.stdout.splitlines() if "DIFFERENT" in line}
    assert parted == PARTED
    assert "A 8a8c5a6737fe  B a662607828c5" in done.stdout
    assert "7 identical, 6 different; 0 blocking, 6 warnings" in done.stdout
    assert "Published, not measured by reprokit: apple-m1-max, apple-m5" in done.stdout


def test_three_machines_part_along_three_lines(published: Project) -> None:
    """Replay, recombine and the full pipeline do not part along the same line."""
    done = published.run("compare", "--format", "json")
    probes = {probe["id"]: probe["clusters"] for probe in json.loads(done.stdout)["probes"]}
    m1, m3, m5 = "apple-m1-max", "apple-m3-ultra", "apple-m5"
    assert probes["normal-8-key0"] == [[m3, m5], [m1]]
    assert probes["r1-replay"] == [[m1, m3], [m5]]
    assert probes["r1-recombine"] == [[m3, m5], [m1]]
    assert probes["r1-downscale"] == [[m1, m3, m5]]


def test_strict_makes_a_warning_a_finding(published: Project) -> None:
    """`--strict` exits 1 where machines of two families part."""
    assert published.run("compare", "--machines", "m1,m5", "--strict").returncode == 1
    assert published.run("compare", "--machines", "m3,m5", "--probe", "key0").returncode == 0


def test_probe_glob_narrows_the_comparison(published: Project) -> None:
    """Only probes that fit are compared; none is an error that says what there is."""
    done = published.run("compare", "--probe", "normal-8-*", "--format", "json")
    ids = [probe["id"] for probe in json.loads(done.stdout)["probes"]]
    assert ids == ["normal-8-key0", "normal-8-key42"]
    nothing = published.run("compare", "--probe", "nothing")
    assert nothing.returncode == 2
    assert "there are 13 probes (`key0`, " in nothing.stderr


def test_across_commits_compares_newest_of_each_and_says_so(published: Project) -> None:
    """This machine and M1 Max give the same normals; its keys were hashed by another rule."""
    shutil.rmtree(published.root / "suites")
    text = (published.root / "pyproject.toml").read_text().replace("small", "core")
    published.write("pyproject.toml", text)
    published.commit("use core")
    taken = published.run("snapshot", "--machine", "linux", "--probe", "*key0")
    assert taken.returncode == 0, taken.stderr
    parted = published.run("compare", "--machines", "linux,m1")
    assert parted.returncode == 2
    assert "no commit in common" in parted.stderr
    assert "`apple-m1-max` has 0a8ec29f1c21" in parted.stderr
    for name in ("table", "markdown", "json"):
        done = published.run("compare", "--machines=linux,m1", "--across-commits", "--format", name)
        assert "Across commits" in done.stdout
    probes = {probe["id"]: probe for probe in json.loads(done.stdout)["probes"]}
    assert probes["normal-8-key0"]["verdict"] == "identical"
    assert probes["key0"]["verdict"] == "not-comparable"
    assert probes["key0"]["digests"]["linux"] == probes["key0"]["digests"]["apple-m1-max"]
    assert probes["key0"]["reason"] == "definitions part in rule"


def test_output_goes_to_a_file(published: Project) -> None:
    """`--output` writes what standard output would have had."""
    printed = published.run("compare", "--format", "markdown")
    done = published.run("compare", "--format", "markdown", "--output", "report.md")
    assert done.stdout == ""
    assert (published.root / "report.md").read_text() == printed.stdout


@pytest.mark.parametrize(
    ("name", "start", "elements"),
    [
        ("html", "<!DOCTYPE html>\n", 2),
        ("junit", "<?xml version='1.0' encoding='utf-8'?>\n<testsuites>", 1),
        ("github", "::warning title=reprokit compare%3A normal-8-key0::DIFFERENT; ", 1),
    ],
)
def test_formats_for_pages_and_systems(
    published: Project, name: str, start: str, elements: int
) -> None:
    """Each begins as its readers expect, and names the element by which the machines part."""
    done = published.run("compare", "--machines", "m1,m5", "--format", name, "--strict")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(start)
    assert done.stdout.count("1 of 8 elements: 5 by -1 ulp; explained by 1 ulp of log") == elements
    assert name != "junit" or done.stdout.count("<failure ") == len(PARTED)


def test_reader_that_goes_away_harms_nothing(published: Project) -> None:
    """A closed pipe, as `| head -1` leaves it, is no traceback."""
    command = f"'{published.command()[0]}' -m reprokit compare | true"
    status = os.system(f"cd '{published.root}' && {command} 2>err.txt")  # noqa: S605 - a real pipe
    assert status == 0
    assert "Traceback" not in (published.root / "err.txt").read_text()


BAD = {
    "unknown machine": (("compare", "--machines", "m9,m1"), "there is no machine `m9`", "m1-max"),
    "ambiguous machine": (("compare", "--machines", "apple"), "`apple` may mean", "apple-m5"),
    "machine twice": (("compare", "--machines", "m1,m1"), "named twice", "apple-m1-max"),
    "unknown commit": (("compare", "--commit", "ffff"), "no commit of which", "0a8ec29f1c21"),
    "contradiction": (("compare", "--commit", "0a8e", "--across-commits"), "contradict", ""),
    "milestone path": (("milestone", "../x"), "cannot name a milestone", "dashes"),
    "milestone date": (("milestone", "x", "--date", "May"), "no date", "2026-05-20"),
    "machine name": (("snapshot", "--machine", "My Mac!"), "cannot name a machine", "dashes"),
    "unknown suite": (("snapshot", "--suite", "nope"), "no suite `nope`", "`core`"),
    "unknown option": (("compare", "--nope"), "No such option", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_usage_is_an_error_with_a_hint(published: Project, case: str) -> None:
    """Exit 2, what is wrong, what there is instead, and nothing written."""
    words, problem, hint = BAD[case]
    done = published.run(*words)
    assert done.returncode == 2
    assert problem in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (published.root / "milestones").exists()
    assert len(published.manifests()) == 3


def test_broken_manifest_is_an_error_with_its_place(published: Project) -> None:
    """File and place are named, for truncation, a wrong type and a newer schema."""
    path = published.root / "manifests/apple-m5/0a8ec29f1c21.toml"
    text = path.read_text()
    cases = {
        text[: len(text) // 2]: "not valid TOML",
        text.replace("shape = [8]\n", 'shape = ["a"]\n', 1): "probes[3].result.shape[0]: expected",
        text.replace("manifest/1", "manifest/9"): "is newer than this reprokit",
    }
    for content, problem in cases.items():
        path.write_text(content)
        done = published.run("compare", "--machines", "m1,m5")
        assert done.returncode == 2
        assert "apple-m5/0a8ec29f1c21.toml" in done.stderr
        assert problem in done.stderr
        assert path.read_text() == content


def test_missing_lock_and_repository_are_errors(project: Project) -> None:
    """Without uv.lock or git there is no snapshot, and nothing is written."""
    (project.root / "uv.lock").unlink()
    done = project.run("snapshot")
    assert done.returncode == 2
    assert "there is no uv.lock" in done.stderr
    assert "uv lock" in done.stderr
    project.write("uv.lock", "version = 1\n")
    shutil.rmtree(project.root / ".git")
    done = project.run("snapshot")
    assert done.returncode == 2
    assert "not in a git repository" in done.stderr
    assert not project.manifests()


def test_wrong_suite_is_an_error_with_its_place(project: Project) -> None:
    """The error names file, probe and argument, and shows the op's signature."""
    text = (project.root / "suites/small.toml").read_text()
    project.write("suites/small.toml", text.replace("shape = [8]", "shap = [8]"))
    done = project.run("snapshot")
    assert done.returncode == 2
    assert "suites/small.toml: probe[1].arguments.shap" in done.stderr
    assert "random.normal(shape: Shape" in done.stderr


def test_env_tells_chip_system_python_wheel_and_lock(project: Project) -> None:
    """Text for people, JSON for programs; neither names this host or its user."""
    text = project.run("env")
    assert text.returncode == 0, text.stderr
    for fact in ("hardware.chip", "os.version", "python.version", "packages.mlx", "lock.sha256"):
        assert fact in text.stdout
    data = json.loads(project.run("env", "--format", "json").stdout)
    assert data["schema"] == "reprokit/environment/1"
    assert data["packages"][0]["wheel"]
    assert str(project.root) not in text.stdout


def test_help_lists_the_commands(project: Project) -> None:
    """Each command of the README is there."""
    done = project.run("--help")
    for name in ("env", "snapshot", "machines", "compare", "milestone"):
        assert name in done.stdout


def test_commit_takes_any_revision(project: Project) -> None:
    """A tag or `HEAD~1` means the newest code commit at it."""
    for name in ("one", "two"):
        project.run("snapshot", "--machine", name)
    project.git("tag", "v1")
    project.write("code.py", "x = 1\n")
    project.commit()
    for revision in ("v1", "HEAD~1"):
        done = project.run("compare", "--machines", "one,two", "--commit", revision)
        assert done.returncode == 0, done.stderr
        assert "3 identical" in done.stdout
    wrong = project.run("compare", "--machines", "one,two", "--commit", "nowhere")
    assert wrong.returncode == 2
    assert "error: --commit: git knows no commit `nowhere` here\nhint: " in wrong.stderr


def test_a_comma_too_many_is_said(project: Project) -> None:
    """An empty name is no machine, and means no machine."""
    project.run("snapshot", "--machine", "one")
    done = project.run("compare", "--machines", "one,")
    assert done.returncode == 2
    assert "--machines: one of the names is empty\nhint: is there a comma too many?" in done.stderr


def test_a_folder_that_is_not_there_is_named(project: Project) -> None:
    """With the command that makes it."""
    for name in ("one", "two"):
        project.run("snapshot", "--machine", name)
    done = project.run("compare", "--output", "new dir/page.md")
    assert done.returncode == 2
    assert "hint: make its folder first: `mkdir -p 'new dir'`" in done.stderr
