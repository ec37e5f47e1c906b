"""The computer: asked of its own system, and checked against what MLX says of the GPU."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from reprokit.model.chips import GPU_ARCHITECTURES
from reprokit.model.environment import Gap
from reprokit.observe.linux import observe_linux_hardware, read_cgroup_room
from reprokit.observe.macos import observe_mac_hardware
from reprokit.observe.privacy import scrub
from reprokit.observe.quick_facts import cpu_architecture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.model.environment import Hardware, Variable
    from reprokit.observe.gaps import GapCollector

_GENERATION = re.compile(r"Apple M([1-5])(?: Pro| Max| Ultra)?")
_FIRST_GENERATION = 12
"""The M1's GPU is of generation 13, the M5's of 17."""

_PARAVIRTUAL = "air64_"
_OVERRIDE = "MLX_METAL_GPU_ARCH"


def observe_hardware(collector: GapCollector, *, gpu_architecture: str | None) -> Hardware:
    """Observe the computer.

    Args:
        collector: Takes the gaps.
        gpu_architecture: As MLX names it; None without a GPU.
    """
    observe = observe_mac_hardware if sys.platform == "darwin" else observe_linux_hardware
    return observe(
        collector, cpu_architecture=cpu_architecture(), gpu_architecture=gpu_architecture
    )


def read_available_bytes() -> int:
    """Return the memory that can be had without swapping or meeting a cgroup's limit, in bytes."""
    import psutil

    available = int(psutil.virtual_memory().available)
    room = None if sys.platform == "darwin" else read_cgroup_room()
    return available if room is None else min(available, room)


def find_contradictions(hardware: Hardware, variables: Iterable[Variable]) -> tuple[Gap, ...]:
    """Find out whether the GPU's architecture fits the chip that the system names.

    MLX repeats what MLX_METAL_GPU_ARCH says as if it were the device's own architecture. In a
    virtual machine the GPU may be a paravirtual one, whose name tells nothing of the chip.

    Args:
        hardware: As it was observed.
        variables: The variables that are set.

    Returns:
        A gap for `hardware.gpu_architecture` where it contradicts the chip, or where it was
        overridden and the chip cannot confirm it; else nothing.
    """
    architecture = hardware.gpu_architecture
    if not architecture or (hardware.virtual and architecture.startswith(_PARAVIRTUAL)):
        return ()
    chip = (hardware.chip or "").removesuffix(" (Virtual)")
    expected = _expect_architecture(chip)
    is_overridden = any(item.name == _OVERRIDE and item.value == architecture for item in variables)
    if expected is None:
        reason = f"`{_OVERRIDE}` sets `{architecture}`, which nothing else confirms"
        return _explain(reason) if is_overridden else ()
    if architecture.startswith(expected):
        return ()
    cause = f"; `{_OVERRIDE}` sets it" if is_overridden else ""
    return _explain(f"`{architecture}` is not what an {chip} has, `{expected}`{cause}")


def _expect_architecture(chip: str) -> str | None:
    """Return the architecture of a chip, or how it begins where only its generation is known."""
    if chip in GPU_ARCHITECTURES:
        return GPU_ARCHITECTURES[chip]
    generation = _GENERATION.fullmatch(chip)
    return f"applegpu_g{_FIRST_GENERATION + int(generation[1])}" if generation else None


def _explain(reason: str) -> tuple[Gap, ...]:
    return (Gap(fact="hardware.gpu_architecture", reason=scrub(reason)),)
