"""What MLX says of its device; asked in a worker, since only workers load MLX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx
from reprokit.run.messages import DeviceFacts

if TYPE_CHECKING:
    from collections.abc import Mapping


def describe_device() -> DeviceFacts:
    """Ask MLX for its default device."""
    device = mx.default_device()
    return read_device_info(device.type.name, mx.device_info(device))


def read_device_info(default: str, info: Mapping[str, object]) -> DeviceFacts:
    """Read the mapping that `mx.device_info()` gives.

    Args:
        default: `cpu` or `gpu`.
        info: On Metal `device_name`, `architecture`, `max_recommended_working_set_size` and more;
            on a Linux CPU `device_name` and `architecture`.
    """
    working_set = info.get("max_recommended_working_set_size")
    return DeviceFacts(
        default=default,
        name=_text(info.get("device_name")),
        architecture=_text(info.get("architecture")),
        working_set_bytes=working_set if isinstance(working_set, int) else None,
    )


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None
