"""`compare` of manifest files and folders anywhere on disk, inside a project and outside of any."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.committed import copy_manifests
from tests.projects import Project
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0a8ec29f1c21"


@pytest.fixture
def downloads(tmp_path: Path) -> Project:
    """A folder that is no project, with the published manifests as CI artifacts of two runs."""
    for run, machines in (("run1", ("apple-m1-max", "apple-m5")), ("run2", ("apple-m5",))):
        copy_manifests(tmp_path / "runs" / run / "artifact", *machines)
    other = tmp_path / f"runs/run2/artifact/apple-m5/{COMMIT}.toml"
    text = other.read_text(encoding="utf-8")
    other.write_text(text.replace("2026-05-20", "2026-05-21", 1), encoding="utf-8")
    (tmp_path / "runs/run1/pyproject.toml").write_text("[project]\n", encoding="ascii")
    return Project(root=tmp_path)


def compare(project: Project, *arguments: str, code: int = 0) -> dict[str, list[str]]:
    """Compare, and return each machine's manifest paths by its name."""
    done = project.run("compare", *arguments, "--format", "json")
    assert done.returncode == code, done.stderr
    machines = json.loads(done.stdout)["machines"]
    return {it["name"]: [file["path"] for file in it["manifests"]] for it in machines}


def refuse(project: Project, *arguments: str) -> str:
    """Compare, and return why that could not be done."""
    done = project.run("compare", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr


def test_two_files_are_compared_outside_any_project(downloads: Project) -> None:
    """Machines keep the names in their manifests, in the order of the files."""
    files = [f"runs/run1/artifact/{name}/{COMMIT}.toml" for name in ("apple-m5", "apple-m1-max")]
    assert compare(downloads, *files) == {"apple-m5": [files[0]], "apple-m1-max": [files[1]]}


def test_machines_of_one_name_are_told_apart(downloads: Project) -> None:
    """Folders are searched; the run tells whose `apple-m5` it is, everywhere in the output."""
    assert list(compare(downloads, "runs")) == ["apple-m1-max", "apple-m5@run1", "apple-m5@run2"]
    done = downloads.run("compare", "runs", "--probe", "r1-replay")
    rows = [line for line in done.stdout.splitlines() if re.match(r"apple-m5@run\d  ", line)]
    assert len(rows) == 2


def test_machines_choose_among_those_that_were_found(downloads: Project) -> None:
    """`--machines` takes words of the names, the label's among them."""
    assert list(compare(downloads, "runs", "--machines", "run2,max")) == [
        "apple-m5@run2",
        "apple-m1-max",
    ]
    assert "`m5` may mean `apple-m5@run1`, `apple-m5@run2`" in refuse(
        downloads, "runs", "--machines", "m5,m1"
    )


def test_other_toml_files_are_left_alone_and_told(downloads: Project) -> None:
    """A project's settings among the artifacts are no manifest."""
    done = downloads.run("compare", "runs/run1")
    assert done.returncode == 0, done.stderr
    assert "note: Left alone in runs/run1, as no manifests: pyproject.toml." in done.stdout


def test_a_broken_manifest_among_many_is_named(downloads: Project) -> None:
    """Nothing is compared as if it were not there."""
    path = downloads.root / f"runs/run2/artifact/apple-m5/{COMMIT}.toml"
    path.write_bytes(path.read_bytes()[:2000])
    assert f"runs/run2/artifact/apple-m5/{COMMIT}.toml (line " in refuse(downloads, "runs")


def test_files_of_two_commits_are_compared_as_they_are(downloads: Project) -> None:
    """Named one by one, they leave nothing to choose; in folders, `--across-commits` says so."""
    folder = downloads.root / "other"
    folder.mkdir()
    shutil.copy(ROOT / "manifests/linux-x86-64/c45869a12920.toml", folder)
    one, two = "runs/run1/artifact/apple-m5", "other/c45869a12920.toml"
    assert len(compare(downloads, f"{one}/{COMMIT}.toml", two)) == 2
    assert "no commit in common" in refuse(downloads, one, "other")
    assert "no manifest of" in refuse(
        downloads, f"{one}/{COMMIT}.toml", two, "--commit", COMMIT[:6]
    )
    assert len(compare(downloads, one, "other", "--across-commits")) == 2


def test_commit_and_probe_narrow_what_was_found(downloads: Project) -> None:
    """Hex digits mean a commit anywhere; names of revisions need a project."""
    assert len(compare(downloads, "runs", "--commit", COMMIT[:4], "--probe", "r1-*")) == 3
    assert "can be looked up in a project only" in refuse(downloads, "runs", "--commit", "main")
    nothing = refuse(downloads, "runs", "--probe", "nothing")
    assert "no probe that these machines have measured fits `nothing`" in nothing


def test_a_single_machine_is_refused_with_what_was_left_out(downloads: Project) -> None:
    """A copy of the one manifest is no second machine."""
    file = f"runs/run1/artifact/apple-m1-max/{COMMIT}.toml"
    shutil.copy(downloads.root / file, downloads.root / "copy.toml")
    told = refuse(downloads, file, "copy.toml")
    assert "`apple-m1-max` is the only machine" in told
    assert f"1 file has the bytes of another, and count once: copy.toml (as {file})" in told


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("m1", "no file or folder `m1`, and no project that has machines"),
        ("gone.toml", "gone.toml: cannot be read: No such file or directory"),
        ("./gone", "gone: cannot be read: No such file or directory"),
        ("runs/run1/pyproject.toml", "expected `reprokit/manifest/1`, got nothing"),
        ("empty", "empty: there are no manifests in this folder or below"),
    ],
)
def test_an_argument_that_means_nothing(downloads: Project, argument: str, message: str) -> None:
    """It is told by its name."""
    (downloads.root / "empty").mkdir()
    assert message in refuse(downloads, "runs/run1", argument)


def test_a_pipe_as_an_argument_does_not_wait(downloads: Project) -> None:
    """Nobody writes to it, and nobody will."""
    os.mkfifo(downloads.root / "pipe.toml")
    assert "pipe.toml: is no regular file" in refuse(downloads, "pipe.toml", "runs")


def test_machines_of_the_project_stand_beside_files(downloads: Project) -> None:
    """In a project, a word is a machine; what others sent is held against it."""
    copy_manifests(downloads.root / "manifests")
    (downloads.root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="ascii")
    found = compare(downloads, "m3", "runs/run2", "m1")
    assert found == {
        "apple-m3-ultra": [f"manifests/apple-m3-ultra/{COMMIT}.toml"],
        "apple-m5": [f"runs/run2/artifact/apple-m5/{COMMIT}.toml"],
        "apple-m1-max": [f"manifests/apple-m1-max/{COMMIT}.toml"],
    }
    assert list(compare(downloads, "m5", "runs/run2")) == [
        "apple-m5@manifests",
        "apple-m5@artifact",
    ]
    assert "error: there is no file, folder or machine `m9`" in refuse(downloads, "m9", "runs")
    assert "`apple-m1-max` is named twice" in refuse(downloads, "m1", "max")
    for folder in ("manifests/apple-m1-max", "manifests"):
        told = refuse(downloads, "m1", folder, "runs")
        assert f"`apple-m1-max` is named twice: `{folder}` holds its manifests too" in told


def test_without_a_project_and_paths_the_project_is_missed(downloads: Project) -> None:
    """As ever: `compare` alone is about the project's machines."""
    assert "there is no pyproject.toml here or above" in refuse(downloads)


def test_output_has_no_path_from_above(downloads: Project) -> None:
    """An absolute argument tells readers nothing of the folders above it."""
    done = subprocess.run(
        downloads.command("compare", str(downloads.root / "runs"), "--format", "json"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Left alone in runs, as" in done.stdout
    assert str(downloads.root) not in done.stdout
    machines = json.loads(done.stdout)["machines"]
    paths = [file["path"] for it in machines for file in it["manifests"]]
    assert all(path.startswith("runs/run") for path in paths)
    assert len(paths) == 3
