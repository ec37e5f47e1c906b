"""`explain` in real projects: elements of machines that are not at hand, digests, old values."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.model.environment import Repository
from reprokit.store.manifests import read_manifest, write_manifest
from tests.builders import make_manifest, make_probe
from tests.committed import copy_manifests
from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

M1_KEY42 = "46a0c8652eafa5b9a4fe952b09d1ba4c90fa8f0c7c82ad4b0b1377a8a096d28f"
M5_KEY42 = "7ef9a0d55131a5b50cb4d5b5ff1fcf8fb93515ca98ece723a97f4612c2673c85"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with the published manifests, and no bytes of any of their draws."""
    project = make_project(tmp_path_factory.mktemp("explain") / "project")
    copy_manifests(project.root / "manifests", "apple-m1-max", "apple-m3-ultra", "apple-m5")
    return project


def test_a_published_normal_down_to_its_element(published: Project) -> None:
    """M5 is one ulp below M1 Max in element 5, by the log: from two digests alone."""
    done = published.run("explain", "normal-8-key0", "--machines", "m1,m5", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (pair,) = told["pairs"]
    assert pair["baseline"] == ["apple-m1-max"]
    assert pair["witness"]["proven"] is True
    assert [(it["index"], it["ulp"]) for it in pair["witness"]["elements"]] == [(5, -1)]
    assert pair["stage"] == "log"
    (attribution,) = told["attribution"]
    assert [it["name"] for it in attribution["signatures"]] == ["log, one ulp"]


def test_every_pair_of_clusters_is_explained_in_words(published: Project) -> None:
    """The table names elements, values and ulps."""
    done = published.run("explain", "normal-16x4-key0")
    assert done.returncode == 0
    assert "B against A: 4 of 64 elements" in done.stdout
    assert "21       1.12014294   1.12014306   +1   -1" in done.stdout
    markdown = published.run("explain", "normal-16x4-key0", "--format", "markdown").stdout
    assert "| 21 | 1.12014294 | 1.12014306 | +1 | -1 |" in markdown


def test_a_digest_says_whose_it_is(published: Project) -> None:
    """No probe is named: the manifests know it."""
    done = published.run("explain", "--digest", M5_KEY42)
    assert done.returncode == 0
    assert "normal-8-key42 on apple-m5 at 0a8ec29f1c21 gave this digest" in done.stdout


def test_the_first_digits_of_a_known_digest_are_enough(published: Project) -> None:
    """Twelve are what every table shows; capitals mean the same."""
    done = published.run("explain", "--digest", M5_KEY42[:12].upper())
    assert done.returncode == 0
    assert "normal-8-key42 on apple-m5 at 0a8ec29f1c21 gave this digest" in done.stdout


def test_a_digest_of_another_probe_is_held_against_this_one(published: Project) -> None:
    """Its bytes are found where they stand; what it is of is said."""
    done = published.run("explain", "normal-8-key0", "--digest", M5_KEY42, "--machines", "m1")
    assert "normal-8-key42 on apple-m5 at 0a8ec29f1c21 gave this digest" in done.stdout


def test_a_digest_that_stands_nowhere_is_searched_for(published: Project, tmp_path: Path) -> None:
    """Where only M1 Max has a manifest, M5's digest is found near what can be computed."""
    shutil.copytree(published.root / "manifests" / "apple-m1-max", tmp_path / "m1")
    done = published.run("explain", "", str(tmp_path / "m1"), "--digest", M5_KEY42)
    assert done.returncode == 0, done.stderr
    assert "B against A: 2 of 8 elements: 3 by +1 ulp, 6 by +2 ulp" in done.stdout
    assert "digest-7ef9a0d55131" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to explain"),
        (("no-such-probe",), "no machine has measured a probe `no-such-probe`"),
        (("normal-8-*",), "it takes one id; there are 2 probes"),
        (("normal-8-key0", "--machines", "m1"), "only apple-m1-max has measured"),
        (("--digest", "ABC"), "is no sha256"),
        (("--digest", "0123456789ab"), "no manifest has one digest that begins so"),
        (("--digest", "0" * 64, "--tries", "100"), "nothing near what manifests have has it"),
        (("normal-8-key0", "--machines", "m7"), "there is no machine `m7`"),
        (("normal-8-key0", "--commit", "ffffffffffff"), "is no commit of which these"),
        (("normal-8-key0", "missing.toml"), "missing.toml"),
    ],
)
def test_questions_without_an_answer(
    published: Project, arguments: tuple[str, ...], message: str
) -> None:
    """Exit 2, with what is wrong, and no traceback."""
    done = published.run("explain", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_digest_of_a_probe_that_is_not_found_is_told_as_such(published: Project) -> None:
    """How far the search got is said; nothing wrong is claimed."""
    done = published.run("explain", "normal-8-key0", "--digest", "0" * 64, "--tries", "300")
    assert done.returncode == 2
    assert "no array of 000000000000 among" in done.stdout


def test_story_3_a_new_digest_is_another_machines_old_one(published: Project) -> None:
    """Somebody put another machine's work under M1's name: its new digest is M5's old one."""
    m1, m5 = (
        read_manifest(
            published.root / "manifests" / name / "0a8ec29f1c21.toml", root=published.root
        )
        for name in ("apple-m1-max", "apple-m5")
    )
    later = Repository(commit="b" * 40, committed="2026-06-01T10:00:00Z")
    swapped = replace(m1, repository=later, created="2026-06-01", probes=m5.probes, path="")
    write_manifest(swapped, published.root / "manifests" / "apple-m1-max" / f"{'b' * 12}.toml")
    try:
        done = published.run("compare", "--machines", "m1,m3", "--across-commits")
        told = "changed on apple-m1-max since 0a8ec29f1c21, to apple-m5's old value"
        assert done.stdout.count(told) >= 3
    finally:
        (published.root / "manifests" / "apple-m1-max" / f"{'b' * 12}.toml").unlink()


def test_hostile_names_of_stages_are_shown_escaped(published: Project, tmp_path: Path) -> None:
    """A manifest of a stranger's is no command to a terminal."""
    for machine, word in (("one", "a"), ("two", "b")):
        manifest = make_manifest(machine, [make_probe(word=word)])
        write_manifest(manifest, tmp_path / machine / "0a8ec29f1c21.toml")
    done = published.run("explain", "normal-8-key0", str(tmp_path), "--tries", "100")
    assert done.returncode == 1
    assert all(char.isprintable() or char == "\n" for char in done.stdout)
