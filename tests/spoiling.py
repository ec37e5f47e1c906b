"""Good tables with one value spoiled."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

GONE = object()
"""Stands for a value that is taken away."""


def spoil(tables: dict[str, Any], path: Sequence[str | int], value: object) -> dict[str, Any]:
    """Copy tables with one value changed, gone, or another one added beside it."""
    copied = deepcopy(tables)
    inner: Any = copied
    for step in path[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copied
