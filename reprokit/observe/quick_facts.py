"""The processor's architecture, the folder of manifests, MLX's wheels: within milliseconds.

A run of tests waits for them before its first result. What a snapshot says of the same, by
`packages` and `project`, is the same.
"""

from __future__ import annotations

import os
import platform
import sys
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from reprokit.model.names import MANIFESTS, PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

NUMERIC_PACKAGES = ("mlx", "mlx-metal", "mlx-cpu", "mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""MLX, and the packages that its native library comes in."""

_METADATA = ".dist-info"
_OWN = "reprokit"
_CPU_ARCHITECTURES: Mapping[str, str] = {"aarch64": "arm64", "amd64": "x86_64"}


def cpu_architecture() -> str:
    """Return `arm64` or `x86_64`, whatever the system calls it."""
    machine = platform.machine().lower()
    return _CPU_ARCHITECTURES.get(machine, machine)


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


def observe_native_wheels(
    folders: Sequence[str] | None = None,
) -> dict[str, tuple[str, str | None]]:
    """Read version and tags of MLX's packages.

    Args:
        folders: Where packages lie; `sys.path` by default.

    Returns:
        Version, and the wheel's tags, by name; tags are None where the wheel does not tell.
    """
    found: dict[str, tuple[str, str | None]] = {}
    for path, name in _find_metadata(sys.path if folders is None else folders):
        if name in found:
            continue
        version = next(_read_fields(path, "METADATA", "version"), None)
        if version:
            tags = ",".join(_read_fields(path, "WHEEL", "tag"))
            found[name] = (version, tags or None)
    return {name: found[name] for name in NUMERIC_PACKAGES if name in found}


def _find_metadata(folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    for folder in dict.fromkeys(folders):
        try:
            entries = os.listdir(folder or ".")  # noqa: PTH208 - a tenth of Path's time
        except OSError:
            continue
        for entry in sorted(it for it in entries if it.endswith(_METADATA)):
            name = entry.removesuffix(_METADATA).partition("-")[0].replace("_", "-").lower()
            if name in NUMERIC_PACKAGES:
                yield f"{folder or '.'}/{entry}", name


def _read_fields(path: str, file_name: str, field: str) -> Iterator[str]:
    """Read the values of a field in the head of a file."""
    try:
        with open(f"{path}/{file_name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            for line in file:
                key, _, value = line.partition(":")
                if key.lower() == field and value.strip():
                    yield value.strip()
                if not line.strip():
                    return
    except OSError:
        return
