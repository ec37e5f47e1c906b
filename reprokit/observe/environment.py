"""Puts the environment together from the parts that are observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.environment import Device, Environment, Gap
from reprokit.model.names import make_slug
from reprokit.observe.gaps import GapCollector
from reprokit.observe.hardware import observe_hardware
from reprokit.observe.packages import observe_packages
from reprokit.observe.system import observe_interpreter, observe_system

if TYPE_CHECKING:
    from reprokit.model.environment import Lock


def observe_environment(
    *, device: Device, device_architecture: str | None, device_gaps: tuple[Gap, ...], lock: Lock
) -> Environment:
    """Observe everything but the code.

    Args:
        device: What MLX computes on by default, as a worker told.
        device_architecture: What MLX calls its architecture.
        device_gaps: What the worker could not tell.
        lock: The project's lock.
    """
    collector = GapCollector()
    gpu = device_architecture if device.default == "gpu" else None
    return Environment(
        hardware=observe_hardware(collector, gpu_architecture=gpu),
        os=observe_system(collector),
        python=observe_interpreter(),
        packages=observe_packages(collector),
        lock=lock,
        device=device,
        gaps=(*collector.gaps, *device_gaps),
    )


def derive_machine_name(environment: Environment) -> str:
    """Name a machine that nobody named: by its chip on a Mac, else by system and architecture.

    Returns:
        A slug, as `apple-m1-max` or `linux-x86-64`; `-qemu` marks an emulated processor.
    """
    hardware = environment.hardware
    if environment.os.name == "macOS" and hardware.chip:
        return make_slug(hardware.chip)
    name = make_slug(f"linux {hardware.cpu_architecture}")
    return f"{name}-qemu" if hardware.emulator else name
