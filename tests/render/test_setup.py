"""What became of a project's files, as text."""

from __future__ import annotations

from pathlib import Path

from reprokit.model.setup import Change, NextStep, PlannedFile
from reprokit.render.setup import render_setup

FILES = (
    PlannedFile(path=Path("a"), name="pyproject.toml", change=Change.UPDATED, note="a table"),
    PlannedFile(path=Path("b"), name="suites/\x1b[2J.toml", change=Change.WRITTEN),
    PlannedFile(path=Path("c"), name=".gitignore", change=Change.KEPT),
)

STEPS = (
    NextStep(command="uv lock", why="there is none"),
    NextStep(command="git add '\x07'", why="a commit"),
)


def test_files_steps_and_hook() -> None:
    """Each file has a row, each step its command below the reason; names cannot clear a screen."""
    text = render_setup(FILES, STEPS, hook="  - repo: local\n", dry_run=False)
    assert (
        text
        == """\
change   file                 note
-------  -------------------  -------
updated  pyproject.toml       a table
written  suites/\\x1b[2J.toml
kept     .gitignore

next:
  # there is none
  uv lock
  # a commit
  git add '\\x07'

To check before each push, run `pre-commit install --hook-type pre-push` once, and
add to the `repos` of .pre-commit-config.yaml:

  - repo: local
"""
    )


def test_a_dry_run_says_what_would_be() -> None:
    """Nothing follows where nothing is left to do."""
    text = render_setup(FILES, (), hook="", dry_run=True)
    assert [line.split("  ")[0] for line in text.splitlines()[2:]] == [
        "would be updated",
        "would be written",
        "kept",
    ]
