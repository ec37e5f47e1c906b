"""The tools that keep the code in order are part of the tests, so that one command runs all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

COMMANDS = {
    "lint": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy",),
}


@pytest.mark.parametrize("tool", COMMANDS)
def test_tool_finds_nothing(tool: str) -> None:
    """Linter, formatter and type checker have nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", *COMMANDS[tool]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
