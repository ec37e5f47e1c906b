"""`reprokit history` over manifests that were really measured and published."""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.committed import copy_manifests
from tests.projects import PYPROJECT, Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def measured(tmp_path: Path) -> Project:
    """A project that holds all manifests of this repository."""
    project = Project(root=tmp_path)
    project.write("pyproject.toml", PYPROJECT)
    copy_manifests(tmp_path / "manifests")
    return project


def read_commits(folder: Path) -> list[str]:
    """Read the commits of a machine's manifests, in the order of their dates."""
    repositories = [tomllib.loads(it.read_text())["repository"] for it in folder.glob("*.toml")]
    dated = {it["commit"][:12]: it["committed"] for it in repositories}
    return sorted(dated, key=dated.__getitem__)


def test_real_machine_keeps_its_bytes_over_commits(measured: Project) -> None:
    """Commits come by their dates; manifests of one commit and environment are one entry."""
    commits = read_commits(measured.root / "manifests" / "linux-x86-64")
    assert len(commits) > 1
    done = measured.run("history", "normal-8-key0", "--machines", "x86", "--format", "json")
    assert done.returncode == 0, done.stderr
    (machine,) = json.loads(done.stdout)["machines"]
    entries = machine["entries"]
    assert list(dict.fromkeys(it["commit"] for it in entries)) == commits
    assert {it["digest"][:12] for it in entries} == {"8a8c5a6737fe"}
    assert [it["step"] for it in entries] == ["first"] + ["same"] * (len(entries) - 1)


def test_same_letter_is_same_bytes_on_all_machines(measured: Project) -> None:
    """Linux on a CPU gives what M1 Max gave, and what M3 Ultra and M5 gave is another result."""
    done = measured.run("history", "normal-8-key0", "--format", "json")
    values = {
        machine["name"]: {entry["value"] for entry in machine["entries"]}
        for machine in json.loads(done.stdout)["machines"]
    }
    assert values["apple-m1-max"] == values["linux-x86-64"]
    assert values["apple-m3-ultra"] == values["apple-m5"] != values["apple-m1-max"]
    text = measured.run("history", "normal-8-key0").stdout
    assert "A 8a8c5a6737fe" in text
    assert "B a662607828c5" in text
    assert "first, published" in text


def test_a_move_is_told_and_is_no_finding(measured: Project) -> None:
    """One bit of kept bytes changes, and the environment does not."""
    folder = measured.root / "manifests" / "linux-x86-64"
    last = read_commits(folder)[-1]
    changed = 0
    for path in folder.glob(f"{last}*.toml"):
        head, mark, tail = path.read_text().partition('id = "normal-8-key0"')
        probe, rest = tail.split("[[probes]]", 1) if mark else ("", "")
        facts = tomllib.loads(probe)["probes"]["result"] if mark else {}
        if facts:
            bits = bytes.fromhex(facts["bits"])
            moved = bytes([bits[0] ^ 1, *bits[1:]])
            probe = probe.replace(facts["bits"], moved.hex())
            probe = probe.replace(facts["digest"], hashlib.sha256(moved).hexdigest())
            path.write_text(f"{head}{mark}{probe}[[probes]]{rest}")
            changed += 1
    assert changed == 1
    done = measured.run("history", "normal-8-key0", "--machines", "x86")
    assert done.returncode == 0, done.stderr
    assert "; 1 move\n" in done.stdout
    told = done.stdout.replace("\n  ", " ")
    assert f"{last} since" in told
    assert "1 of 8 elements: 0 by +1 ulp; nothing that was observed of the environment" in told


def test_markdown_goes_to_a_file(measured: Project) -> None:
    """`--output` writes what would be printed, unwrapped."""
    done = measured.run("history", "key0", "--format", "markdown", "--output", "history.md")
    assert (done.returncode, done.stdout) == (0, "")
    text = (measured.root / "history.md").read_text()
    assert text.startswith("## key0\n")
    assert "| A/2 " in text


def test_manifests_from_elsewhere_have_a_history(measured: Project) -> None:
    """Files are enough, outside any project."""
    folder = measured.root / "manifests" / "linux-x86-64"
    (measured.root / "pyproject.toml").unlink()
    done = measured.run("history", "normal-8-key0", str(folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("normal-8-key0: 1 machine, ")


def test_unknown_probe_and_machine_are_errors(measured: Project) -> None:
    """They say what there is."""
    done = measured.run("history", "normal-8")
    assert done.returncode == 2
    assert "normal-8-key0" in done.stderr
    done = measured.run("history", "r1-replay", "--machines", "m1,x86")
    assert done.returncode == 2
    assert "`r1-replay` was never measured on linux-x86-64" in done.stderr
