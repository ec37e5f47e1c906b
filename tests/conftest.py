"""Fixtures that several rooms' tests share, and what all tests need of their process."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

settings.register_profile("shared", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("shared")  # how fast examples are made is a matter of who else computes here

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell's background, and a worker of pytest-xdist, leave interrupts out; so would what the
    # tests start
    signal.signal(signal.SIGINT, signal.default_int_handler)


for _name in ("CI", "GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS", "NO_COLOR", "COLUMNS"):
    # the tests play people at their desks, wherever they run; those of CI set it themselves
    os.environ.pop(_name, None)


os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# each command that the tests start would compile all of reprokit anew, and take twice as long


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A user's project in a git repository of its own."""
    return make_project(tmp_path / "project")
