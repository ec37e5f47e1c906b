"""`mx`, that is `mlx.core`, loaded when it is first used.

Catalogue modules can so be imported, to read an op's signature, by processes that must never
load MLX.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mlx.core as mx
else:

    class _DeferredModule:
        """Stands for a module and imports it when an attribute is asked for."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> object:
            value = getattr(import_module(self._name), attribute)
            setattr(self, attribute, value)
            return value

    mx = _DeferredModule("mlx.core")

__all__ = ["mx"]
