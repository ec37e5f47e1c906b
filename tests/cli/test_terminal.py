"""What commands print on a terminal of 80 columns, and in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

import pytest

from tests.committed import copy_manifests
from tests.projects import make_project

if TYPE_CHECKING:
    from tests.projects import Project

COMMANDS = {
    "suite list": ("suite", "list"),
    "suite show": ("suite", "show", "core"),
    "machines": ("machines",),
    "compare": ("compare", "--machines", "m1,m3,m5"),
    "env diff": ("env", "diff", "m1", "m5"),
}


def run_on_terminal(project: Project, *arguments: str, columns: int = 80) -> str:
    """Run reprokit with a terminal for standard output, and return what it printed."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        project.command(*arguments),
        cwd=project.root,
        stdout=inner,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    os.close(inner)
    printed = b""
    try:
        while chunk := os.read(outer, 65536):
            printed += chunk
    except OSError:  # how Linux tells that the other end is closed
        pass
    os.close(outer)
    assert process.wait(timeout=60) in {0, 1}
    return printed.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that holds the manifests of the three Apple machines."""
    project = make_project(tmp_path_factory.mktemp("terminal") / "project")
    copy_manifests(project.root / "manifests", "apple-m1-max", "apple-m3-ultra", "apple-m5")
    return project


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_wider_than_the_terminal(published: Project, name: str) -> None:
    """At 80 columns every line ends before the edge."""
    narrow = run_on_terminal(published, *COMMANDS[name])
    assert narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_a_pipe_has_what_a_wide_terminal_has(published: Project) -> None:
    """In a pipe nothing is wrapped and nothing left out."""
    piped = published.run("compare").stdout
    assert max(map(len, piped.splitlines())) > 80
    assert run_on_terminal(published, "compare", columns=1000) == piped


def test_a_snapshot_leaves_out_columns_and_says_so(project: Project) -> None:
    """On a terminal that is too narrow the rows stay whole, and a line tells what went."""
    text = run_on_terminal(project, "snapshot", "--machine", "here", columns=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "No room here for: array" in text
    assert "probe    status  digest" in text


def test_a_file_has_all_that_a_terminal_has_not(published: Project) -> None:
    """`--output` is no terminal, whatever standard output is."""
    assert run_on_terminal(published, "compare", "--output", "report.txt") == ""
    assert (published.root / "report.txt").read_text() == published.run("compare").stdout
