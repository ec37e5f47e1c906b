"""What a Mac says of itself: `sysctl`, `sw_vers` and `ioreg`, one call each, and their parsers."""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from reprokit.model.environment import Hardware, OperatingSystem
from reprokit.observe.gaps import UnknownFactError, read_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from reprokit.observe.gaps import GapCollector

_BRAND = "machdep.cpu.brand_string"
_MODEL = "hw.model"
_MEMORY = "hw.memsize"
_CORES = "hw.logicalcpu"
_LEVELS = "hw.nperflevels"
_CPU_TYPE = "hw.cputype"
_TRANSLATED = "sysctl.proc_translated"
_IN_MACHINE = "kern.hv_vmm_present"
_MOST_LEVELS = 4  # the M6 has three

SYSCTL_NAMES = (
    *(_BRAND, _MODEL, _MEMORY, _CORES, _CPU_TYPE, _TRANSLATED, _IN_MACHINE, _LEVELS),
    *(f"hw.perflevel{level}.name" for level in range(_MOST_LEVELS)),
    *(f"hw.perflevel{level}.physicalcpu" for level in range(_MOST_LEVELS)),
)
SW_VERS_NAMES = ("ProductVersion", "BuildVersion")

_IOREG = ("ioreg", "-rc", "AGXAccelerator", "-d1")
_SYSTEM_PROFILER = ("system_profiler", "SPDisplaysDataType", "-json")
_CPU_TYPE_X86 = "7"
_COMMAND_LIMIT_S = 10

_TEXT = re.compile(r"[ -~]{1,200}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}")
_BUILD = re.compile(r"[0-9A-Za-z]{1,16}")
_GPU_CORES = re.compile(r'^[\s|]*"gpu-core-count" = ([0-9]{1,6})\s*$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a program told by name, and why it told nothing where it did not."""

    program: str
    values: Mapping[str, str]
    trouble: str | None = None

    def check(self) -> None:
        """Raise UnknownFactError where the program told nothing."""
        if self.trouble:
            raise UnknownFactError(self.trouble)

    def take(self, name: str, pattern: re.Pattern[str] = _TEXT) -> str:
        """Return the value of a name.

        Raises:
            UnknownFactError: Where the program did not tell it, or not in the form of the pattern.
        """
        self.check()
        if name not in self.values:
            raise UnknownFactError(f"`{self.program}` does not tell `{name}`")
        if not pattern.fullmatch(self.values[name]):
            raise UnknownFactError(f"`{self.program}` tells `{name}` in an unknown form")
        return self.values[name]

    def take_number(self, name: str) -> int:
        """Return the value of a name that counts something, as `take` does."""
        return int(self.take(name, _NUMBER))


class DisplayWire(msgspec.Struct):
    """One entry of SPDisplaysDataType, a GPU."""

    sppci_cores: str | None = None


class DisplaysWire(msgspec.Struct):
    """What `system_profiler SPDisplaysDataType -json` prints."""

    displays: tuple[DisplayWire, ...] = msgspec.field(name="SPDisplaysDataType")


def observe_mac_hardware(
    collector: GapCollector, *, cpu_architecture: str, gpu_architecture: str | None
) -> Hardware:
    """Observe a Mac.

    Instruction sets are not asked for, since the chip's name tells them; nor are the cores of a
    virtual machine's GPU, which has none of its own.

    Args:
        collector: Takes the gaps.
        cpu_architecture: Of this process.
        gpu_architecture: As MLX names it; None without a GPU.
    """
    sysctl = read_sysctl()
    virtual = collector.ask("hardware.virtual", partial(find_virtual, sysctl))
    return Hardware(
        chip=collector.ask("hardware.chip", partial(sysctl.take, _BRAND)),
        model=collector.ask("hardware.model", partial(sysctl.take, _MODEL)),
        cpu_architecture=cpu_architecture,
        cores=collector.ask("hardware.cores", partial(sysctl.take_number, _CORES)),
        core_levels=collector.ask("hardware.core_levels", partial(find_core_levels, sysctl)) or (),
        memory_bytes=collector.ask("hardware.memory_bytes", partial(sysctl.take_number, _MEMORY)),
        gpu_architecture=gpu_architecture,
        gpu_cores=None if virtual else collector.ask("hardware.gpu_cores", read_gpu_cores),
        emulator=collector.ask("hardware.emulator", partial(find_rosetta, sysctl)),
        virtual=virtual,
    )


def observe_mac_system(collector: GapCollector) -> OperatingSystem:
    """Observe macOS: version and build by one call of `sw_vers`, the kernel by uname."""
    sw_vers = _keep_trouble("sw_vers", lambda: parse_sw_vers(read_command(("sw_vers",))))
    return OperatingSystem(
        name="macOS",
        version=collector.ask("os.version", partial(sw_vers.take, "ProductVersion", _VERSION)),
        build=collector.ask("os.build", partial(sw_vers.take, "BuildVersion", _BUILD)),
        kernel=platform.release(),
    )


def read_sysctl() -> Answer:
    """Ask `sysctl` for all that is needed in one call."""
    command = ("sysctl", *SYSCTL_NAMES)
    return _keep_trouble("sysctl", lambda: parse_sysctl(read_despite_complaints(command)))


def read_despite_complaints(command: Sequence[str]) -> str:
    """Return what a program prints, whatever it says on stderr and however it ends.

    `sysctl` prints the names it knows, complains on stderr about those it does not, and some
    versions then exit with 1.

    Raises:
        UnknownFactError: Where it is not there or hangs.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            timeout=_COMMAND_LIMIT_S,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        )
    except FileNotFoundError:
        raise UnknownFactError(f"`{command[0]}` is not there") from None
    except subprocess.TimeoutExpired:
        reason = f"`{command[0]}` did not answer within {_COMMAND_LIMIT_S} s"
        raise UnknownFactError(reason) from None
    return done.stdout.decode("utf-8", errors="replace")


def parse_sysctl(text: str) -> Answer:
    """Read lines as `hw.memsize: 34359738368`.

    Raises:
        UnknownFactError: Where no line has one of the names that were asked for.
    """
    return _parse_lines("sysctl", text, SYSCTL_NAMES)


def parse_sw_vers(text: str) -> Answer:
    """Read lines as `ProductVersion: 26.5.2`; the columns' width differs between systems.

    Raises:
        UnknownFactError: Where no line has one of the two names.
    """
    return _parse_lines("sw_vers", text, SW_VERS_NAMES)


def find_core_levels(sysctl: Answer) -> tuple[str, ...]:
    """Tell the cores of each performance level, the fastest first.

    Returns:
        As `("Performance 8", "Efficiency 2")`; macOS 12 has no names: `("level 0 8", …)`.

    Raises:
        UnknownFactError: Where a level's cores are not told.
    """
    levels: list[str] = []
    for level in range(_MOST_LEVELS):
        cores = f"hw.perflevel{level}.physicalcpu"
        if cores not in sysctl.values:
            break
        name = sysctl.values.get(f"hw.perflevel{level}.name") or f"level {level}"
        levels.append(f"{name} {sysctl.take_number(cores)}")
    sysctl.take("hw.perflevel0.physicalcpu")
    if sysctl.values.get(_LEVELS, str(len(levels))) != str(len(levels)):
        raise UnknownFactError(f"`sysctl` tells the cores of {len(levels)} of its levels only")
    return tuple(levels)


def find_virtual(sysctl: Answer) -> str | None:
    """Tell whether this is a virtual machine, by any of three signs.

    Raises:
        UnknownFactError: Where `sysctl` told nothing.
    """
    sysctl.check()
    is_virtual = (
        sysctl.values.get(_IN_MACHINE) == "1"
        or "(Virtual)" in sysctl.values.get(_BRAND, "")
        or sysctl.values.get(_MODEL, "").startswith("VirtualMac")
    )
    return "virtual machine" if is_virtual else None


def find_rosetta(sysctl: Answer) -> str | None:
    """Tell whether Rosetta translates this process, and so the `sysctl` that it starts.

    `sysctl` then says so, or, as recorded, names an x86 processor type on an Apple chip.

    Raises:
        UnknownFactError: Where `sysctl` told nothing.
    """
    sysctl.check()
    brand = sysctl.values.get(_BRAND, "")
    is_apple_as_x86 = "Apple" in brand and sysctl.values.get(_CPU_TYPE) == _CPU_TYPE_X86
    is_translated = sysctl.values.get(_TRANSLATED) == "1"
    return "rosetta" if is_translated or is_apple_as_x86 else None


def read_gpu_cores() -> int:
    """Count the cores of the GPU.

    `ioreg` is asked, since it answers within 20 to 50 ms; only where it does not tell is
    `system_profiler`, which needs from 0.4 s to several seconds.

    Raises:
        UnknownFactError: Where neither tells.
    """
    try:
        return parse_ioreg(read_command(_IOREG))
    except UnknownFactError as error:
        reason = str(error)
    try:
        return parse_displays(read_command(_SYSTEM_PROFILER))
    except UnknownFactError as error:
        raise UnknownFactError(f"{reason}; {error}") from None


def parse_ioreg(text: str) -> int:
    """Read the line `"gpu-core-count" = 10` of `ioreg -rc AGXAccelerator -d1`.

    Raises:
        UnknownFactError: Where there is none, or two that differ.
    """
    return _take_single("ioreg", set(_GPU_CORES.findall(text)))


def parse_displays(text: str) -> int:
    """Read `sppci_cores` of `system_profiler SPDisplaysDataType -json`.

    Raises:
        UnknownFactError: Where there is none, two that differ, or anything but this JSON.
    """
    try:
        wire = msgspec.json.decode(text, type=DisplaysWire)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UnknownFactError("`system_profiler` prints something else than its JSON") from None
    return _take_single("system_profiler", {gpu.sppci_cores or "" for gpu in wire.displays} - {""})


def _parse_lines(program: str, text: str, names: Sequence[str]) -> Answer:
    pairs = (line.partition(":") for line in text.splitlines())
    told = {name.strip(): value.strip() for name, _, value in pairs}
    values = {name: told[name] for name in names if told.get(name)}
    if not values:
        raise UnknownFactError(f"`{program}` tells nothing of what was asked for")
    return Answer(program=program, values=values)


def _keep_trouble(program: str, question: Callable[[], Answer]) -> Answer:
    """Answer with the reason where a program tells nothing: each of its facts is then a gap."""
    try:
        return question()
    except UnknownFactError as error:
        trouble = str(error)
    except OSError as error:
        trouble = f"`{program}`: {error.strerror or type(error).__name__}"
    return Answer(program=program, values={}, trouble=trouble)


def _take_single(program: str, counts: set[str]) -> int:
    if len(counts) != 1:
        said = "several numbers" if counts else "no number"
        raise UnknownFactError(f"`{program}` tells {said} of GPU cores")
    return Answer(program=program, values={"GPU cores": counts.pop()}).take_number("GPU cores")
