"""Small real projects in real git repositories, and the real command run in them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.loaded_command import load_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUITE = """\
schema = "reprokit/suite/1"
name = "small"
about = "Three quick probes."
excludes = "Everything else."

[[probe]]
id = "key"
op = "random.key"
seed = 7
expectation = "everywhere"

[[probe]]
id = "normal"
op = "random.normal"
seed = 0
arguments = { shape = [8] }
expectation = "family"

[[probe]]
id = "uniform"
op = "random.uniform"
seed = 0
arguments = { shape = [5000] }
expectation = "everywhere"
"""

PYPROJECT = """\
[project]
name = "sample"
version = "1"
requires-python = ">=3.11"

[tool.reprokit]
suites = ["small"]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project of a user's."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git in the project, as nobody in particular."""
        identity = ("-c", "user.name=Nobody", "-c", "user.email=nobody@mail.example")
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, message: str = "change") -> str:
        """Commit all that there is, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of reprokit."""
        return [sys.executable, "-m", "reprokit", *arguments]

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run reprokit in the project's folder."""
        variables = os.environ | dict(environment or {})
        loaded = load_command()
        if loaded.suits(variables):
            return loaded.run(arguments, self.root, variables)
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            check=False,
            capture_output=True,
            text=True,
            env=variables,
            timeout=120,
        )

    def manifests(self) -> list[Path]:
        """List the manifests there are."""
        return sorted((self.root / "manifests").rglob("*.toml"))


def make_project(root: Path) -> Project:
    """Make a project with a lock, one small suite, and one commit."""
    project = Project(root=root)
    root.mkdir(parents=True, exist_ok=True)
    project.git("init", "--quiet", "--initial-branch=main")
    project.write("pyproject.toml", PYPROJECT)
    uv = os.environ.get("UV", "uv")
    subprocess.run([uv, "lock", "--quiet", "--offline"], cwd=root, check=True)
    project.write("suites/small.toml", SUITE)
    project.write(".gitignore", "__pycache__/\n")
    project.commit("first")
    return project
