"""`mx`, that is `mlx.core`, loaded when it is first used, and whether it has a GPU here.

Catalogue modules can so be imported, to read an op's signature, by processes that must never
load MLX.
"""

from __future__ import annotations

import re
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

__all__ = ["has_gpu", "mx", "read_architecture", "read_gpu_architecture"]

_ARCHITECTURE = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}"
"""MLX_METAL_GPU_ARCH can put anything in its place."""


def has_gpu() -> bool:
    """Tell whether MLX can compute on a GPU here."""
    return bool(mx.is_available(mx.Device(mx.gpu, 0)))


def read_gpu_architecture() -> str | None:
    """Ask MLX for the architecture of the GPU, None without one."""
    if not has_gpu():
        return None
    return read_architecture(mx.device_info(mx.Device(mx.gpu, 0)).get("architecture"))


def read_architecture(value: object) -> str | None:
    """Read what MLX calls a device's architecture; None for what is no name of one."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(_ARCHITECTURE, text) else None
