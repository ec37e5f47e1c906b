"""The computer: chip, architecture, cores, memory."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.model.environment import Hardware
from reprokit.observe.gaps import UnknownFactError, read_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.observe.gaps import GapCollector

_CPUINFO = Path("/proc/cpuinfo")
_ARCHITECTURES: Mapping[str, str] = {"aarch64": "arm64", "amd64": "x86_64"}


def observe_hardware(collector: GapCollector, *, gpu_architecture: str | None) -> Hardware:
    """Observe the computer.

    Args:
        collector: Takes the gaps.
        gpu_architecture: As MLX names it; None without a GPU.
    """
    return Hardware(
        chip=collector.ask("hardware.chip", read_chip),
        cpu_architecture=cpu_architecture(),
        cores=os.cpu_count(),
        memory_bytes=collector.ask("hardware.memory_bytes", read_memory_bytes),
        gpu_architecture=gpu_architecture,
        emulator=find_emulator(),
    )


def cpu_architecture() -> str:
    """Return `arm64` or `x86_64`, whatever the system calls it."""
    machine = platform.machine().lower()
    return _ARCHITECTURES.get(machine, machine)


def read_chip() -> str:
    """Return the processor's own name, as `Apple M1 Max`.

    Raises:
        UnknownFactError: Where neither `sysctl` nor /proc/cpuinfo tells it.
    """
    if sys.platform == "darwin":
        return read_command(("sysctl", "-n", "machdep.cpu.brand_string"))
    emulator = find_emulator()
    if emulator:
        msg = f"under {emulator}, /proc/cpuinfo is not the emulated processor's"
        raise UnknownFactError(msg)
    return parse_cpuinfo(_CPUINFO.read_text(encoding="utf-8", errors="replace"))


def parse_cpuinfo(text: str) -> str:
    """Read the processor's name from /proc/cpuinfo.

    x86 has a line `model name`; arm64 has numbers only, `CPU implementer` and `CPU part`, which
    are given as they stand.

    Raises:
        UnknownFactError: Where there is neither.
    """
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    if fields.get("model name"):
        return fields["model name"]
    implementer, part = fields.get("CPU implementer"), fields.get("CPU part")
    if implementer and part:
        return f"arm64 implementer {implementer} part {part}"
    msg = "/proc/cpuinfo has no `model name`"
    raise UnknownFactError(msg)


def read_memory_bytes() -> int:
    """Return the physical memory in bytes."""
    import psutil

    return int(psutil.virtual_memory().total)


def read_available_bytes() -> int:
    """Return the memory that can be had without swapping, in bytes."""
    import psutil

    return int(psutil.virtual_memory().available)


def find_emulator() -> str | None:
    """Tell what emulates the processor: `qemu-user`, or None where nothing is seen to.

    qemu-user shows a process its own program as /proc/self/exe, but not as
    /proc/thread-self/exe, which names the emulator.
    """
    try:
        own = Path("/proc/self/exe").readlink()
        thread = Path("/proc/thread-self/exe").readlink()
    except OSError:
        return None
    return "qemu-user" if own != thread and thread.name.startswith("qemu-") else None
