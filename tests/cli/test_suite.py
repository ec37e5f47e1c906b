"""`reprokit suite list` and `suite check` on a project whose suites are not all right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.projects import SUITE, make_project

if TYPE_CHECKING:
    from tests.projects import Project

FUNCTION = """
[[probe]]
id = "own"
op = "mine:function"
expectation = "machine"
"""


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a right suite, a wrong one, and one that shares ids with the first."""
    project = make_project(tmp_path_factory.mktemp("suites") / "project")
    project.write("mine.py", "raise SystemExit('imported')\n\ndef function():\n    pass\n")
    project.write("suites/small.toml", SUITE + FUNCTION)
    project.write("suites/twin.toml", SUITE.replace('"small"', '"twin"'))
    project.write("suites/wrong.toml", 'schema = "reprokit/suite/1"\nname = "wrong"\nprobe = 1\n')
    text = (project.root / "pyproject.toml").read_text()
    suites = 'suites = ["small", "core", "twin", "gone"]'
    project.write("pyproject.toml", text.replace('suites = ["small"]', suites))
    return project


def test_a_wrong_suite_does_not_hide_the_others(mixed: Project) -> None:
    """`suite list` has a row for each that can be read, and says what is wrong with the other."""
    done = mixed.run("suite", "list")
    assert done.returncode == 2
    rows = {line.split()[0]: line.split()[1:4] for line in done.stdout.splitlines()[2:]}
    assert rows["small"] == ["4", "project", "yes"]
    assert rows["core"][1:] == ["reprokit", "yes"]
    assert rows["large"][1] == "reprokit"
    assert "wrong" not in rows
    assert (
        "error: suites/wrong.toml: probe (line 3): expected a list of tables, got `1`"
        in done.stderr
    )


def test_check_looks_at_own_suites_and_at_those_that_run(mixed: Project) -> None:
    """Each has a line, right or wrong; what a snapshot would refuse is found before it."""
    done = mixed.run("suite", "check")
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "small: 4 probes, no error; functions of the project were read, not run",
        "core: 27 probes, no error",
    ]
    assert "suites/wrong.toml: probe (line 3): expected a list of tables" in done.stderr
    assert "suites/gone.toml: there is no suite `gone`" in done.stderr
    assert "twin.toml: probe[0].id (line 7): `key` is a probe of the suite `small`" in done.stderr
    assert done.stderr.count("error: ") == 3


def test_check_of_a_name_looks_at_it_alone(mixed: Project) -> None:
    """Suites that are not run together may share ids."""
    done = mixed.run("suite", "check", "twin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "twin: 3 probes, no error\n"
