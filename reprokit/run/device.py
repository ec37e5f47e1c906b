"""What MLX says of its device; asked in a worker, since only workers load MLX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reprokit.model.environment import Device, Gap
from reprokit.numerics.backend import mx
from reprokit.run.messages import DeviceFacts

if TYPE_CHECKING:
    from collections.abc import Mapping


_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")
"""An architecture's name; MLX_METAL_GPU_ARCH can put anything in its place."""


def describe_device() -> DeviceFacts:
    """Ask MLX for its default device and its limits."""
    device = mx.default_device()
    try:
        info: Mapping[str, object] = mx.device_info(device)
    except RuntimeError as error:
        gap = Gap(fact="device.name", reason=f"MLX does not tell: {error}")
        return DeviceFacts(device=Device(default=device.type.name), gaps=(gap,))
    limit = mx.get_memory_limit() if hasattr(mx, "get_memory_limit") else None
    return DeviceFacts(device=read_device_info(device.type.name, info, memory_limit_bytes=limit))


def read_device_info(
    default: str, info: Mapping[str, object], *, memory_limit_bytes: int | None = None
) -> Device:
    """Read the mapping that `mx.device_info()` gives.

    Args:
        default: `cpu` or `gpu`.
        info: On Metal `device_name`, `architecture`, `memory_size`, `max_buffer_length` and
            `max_recommended_working_set_size`; on a CPU `device_name` and `architecture`; other
            backends may say `total_memory`.
        memory_limit_bytes: What `mx.get_memory_limit()` gives.
    """
    architecture = _text(info.get("architecture"))
    return Device(
        default=default,
        name=_text(info.get("device_name")),
        architecture=architecture if architecture and _WORD.fullmatch(architecture) else None,
        memory_bytes=_count(info.get("memory_size", info.get("total_memory"))),
        working_set_bytes=_count(info.get("max_recommended_working_set_size")),
        largest_buffer_bytes=_count(info.get("max_buffer_length")),
        memory_limit_bytes=memory_limit_bytes,
    )


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
