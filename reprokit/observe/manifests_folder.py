"""Where a project keeps its manifests, and no more: for tests, which ask while others wait."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from reprokit.model.names import MANIFESTS, PYPROJECT

if TYPE_CHECKING:
    from pathlib import Path

_OWN = "reprokit"


def find_manifests_folder(start: Path) -> tuple[Path, Path] | None:
    """Find a project's folder, and that of its manifests.

    Args:
        start: Any folder of the project, as for `read_settings`.

    Returns:
        Both folders; None where `read_settings` is to be asked, which tells what is wrong.
    """
    folder = start.resolve()
    root = next((it for it in (folder, *folder.parents) if (it / PYPROJECT).is_file()), None)
    if root is None:
        return None
    try:
        text = (root / PYPROJECT).read_text(encoding="utf-8")
        name = _find_name(tomllib.loads(text)) if _OWN in text else MANIFESTS
    except (OSError, ValueError, RecursionError):
        return None
    if name is None or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return None
    return root, root / name


def _find_name(data: dict[str, Any]) -> str | None:
    """Find the setting; None where it, or a table that should hold it, is of another kind."""
    own: object = data
    for table in ("tool", _OWN):
        own = own.get(table, {}) if isinstance(own, dict) else None
    name = own.get("manifests", MANIFESTS) if isinstance(own, dict) else None
    return name if isinstance(name, str) and name.strip("/. ") else None
