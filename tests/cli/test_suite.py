"""`reprokit suite list` and `suite check` on a project whose suites are not all right."""

from __future__ import annotations

from dataclasses import replace
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


FUNCTION_TEXT = "def function():\n    pass\n"
IMPORTS = {
    "mine/__init__.py": "",
    "mine/good.py": "def one():\n    raise ValueError\n\ndef two():\n    pass\n",
    "mine/chain.py": f"from mine import absent\n\n{FUNCTION_TEXT}",
    "mine/absent.py": "import not_there\n",
    "mine/exits.py": f"print('last words', flush=True)\nraise SystemExit(3)\n\n{FUNCTION_TEXT}",
    "mine/hangs.py": f"import time\ntime.sleep(600)\n\n{FUNCTION_TEXT}",
    "mine/gone.py": f"{FUNCTION_TEXT}\ndel function\n",
}


def declare(op: str) -> str:
    """Declare a probe of a function of `mine`."""
    name = op.replace(":", "-")
    rest = 'expectation = "machine"\ntime_limit_s = 2\n'
    return f'\n[[probe]]\nid = "{name}"\nop = "mine.{op}"\n{rest}'


HEAD = 'schema = "reprokit/suite/1"\nname = "{}"\n'


@pytest.fixture(scope="module")
def importing(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with functions that can be imported, and some that cannot."""
    project = make_project(tmp_path_factory.mktemp("imports") / "project")
    for name, text in IMPORTS.items():
        project.write(name, text)
    wrong = ("chain:function", "exits:function", "hangs:function", "gone:function")
    project.write("suites/small.toml", HEAD.format("small") + "".join(map(declare, wrong)))
    right = ("good:one", "good:two")
    project.write("suites/right.toml", HEAD.format("right") + "".join(map(declare, right)))
    return project


def test_check_reads_functions_and_imports_them_when_asked(importing: Project) -> None:
    """Neither calls them, and what cannot be imported is found only by the second."""
    read = importing.run("suite", "check")
    assert (read.returncode, read.stderr) == (0, "")
    assert "small: 4 probes, no error; functions of the project were read, not run" in read.stdout
    done = importing.run("suite", "check", "right", "core", "--import")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "right: 2 probes, no error; functions of the project were imported, not run",
        "core: 27 probes, no error",
    ]


def test_check_tells_which_functions_cannot_be_imported(importing: Project) -> None:
    """Each with its place, the module's file, the end of its traceback, and what to do."""
    done = importing.run("suite", "check", "small", "right", "--import")
    assert done.returncode == 2
    assert done.stdout.splitlines() == [
        "right: 2 probes, no error; functions of the project were imported, not run"
    ]
    chain, exits, hangs, gone = done.stderr.removeprefix("error: ").split("\nerror: ")
    first, *rest = chain.splitlines()
    assert first == (
        "suites/small.toml: probe[0].op (line 6): `mine.chain:function` of mine/chain.py cannot be "
        "imported: ModuleNotFoundError: No module named 'not_there'"
    )
    assert rest == [
        "  Traceback (most recent call last):",
        '    File "<project>/mine/chain.py", line 1, in <module>',
        "      from mine import absent",
        '    File "<project>/mine/absent.py", line 1, in <module>',
        "      import not_there",
        "  ModuleNotFoundError: No module named 'not_there'",
        "hint: mend it there, and install what it imports, as with `uv add`",
    ]
    assert "probe[1].op (line 12): `mine.exits:function`" in exits
    assert "cannot be imported: crashed: exit 3\n  last words\nhint: let the module" in exits
    assert "cannot be imported: timed-out: no result within 2 s\n" in hangs
    assert 'File "<project>/mine/hangs.py", line 2 in <module>' in hangs
    assert "has no attribute 'function'" in gone
    assert "hint: mend it there" in gone


def test_check_imports_from_any_folder_of_the_project(importing: Project) -> None:
    """Functions are found where the project is, wherever the command is run."""
    folder = importing.root / "deep"
    folder.mkdir()
    done = replace(importing, root=folder).run("suite", "check", "right", "--import")
    assert (done.returncode, done.stderr) == (0, "")
