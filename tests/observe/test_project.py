"""Finds the project and reads its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ProjectError
from reprokit.observe.project import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.model.settings import Settings


def read(folder: Path, text: str) -> Settings:
    """Read the settings of a project with this pyproject.toml."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def test_defaults(tmp_path: Path) -> None:
    """A project that says nothing has the defaults, and its folder's name."""
    settings = read(tmp_path, "")
    assert (settings.root, settings.project) == (tmp_path.resolve(), tmp_path.name)
    assert (settings.machine, settings.suites, settings.repeats) == (None, ("core",), 2)
    assert settings.manifests_path == tmp_path.resolve() / "manifests"
    assert settings.milestones_path == tmp_path.resolve() / "milestones"
    assert settings.suites_path == tmp_path.resolve() / "suites"


def test_settings(tmp_path: Path) -> None:
    """What `[tool.reprokit]` says counts."""
    settings = read(
        tmp_path,
        '[project]\nname = "demo"\n[tool.reprokit]\nmachine = "m1"\nsuites = ["core", "mine"]\n'
        'repeats = 3\nmanifests = "evidence/manifests"\nrequired-families = ["applegpu_g13s"]\n',
    )
    assert settings.required_families == ("applegpu_g13s",)
    assert (settings.project, settings.machine, settings.repeats) == ("demo", "m1", 3)
    assert settings.suites == ("core", "mine")
    assert settings.manifests_path == tmp_path.resolve() / "evidence" / "manifests"


def test_settings_are_found_from_a_folder_below(tmp_path: Path) -> None:
    """Any folder of the project leads to the nearest pyproject.toml above."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "demo"\n', encoding="utf-8")
    below = tmp_path / "src" / "demo"
    below.mkdir(parents=True)
    assert read_settings(below).root == tmp_path.resolve()


def test_no_project(tmp_path: Path) -> None:
    """Where there is no pyproject.toml, the error says what to do."""
    with pytest.raises(ProjectError, match=r"there is no pyproject\.toml here or above") as caught:
        read_settings(tmp_path)
    assert "uv init" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("line", "place", "message"),
    [
        ('machine = "M1 Max"', "machine", "is not of the form"),
        ('machine = "m1\\n"', "machine", "is not of the form"),
        ('machine = "../m1"', "machine", "is not of the form"),
        ("suites = []", "suites", "is empty"),
        ('suites = "core"', "suites", "expected a list"),
        ('suites = ["core", "A"]', "suites[1]", "is not of the form"),
        ("repeats = 0", "repeats", "`0` is out of bounds"),
        ("repeats = true", "repeats", "expected an integer, got `true`"),
        ("repeats = 1001", "repeats", "`1001` is out of bounds"),
        ("machien = 1", "machien", "unknown field `machien`"),
        ('manifests = "/tmp/m"', "manifests", "is not a folder inside the project"),
        ('milestones = "../m"', "milestones", "is not a folder inside the project"),
        ('milestones = "a/../../m"', "milestones", "is not a folder inside the project"),
        ('suite_folder = ""', "suite_folder", "is not a folder inside the project"),
        ('suite_folder = "."', "suite_folder", "is not a folder inside the project"),
    ],
)
def test_wrong_settings(tmp_path: Path, line: str, place: str, message: str) -> None:
    """A wrong setting is refused at its place."""
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, f"[tool.reprokit]\n{line}\n")
    assert caught.value.where is not None
    place = ".".join(["tool.reprokit", *([place] if place else [])])
    assert caught.value.where == f"pyproject.toml: {place} (line 2)"
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("tool = 1\n", "pyproject.toml: tool.reprokit"),
        ("[tool]\nreprokit = 1\n", "pyproject.toml: tool.reprokit"),
        ('project = "demo"\n', "pyproject.toml: project"),
    ],
)
def test_not_a_table(tmp_path: Path, text: str, place: str) -> None:
    """What should be a table and is none is told by its name."""
    with pytest.raises(ProjectError, match="expected a table") as caught:
        read(tmp_path, text)
    assert caught.value.where == place


def test_not_toml(tmp_path: Path) -> None:
    """A pyproject.toml that is no TOML is refused with its line."""
    with pytest.raises(ProjectError, match="no statement") as caught:
        read(tmp_path, "a = 1\n]\n")
    assert caught.value.where == "pyproject.toml (line 2)"


def test_not_utf8(tmp_path: Path) -> None:
    """A pyproject.toml that is not UTF-8 is refused."""
    (tmp_path / "pyproject.toml").write_bytes(b'name = "\xff"\n')
    with pytest.raises(ProjectError, match="cannot be read"):
        read_settings(tmp_path)
