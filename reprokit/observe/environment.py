"""Puts the environment together from the parts that are observed."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.errors import ProjectError
from reprokit.model.environment import Environment, Lock
from reprokit.model.names import make_slug
from reprokit.observe.cuda import read_cuda_driver
from reprokit.observe.drift import Installation, observe_installation
from reprokit.observe.gaps import GapCollector
from reprokit.observe.hardware import find_contradictions, observe_hardware
from reprokit.observe.interpreter import observe_interpreter
from reprokit.observe.packages import observe_packages
from reprokit.observe.quick_facts import NUMERIC_PACKAGES
from reprokit.observe.system import observe_system
from reprokit.observe.variables import observe_variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprokit.model.environment import Device, Gap
    from reprokit.model.settings import Settings


def observe_environment(
    settings: Settings, ask_device: Callable[[], tuple[Device, tuple[Gap, ...]]]
) -> Environment:
    """Observe everything but the code.

    Args:
        settings: The project, and the packages it wants observed beside MLX.
        ask_device: Asks a worker what MLX computes on by default, and what of it is unknown. It
            is asked after what takes long here, since a worker takes its time to start.
    """
    collector = GapCollector()
    variables = observe_variables()
    installation = _observe_installation(collector, settings)
    device, device_gaps = ask_device()
    gpu = device.architecture if device.default == "gpu" else None
    hardware = observe_hardware(collector, gpu_architecture=gpu)
    if device.default == "gpu" and sys.platform == "linux":
        device = replace(device, driver=collector.ask("device.driver", read_cuda_driver))
    return Environment(
        hardware=hardware,
        os=observe_system(collector),
        python=observe_interpreter(collector),
        packages=installation.packages,
        lock=installation.lock,
        device=device,
        variables=variables,
        drift=installation.drift,
        gaps=(*collector.gaps, *find_contradictions(hardware, variables), *device_gaps),
    )


def _observe_installation(collector: GapCollector, settings: Settings) -> Installation:
    """Observe lock and packages; where the lock cannot be read, the packages alone."""
    try:
        return observe_installation(
            collector, root=settings.root, project=settings.project, numeric=settings.packages
        )
    except ProjectError as error:
        reason = f"{error.where}: {error.message}" if error.where else error.message
        collector.add("lock.sha256", reason)
        packages = observe_packages(collector, (*NUMERIC_PACKAGES, *settings.packages))
        return Installation(packages=packages, lock=Lock(), drift=())


def derive_machine_name(environment: Environment) -> str:
    """Name a machine that nobody named: by its chip on a Mac, else by system and architecture.

    Returns:
        A slug, as `apple-m1-max` or `linux-x86-64`; `-qemu` marks an emulated processor.
    """
    hardware = environment.hardware
    if environment.os.name == "macOS":
        return make_slug(hardware.chip or f"mac {hardware.cpu_architecture}")
    name = make_slug(f"linux {hardware.cpu_architecture}")
    return f"{name}-qemu" if hardware.emulator else name
