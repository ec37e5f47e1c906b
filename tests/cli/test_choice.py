"""Which probes are meant: what is said where none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.cli.choice import propose_probe, refuse_glob
from reprokit.observe.project import read_settings
from tests.committed import copy_manifests
from tests.projects import make_project

if TYPE_CHECKING:
    from tests.projects import Project

SNAPSHOT = ("snapshot", "--machine", "here")

CASES = {
    "another suite": (
        "tf32*",
        (
            "8 probes (`tf32-exact-m1`, `tf32-exact-m8`, `tf32-exact-m64`, …) of the suite "
            "`canaries` do: `reprokit snapshot --suite canaries --probe 'tf32*'`"
        ),
    ),
    "one probe of another suite": (
        "key0",
        "1 probe (`key0`) of the suite `core` does: `reprokit snapshot --suite core --probe key0`",
    ),
    "a suite of the project": (
        "lonely",
        (
            "1 probe (`lonely`) of the suite `other` does: "
            "`reprokit snapshot --suite other --probe lonely`"
        ),
    ),
    "part of an id": (
        "norma",
        "a glob must fit a whole id: `--probe '*norma*'` fits 1 probe (`normal`)",
    ),
    "part of an id elsewhere": (
        "exact-m8",
        (
            "a glob must fit a whole id, and with `*exact-m8*` 1 probe (`tf32-exact-m8`) of the "
            "suite `canaries` does: `reprokit snapshot --suite canaries --probe '*exact-m8*'`"
        ),
    ),
    "a slip": ("nromal", "did you mean `normal`?"),
    "a slip elsewhere": (
        "tf32-exct-m8",
        (
            "did you mean `tf32-exact-m8` of `canaries`, `tf32-exact-m1` of `canaries`, "
            "`tf32-exact-m64` of `canaries`?"
        ),
    ),
    "nothing like it": (
        "qqqqqq",
        (
            "there are 3 probes (`key`, `normal`, `uniform`); "
            "`reprokit suite show NAME` lists those of a suite"
        ),
    ),
}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a second suite, and a third that is wrong."""
    project = make_project(tmp_path_factory.mktemp("choice") / "project")
    text = 'schema = "reprokit/suite/1"\nname = "other"\n[[probe]]\nid = "lonely"\nseed = 1\n'
    more = 'op = "random.key"\nexpectation = "everywhere"\n'
    project.write("suites/other.toml", text + more)
    project.write("suites/wrong.toml", "schema = 1\n")
    copy_manifests(project.root / "manifests", "apple-m1-max", "apple-m5")
    project.commit()
    return project


@pytest.mark.parametrize("case", CASES)
def test_glob_without_a_match_tells_where_there_is_one(several: Project, case: str) -> None:
    """The suites that have one are named, with the command; else what is spelled alike."""
    glob, hint = CASES[case]
    error = refuse_glob(
        glob,
        read_settings(several.root),
        asked="of the suite `small`",
        known=["key", "normal", "uniform"],
        command="reprokit snapshot --suite {suite} --probe {glob}",
    )
    assert error.message == f"no probe of the suite `small` fits `{glob}`"
    assert error.where == "--probe"
    assert error.hint == hint


@pytest.mark.parametrize(
    ("words", "asked", "command"),
    [
        (SNAPSHOT, "of the suite `small`", "snapshot --suite canaries"),
        ((*SNAPSHOT, "--suite=core", "--suite=other"), "of the suites `core` and", "snapshot"),
        (("suite", "show", "small"), "of the suite `small`", "suite show canaries"),
        (("compare",), "that these machines have measured", "snapshot --suite canaries"),
    ],
)
def test_each_command_tells_how_to_reach_what_fits(
    several: Project, words: tuple[str, ...], asked: str, command: str
) -> None:
    """Wherever a glob is asked for, the hint holds the command that finds something."""
    done = several.run(*words, "--probe", "tf32*")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error: --probe: no probe {asked}" in done.stderr
    assert f"`reprokit {command}" in done.stderr


def test_proposed_command_finds_the_probes(several: Project) -> None:
    """What the hint says is what helps."""
    done = several.run("suite", "show", "canaries", "--probe", "*tf32-exact*")
    assert done.returncode == 0, done.stderr
    assert "tf32-exact-m8" in done.stdout


def test_suites_that_share_an_id_are_not_run_together(project: Project) -> None:
    """The error names both places, and what to do; a suite twice is one."""
    text = (project.root / "suites/small.toml").read_text().replace('"small"', '"second"')
    project.write("suites/second.toml", text)
    project.commit()
    done = project.run(*SNAPSHOT, "--suite", "small", "--suite", "second")
    assert done.returncode == 2
    place = "probe[0].id (line 7)"
    assert f"suites/second.toml: {place}: `key` is a probe of the suite `small` too" in done.stderr
    assert f"run with it: suites/small.toml: {place}\n" in done.stderr
    assert "hint: " in done.stderr
    twice = project.run(*SNAPSHOT, "--suite", "small", "--suite", "small")
    assert twice.returncode == 0, twice.stderr


@pytest.mark.parametrize(
    ("name", "known", "told"),
    [
        ("sched", ["schedule"], "there is 1 probe (`schedule`) that holds these letters"),
        ("p", ["p1", "p2"], "there are 2 probes (`p1`, `p2`) that hold these letters"),
        ("qqqqqq", ["schedule"], "there is 1 probe (`schedule`); `reprokit suite show NAME`"),
        ("qqqqqq", ["p1", "p2"], "there are 2 probes (`p1`, `p2`); `reprokit suite show NAME`"),
    ],
)
def test_one_and_several_are_proposed(name: str, known: list[str], told: str) -> None:
    """In the number of each."""
    assert told in propose_probe(name, None, known=known)
