"""The commands that a milestone tells, run as they stand there, by a shell in real git."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.projects import SUITE, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = "milestones/one-2026-11-23.md"


@pytest.fixture
def published(tmp_path: Path) -> Project:
    """A project that measured itself, with manifest and milestone committed after it."""
    project = make_project(tmp_path / "project")
    assert project.run("snapshot", "--machine", "here").returncode == 0
    project.commit("evidence")
    done = project.run("milestone", "one", "--date", "2026-11-23", "--why", "Asked.")
    assert done.returncode == 0, done.stderr
    project.commit("milestone")
    return project


def read_fences(folder: Path) -> list[str]:
    """Read what the document tells to run: to measure again, and to write it again."""
    text = (folder / DOCUMENT).read_text(encoding="utf-8")
    return re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)


def run_all(folder: Path, fence: str) -> subprocess.CompletedProcess[str]:
    """Run the lines of a fence, until one fails; for `uv run` stands the Python of these tests."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    words = shlex.join(Project(root=folder).command())
    (tools / "uv").write_text(
        f'#!/bin/sh\n[ "$1" = sync ] && exec {shlex.quote(os.environ["REAL_UV"])} "$@" --offline\n'
        f'shift 2\nexec {words} "$@"\n'
    )
    (tools / "uv").chmod(0o755)
    lines = [line.removeprefix("$ ") for line in fence.splitlines()]
    return subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
        timeout=120,
    )


@pytest.fixture(autouse=True)
def _real_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REAL_UV", os.environ.get("UV") or shutil.which("uv") or "uv")


def test_what_was_measured_is_measured_again_and_compared(published: Project) -> None:
    """In a new clone, by the lines as they stand; the branch and its files stay as they are."""
    clone = published.root.parent / "clone"
    published.git("clone", "--quiet", str(published.root), str(clone))
    done = run_all(clone, read_fences(clone)[0])
    assert done.returncode == 0, done.stderr
    assert "wrote manifests/here/" in done.stdout
    assert "3 identical, 0 different; 0 blocking, 0 warnings" in done.stdout
    own = Project(root=clone)
    assert own.git("branch", "--show-current") == "main"
    assert own.git("status", "--porcelain") == ""


def test_suites_that_were_measured_apart_are_compared_together(tmp_path: Path) -> None:
    """Each has a manifest of its own, whose name nobody knows before it is written."""
    project = make_project(tmp_path / "project")
    project.write(
        "suites/more.toml", SUITE.replace("small", "more").replace('id = "', 'id = "more-')
    )
    project.commit("more")
    for suite in ("small", "more"):
        assert project.run("snapshot", "--machine", "here", "--suite", suite).returncode == 0
    assert len(project.manifests()) == 2
    done = project.run("milestone", "one", "--date", "2026-11-23")
    assert done.returncode == 0, done.stderr
    again = run_all(project.root, read_fences(project.root)[0])
    assert again.returncode == 0, again.stderr
    assert "6 identical, 0 different; 0 blocking, 0 warnings" in again.stdout


def test_another_result_is_found_by_the_same_commands(published: Project) -> None:
    """A manifest of the same machine and commit that says otherwise is not taken for the new."""
    (manifest,) = published.manifests()
    text = manifest.read_text(encoding="utf-8")
    digest = re.findall(r'\ndigest = "([0-9a-f]{64})"', text.partition('id = "uniform"')[2])[0]
    manifest.write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    done = run_all(published.root, read_fences(published.root)[0])
    assert "2 identical, 1 different; 1 blocking, 0 warnings" in done.stdout
    assert done.returncode == 1


def test_the_document_is_written_again_beside_its_manifests(published: Project) -> None:
    """On the branch that has them, where it does not lie; not at the commit they are of."""
    _, writing = read_fences(published.root)
    folder = published.root / "milestones"
    before = {it.name: it.read_bytes() for it in folder.iterdir()}
    shutil.rmtree(folder)
    done = run_all(published.root, writing)
    assert done.returncode == 0, done.stderr
    assert {it.name: it.read_bytes() for it in folder.iterdir()} == before
