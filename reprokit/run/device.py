"""What MLX says of its device; asked in a worker, since only workers load MLX.

`describe_device` runs there and loads nothing but MLX; `read_device_facts` makes facts of what it
says, outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import has_gpu, mx, read_architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.environment import Device, Gap
    from reprokit.run.messages import DeviceAnswer

NO_GPU = "no GPU on this machine"
"""Why a probe is skipped that asks for one."""


def describe_device() -> dict[str, Any]:
    """Ask MLX for its default device and its limits, as JSON can hold it: a `DeviceAnswer`."""
    device = mx.default_device()
    limit = mx.get_memory_limit() if hasattr(mx, "get_memory_limit") else None
    answer = {"default": device.type.name, "gpu": has_gpu(), "memory_limit_bytes": limit}
    try:
        info: Mapping[str, object] = mx.device_info(device)
    except RuntimeError as error:
        return answer | {"problem": f"MLX does not tell: {error}"}
    return answer | {"info": {key: it for key, it in info.items() if isinstance(it, str | int)}}


def read_device_facts(answer: DeviceAnswer) -> tuple[Device, tuple[Gap, ...]]:
    """Make facts of what a worker said of its device, and of what it could not say."""
    from reprokit.model.environment import Device, Gap
    from reprokit.observe.privacy import scrub

    if answer.problem is None:
        return read_device_info(
            answer.default, answer.info, memory_limit_bytes=answer.memory_limit_bytes
        ), ()
    gap = Gap(fact="device.name", reason=scrub(answer.problem))
    return Device(default=answer.default), (gap,)


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
    from reprokit.model.environment import Device

    return Device(
        default=default,
        name=_text(info.get("device_name")),
        architecture=read_architecture(info.get("architecture")),
        memory_bytes=_count(info.get("memory_size", info.get("total_memory"))),
        working_set_bytes=_count(info.get("max_recommended_working_set_size")),
        largest_buffer_bytes=_count(info.get("max_buffer_length")),
        memory_limit_bytes=memory_limit_bytes,
    )


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
