"""`python -m reprokit` among modules of a user's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

SHADOWING = ("enum", "inspect", "json", "mlx", "queue", "random", "tomli", "typer", "typing")


def test_modules_of_the_project_shadow_nothing(tmp_path: Path) -> None:
    """Neither command line nor worker takes them for the real ones; a probe's own is imported."""
    project = make_project(tmp_path / "project")
    for name in SHADOWING:
        project.write(f"{name}.py", f'raise ImportError("{name} of the project")\n')
    project.write("mine.py", "import mlx.core as mx\n\ndef ones():\n    return mx.ones((2,))\n")
    declared = '[[probe]]\nid = "x"\nexpectation = "machine"\nop = "mine:ones"\n'
    with (project.root / "suites/small.toml").open("a") as file:
        file.write(declared)
    project.commit()
    assert project.command()[:2] == [sys.executable, "-m"]
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 ok" in done.stdout
