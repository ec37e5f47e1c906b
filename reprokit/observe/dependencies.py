"""What a project's pyproject.toml says it depends on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from reprokit.errors import ProjectError
from reprokit.model.names import PYPROJECT
from reprokit.model.place import Place
from reprokit.model.wire import decode_text, parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FIELDS = ("name", "dependencies", "optional-dependencies")
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")


def is_declared(root: Path, distribution: str) -> bool:
    """Tell whether a project is a distribution, or names it among its dependencies.

    Args:
        root: The project's folder.
        distribution: The distribution's name.

    Returns:
        Whether it is the project's own name, or stands in `dependencies`, in an extra, in a group
        of dependencies, or in uv's `dev-dependencies`.

    Raises:
        ProjectError: Where pyproject.toml is no TOML.
    """
    content = (root / PYPROJECT).read_bytes()
    text = decode_text(content, where=Place(PYPROJECT), error=ProjectError)
    data = parse_toml(text, where=Place(PYPROJECT), error=ProjectError)
    wanted = canonicalize_name(distribution)
    names = (_NAME.match(requirement) for requirement in _list_requirements(data))
    return any(canonicalize_name(name[1]) == wanted for name in names if name)


def _list_requirements(data: Mapping[str, Any]) -> Iterator[str]:
    project = data.get("project", {})
    yield from _list_texts([project.get(name) for name in _FIELDS])
    yield from _list_texts(data.get("dependency-groups"))
    yield from _list_texts(data.get("tool", {}).get("uv", {}).get("dev-dependencies"))


def _list_texts(value: object) -> Iterator[str]:
    """List the texts in lists and tables, whatever their shape: uv is the one to check it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(item)
