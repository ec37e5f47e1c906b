"""docs/pytest.md, tried as a reader would."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.projects import Project
from tests.pytest_plugin.runs import LOADED

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text()
COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)
assert LOADED


def test_the_session_runs_as_it_is_shown(tested: TestedProject) -> None:
    """The page's test goes from new to accepted to changed, by the page's commands."""
    (example, _) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    path = tested.root / "tests" / "test_training.py"
    path.parent.mkdir()
    path.write_text(example)
    project = Project(root=tested.root)
    project.git("init", "--quiet")
    first, update, accept, _commit, accepted, changed = COMMAND.findall(PAGE)
    assert (first, accepted, changed) == ("pytest -q",) * 3
    assert "is new: nobody has accepted it" in tested.run("-q").stdout.str()
    written = tested.run(*update.split()[1:])
    assert "wrote 1 pending to manifests/accepted/" in written.stdout.str()
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', accept)]
    done = project.run(*words[1:])
    assert done.returncode == 0, done.stderr
    tested.run("-q").assert_outcomes(passed=1)
    (edit,) = re.findall("Then somebody writes `(.*)`", PAGE)
    path.write_text(example.replace("0.125 * gradient", edit))
    told = tested.run("-q").stdout.str()
    assert "1 of 2 leaves differs; weights: " in told
    assert "elements differ, by up to" in told
