"""Facts that follow from what was observed: generations, thresholds, TF32, fused multiply-add.

Each is a function of one environment. None is a fact that is not known; facts that do not apply
have a value that says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from reprokit.model.environment_difference import Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from reprokit.model.environment import Environment

NONE = "none"
"""The value of a fact that does not apply to a machine."""

YES, NO = "yes", "no"

GPU_GENERATION = "GPU generation"
MACOS = "macOS"
TF32_ON = "TF32 on"
TF32_POSSIBLE = "TF32 possible"
FUSED = "fused multiply-add in the CPU"
C_LIBRARY = "C library"

TF32_VARIABLE = "MLX_ENABLE_TF32"

_TF32_GENERATION = 17
_TF32_PHONE_GENERATION = 18
"""Of GPUs whose architecture ends in `p`, those of phones."""

_TF32_MACOS = (26, 2)
_APPLE_GPU = re.compile(r"applegpu_g([0-9]{1,4})([a-z]?)")
_BACKENDS = ("mlx-metal", "mlx-cpu", "mlx")
"""Packages whose wheels hold kernels, the likeliest first."""

_VERSION_PARTS = 4
_CUDA = "mlx-cuda"


class Known(NamedTuple):
    """One environment, and how much of it is known.

    Attributes:
        environment: What was observed.
        gaps: Facts that could not be had, by their dotted names.
        complete: Whether what it does not hold is not there: an environment that somebody
            published may lack anything.
    """

    environment: Environment
    gaps: Collection[str]
    complete: bool

    def lacks(self, fact: str) -> bool:
        """Tell whether a fact without a value is not known, rather than not there."""
        return not self.complete or fact in self.gaps


class DerivedFact(NamedTuple):
    """How a fact is derived, and whether it can change bytes."""

    name: str
    derive: Callable[[Known], str | None]
    impact: Impact
    reason: str


class OrderedFact(NamedTuple):
    """A fact whose values have an order, so that machines lie below a threshold or not.

    Attributes:
        name: What a threshold is called by, before `>= 15`.
        read: The value as numbers; an empty tuple where it does not apply; None where unknown.
        reason: Why it can change bytes.
    """

    name: str
    read: Callable[[Known], tuple[int, ...] | None]
    reason: str


def read_gpu_generation(known: Known) -> tuple[int, ...] | None:
    """Read the generation of an Apple GPU, as 17 of `applegpu_g17g`."""
    name = known.environment.hardware.gpu_architecture
    if "hardware.gpu_architecture" in known.gaps or (name is None and not known.complete):
        return None
    match = _APPLE_GPU.fullmatch(name or "")
    return (int(match[1]),) if match else ()


def read_macos_version(known: Known) -> tuple[int, ...] | None:
    """Read macOS's version; nothing of another system's."""
    os = known.environment.os
    if os.name is None:
        return None if known.lacks("os.name") else ()
    if os.name != MACOS:
        return ()
    return read_version(os.version) if os.version else None


def _read_mlx_version(known: Known) -> tuple[int, ...] | None:
    version = known.environment.package_version("mlx")
    return read_version(version) if version else None


def read_version(text: str) -> tuple[int, ...] | None:
    """Read the leading numbers of a version, as (26, 5) of `26.5`; None where it has none."""
    match = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9})*", text)
    return tuple(map(int, match[0].split("."))) if match else None


def _derive_generation(known: Known) -> str | None:
    generation = read_gpu_generation(known)
    return None if generation is None else str(*generation) if generation else NONE


def _derive_macos_major(known: Known) -> str | None:
    version = read_macos_version(known)
    return None if version is None else str(version[0]) if version else NONE


def derive_tf32_possible(known: Known) -> str | None:
    """Derive whether hardware and system can multiply with cut operands.

    Apple's GPUs do from generation 17 (of phones' 18) and macOS 26.2 on, and NVIDIA's
    (ml-explore/mlx issues 3534, 3860, 4411). A machine that computes on its CPU does not.
    """
    environment = known.environment
    if environment.device.default == "cpu":
        return NO
    if any(it.name.startswith(_CUDA) for it in environment.packages):
        return YES
    generation = read_gpu_generation(known)
    if generation is None:
        return None
    name = environment.hardware.gpu_architecture or ""
    least = _TF32_PHONE_GENERATION if name.endswith("p") else _TF32_GENERATION
    if generation < (least,):
        return NO
    version = read_macos_version(known)
    return None if version is None else _write_answer(holds=version >= _TF32_MACOS)


def _derive_tf32_on(known: Known) -> str | None:
    """Derive whether operands are cut: where they can be, they are unless the variable is 0."""
    possible = derive_tf32_possible(known)
    if possible != YES:
        return possible
    values = [it.value for it in known.environment.variables if it.name == TF32_VARIABLE]
    if not values:
        return None if known.lacks(f"variables.{TF32_VARIABLE}") else YES
    return _write_answer(holds=values[0] != "0")


def _derive_fused(known: Known) -> str | None:
    """Derive whether the CPU has fused multiply-add: each arm64 has, others may."""
    hardware = known.environment.hardware
    if hardware.cpu_architecture == "arm64":
        return YES
    if hardware.cpu_architecture is None or (
        not hardware.cpu_features and known.lacks("hardware.cpu_features")
    ):
        return None
    return _write_answer(holds="fma" in hardware.cpu_features)


def _derive_c_library(known: Known) -> str | None:
    """Derive the C library's name: macOS has its own."""
    os = known.environment.os
    if os.name == MACOS:
        return MACOS
    return os.libc.split()[0] if os.libc and os.libc.split() else None


def _derive_wheel_platform(known: Known) -> str | None:
    """Derive the platform of the wheel that holds the kernels, as `macosx_15_0_arm64`."""
    packages = known.environment.packages
    cuda = sorted(it.name for it in packages if it.name.startswith(_CUDA))
    found = (known.environment.find_package(name) for name in (*cuda, *_BACKENDS))
    wheels = [it.wheel for it in found if it is not None and it.wheel]
    if wheels:
        return wheels[0].rpartition("-")[2]
    is_unknown = not known.complete or any(it.endswith(".wheel") for it in known.gaps)
    return None if is_unknown else NONE


def _write_answer(*, holds: bool) -> str:
    return YES if holds else NO


DERIVED: tuple[DerivedFact, ...] = (
    DerivedFact(TF32_ON, _derive_tf32_on, Impact.HIGH, "cuts operands of products to 11 bits"),
    DerivedFact(
        TF32_POSSIBLE, derive_tf32_possible, Impact.HIGH, "cuts operands of products to 11 bits"
    ),
    DerivedFact(
        GPU_GENERATION, _derive_generation, Impact.HIGH, "other GPU, other kernels and functions"
    ),
    DerivedFact(
        "macOS major version", _derive_macos_major, Impact.HIGH, "macOS compiles Metal kernels"
    ),
    DerivedFact(
        "mlx wheel platform",
        _derive_wheel_platform,
        Impact.HIGH,
        "one lock holds several wheels, with other kernels",
    ),
    DerivedFact(
        FUSED, _derive_fused, Impact.HIGH, "a product that is added may be rounded once or twice"
    ),
    DerivedFact(C_LIBRARY, _derive_c_library, Impact.HIGH, "log and others on a CPU come from it"),
)

ORDERED: tuple[OrderedFact, ...] = (
    OrderedFact(GPU_GENERATION, read_gpu_generation, "other GPU, other kernels and functions"),
    OrderedFact(MACOS, read_macos_version, "macOS compiles Metal kernels"),
    OrderedFact("mlx", _read_mlx_version, "another release of MLX"),
)


def list_thresholds(
    fact: OrderedFact, machines: Mapping[str, Known]
) -> Iterator[tuple[str, dict[str, str]]]:
    """List the thresholds of a fact that separate machines: each of its values but the least.

    Machines to which the fact does not apply lie below each threshold.

    Yields:
        A threshold's name, as `GPU generation >= 15`, and its values by machine; machines whose
        value is unknown are left out.
    """
    read = {name: fact.read(known) for name, known in machines.items()}
    values = {name: _pad(it) for name, it in read.items() if it is not None}
    for least in sorted(set(values.values()))[1:]:
        shown = next(read[name] for name, it in values.items() if it == least) or ()
        name = f"{fact.name} >= {'.'.join(map(str, shown))}"
        yield name, {it: _write_answer(holds=own >= least) for it, own in values.items()}


def _pad(version: tuple[int, ...]) -> tuple[int, ...]:
    """Make 26 and 26.0 the same; what does not apply lies below both."""
    return (*version, *[0] * (_VERSION_PARTS - len(version))) if version else ()
