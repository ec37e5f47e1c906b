"""A user's project with tests."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.runs import PYPROJECT, TestedProject


@pytest.fixture
def tested(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> TestedProject:
    """A project, and nobody's CI."""
    monkeypatch.delenv("CI", raising=False)
    (pytester.path / "pyproject.toml").write_text(PYPROJECT)
    return TestedProject(pytester=pytester)
