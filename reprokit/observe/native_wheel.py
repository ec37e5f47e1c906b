"""MLX's wheels alone, read in a millisecond or two: for tests, which ask while others wait.

What `observe.packages` says of the same packages is the same.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NUMERIC_PACKAGES = ("mlx", "mlx-metal", "mlx-cpu", "mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""MLX, and the packages that its native library comes in."""

_START = "mlx"
_METADATA = ".dist-info"


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
        if name not in NUMERIC_PACKAGES or name in found:
            continue
        version = next(_read_fields(path, "METADATA", "version"), None)
        if version:
            tags = ",".join(_read_fields(path, "WHEEL", "tag"))
            found[name] = (version, tags or None)
    return {name: found[name] for name in NUMERIC_PACKAGES if name in found}


def _find_metadata(folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    for folder in dict.fromkeys(folders):
        try:
            entries = sorted(os.listdir(folder or "."))  # noqa: PTH208 - a tenth of Path's time
        except OSError:
            continue
        for entry in entries:
            if entry[: len(_START)].lower() == _START and entry.endswith(_METADATA):
                name = entry.removesuffix(_METADATA).partition("-")[0].replace("_", "-").lower()
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
