"""Finds the project and reads its settings."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from reprokit.errors import ProjectError
from reprokit.model.names import MANIFESTS, PYPROJECT
from reprokit.model.place import Place
from reprokit.model.settings import Settings
from reprokit.model.text_wire import PackageName, Slug
from reprokit.model.wire import convert_wire, parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterator


class SettingsWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[tool.reprokit]`."""

    machine: Slug | None = None
    suites: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1)] = ("core",)
    repeats: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 2
    packages: tuple[PackageName, ...] = ()
    manifests: str = MANIFESTS
    milestones: str = "milestones"
    suite_folder: str = "suites"
    required_families: tuple[Slug, ...] = msgspec.field(default=(), name="required-families")


def read_settings(start: Path) -> Settings:
    """Read the settings of the project that a folder lies in.

    Args:
        start: Any folder of the project. The nearest pyproject.toml at it or above it counts.

    Raises:
        ProjectError: Where there is none, or it is wrong.
    """
    root = _find_root(start)
    try:
        text = (root / PYPROJECT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot be read: {error}", where=PYPROJECT) from None
    return parse_settings(text, root)


def parse_settings(text: str, root: Path) -> Settings:
    """Parse the settings in a pyproject.toml.

    Args:
        text: The file's.
        root: The project's folder.

    Raises:
        ProjectError: Where it is wrong.
    """
    data = parse_toml(text, where=Place(PYPROJECT), error=ProjectError)
    table = _subtable(data, "tool", "reprokit")
    where = Place(PYPROJECT, ("tool", "reprokit"), text)
    wire = convert_wire(table, SettingsWire, where=where, error=ProjectError)
    for field in ("manifests", "milestones", "suite_folder"):
        _check_folder(getattr(wire, field), where / field)
    name = _subtable(data, "project").get("name")
    return Settings(
        root=root,
        project=name if isinstance(name, str) else root.name,
        machine=wire.machine,
        suites=tuple(wire.suites),
        repeats=wire.repeats,
        packages=wire.packages,
        manifests=wire.manifests,
        milestones=wire.milestones,
        suite_folder=wire.suite_folder,
        required_families=wire.required_families,
    )


def _find_root(start: Path) -> Path:
    for folder in _upwards(start):
        if (folder / PYPROJECT).is_file():
            return folder
    raise ProjectError(
        f"there is no {PYPROJECT} here or above",
        hint="run reprokit inside a project, or make one with `uv init`",
    )


def _upwards(start: Path) -> Iterator[Path]:
    folder = start.resolve()
    yield folder
    yield from folder.parents


def _subtable(data: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        data = data.get(name, {})
        if not isinstance(data, dict):
            raise ProjectError("expected a table", where=f"{PYPROJECT}: {'.'.join(names)}")
    return data


def _check_folder(folder: str, where: Place) -> None:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ProjectError(
            f"`{folder}` is not a folder inside the project",
            where=str(where),
            hint=f'name one below the project\'s own, as `{where.steps[-1]} = "evidence"`',
        )
