"""Fixtures that several rooms' tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A user's project in a git repository of its own."""
    return make_project(tmp_path / "project")
