"""What Linux says of itself: /proc/cpuinfo, os-release, the C library, containers and cgroups."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.model.environment import Hardware, OperatingSystem
from reprokit.observe.gaps import UnknownFactError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.observe.gaps import GapCollector

_ROOT = Path("/")
_CPUINFO = Path("proc/cpuinfo")

_FEATURES: Mapping[str, frozenset[str]] = {
    "flags": frozenset(
        ("fma", "avx", "avx2", "avx512f", "avx512bw", "avx512_bf16", "amx_tile", "avx_vnni")
    ),
    "Features": frozenset(("asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2", "sme")),
}
"""Instruction sets that decide bytes, by the line that lists them on x86 and on arm64.

Kept apart: `sme` is matrices on arm64, and memory encryption on x86.
"""

_CONTAINER_FILES = (".dockerenv", "run/.containerenv")
_CONTAINER_GROUPS = re.compile(r"docker|lxc|kubepods|libpod|containerd|crio")
_CONTAINER_FOLDERS = re.compile(r"/docker/|/libpod|/kubelet/|containerd|containers/storage")
_CONTAINER_MOUNTS = frozenset(("/", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"))
_VIRTUAL_PRODUCTS = re.compile(
    r"virtual|vmware|kvm|qemu|bochs|standard pc|hvm domu|google compute engine|openstack",
    re.IGNORECASE,
)
_BYTES = re.compile(r"[0-9]{1,20}")


def observe_linux_hardware(
    collector: GapCollector, *, cpu_architecture: str, gpu_architecture: str | None
) -> Hardware:
    """Observe a computer under Linux.

    Args:
        collector: Takes the gaps.
        cpu_architecture: Of this process.
        gpu_architecture: As MLX names it; None without a GPU.
    """
    features = collector.ask("hardware.cpu_features", lambda: parse_features(read_cpuinfo()))
    return Hardware(
        chip=collector.ask("hardware.chip", lambda: parse_cpuinfo(read_cpuinfo())),
        cpu_architecture=cpu_architecture,
        cpu_features=features or (),
        cores=os.cpu_count(),
        memory_bytes=collector.ask("hardware.memory_bytes", _read_memory_bytes),
        gpu_architecture=gpu_architecture,
        emulator=find_emulator(),
        virtual=find_virtual(),
    )


def observe_linux_system(collector: GapCollector) -> OperatingSystem:
    """Observe the distribution by os-release, the kernel by uname, and the C library."""
    return OperatingSystem(
        name=collector.ask("os.name", lambda: _read_os_release("NAME")),
        version=collector.ask("os.version", lambda: _read_os_release("VERSION_ID")),
        kernel=platform.release(),
        libc=collector.ask("os.libc", read_libc),
    )


def read_cpuinfo() -> str:
    """Return /proc/cpuinfo.

    Raises:
        UnknownFactError: Under an emulator, where it tells of the host's processor.
    """
    emulator = find_emulator()
    if emulator:
        raise UnknownFactError(f"under {emulator}, cpuinfo is not the emulated processor's")
    return (_ROOT / _CPUINFO).read_text(encoding="utf-8", errors="replace")


def parse_cpuinfo(text: str) -> str:
    """Read the processor's name from /proc/cpuinfo.

    x86 has a line `model name`; arm64 has numbers only, `CPU implementer` and `CPU part`, which
    are given as they stand.

    Raises:
        UnknownFactError: Where there is neither.
    """
    fields: dict[str, str] = {}
    for name, value in _list_fields(text):
        fields.setdefault(name, value)
    if fields.get("model name"):
        return fields["model name"]
    implementer, part = fields.get("CPU implementer"), fields.get("CPU part")
    if implementer and part:
        return f"arm64 implementer {implementer} part {part}"
    raise UnknownFactError("cpuinfo has no `model name`")


def parse_features(text: str) -> tuple[str, ...]:
    """Read from /proc/cpuinfo which of the instruction sets that decide bytes there are.

    Returns:
        Those that every processor has, sorted.

    Raises:
        UnknownFactError: Where no line lists them.
    """
    lists = [
        _FEATURES[name].intersection(value.split())
        for name, value in _list_fields(text)
        if name in _FEATURES
    ]
    if not lists:
        raise UnknownFactError("cpuinfo has neither `flags` nor `Features`")
    return tuple(sorted(frozenset.intersection(*lists)))


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


def find_virtual(root: Path = _ROOT) -> str | None:
    """Tell what the system runs in: `container`, `virtual machine`, or None where nothing shows.

    A container in a virtual machine is a container.

    Args:
        root: The folder that has proc, sys and run.
    """
    is_container = (
        any((root / name).exists() for name in _CONTAINER_FILES)
        or _CONTAINER_GROUPS.search(_read(root / "proc/1/cgroup"))
        or has_container_mounts(_read(root / "proc/self/mountinfo"))
    )
    if is_container:
        return "container"
    is_machine = has_hypervisor(_read(root / _CPUINFO)) or _VIRTUAL_PRODUCTS.search(
        _read(root / "sys/class/dmi/id/product_name")
    )
    return "virtual machine" if is_machine else None


def has_container_mounts(text: str) -> bool:
    """Tell whether /proc/self/mountinfo has a root, or files in /etc, that a container engine made.

    Elsewhere such a mount only shows that there are containers on this system.
    """
    lines = (line.split(" ") for line in text.splitlines())
    return any(
        _CONTAINER_MOUNTS.intersection(words[4:5]) and _CONTAINER_FOLDERS.search(" ".join(words))
        for words in lines
    )


def has_hypervisor(text: str) -> bool:
    """Tell whether /proc/cpuinfo has the flag `hypervisor`, which x86 sets in a guest."""
    return any(
        "hypervisor" in value.split() for name, value in _list_fields(text) if name == "flags"
    )


def read_cgroup_room(root: Path = _ROOT) -> int | None:
    """Return the bytes that the process's cgroup, and those above it, still let it have.

    Formula: the least of `limit - (current - inactive file cache)` over the groups; the kernel
    gives that cache back before it refuses memory.

    Args:
        root: The folder that has proc and sys.

    Returns:
        The room in bytes, 0 or more; None where no group has a limit.
    """
    rooms = [
        room
        for folder, is_unified in _list_cgroups(root)
        if (room := _measure_room(folder, is_unified=is_unified)) is not None
    ]
    return max(0, min(rooms)) if rooms else None


def parse_cgroups(text: str) -> tuple[tuple[bool, str], ...]:
    """Read from /proc/self/cgroup the groups that may limit memory.

    Returns:
        For each whether it is in the unified hierarchy, version 2, and its path.
    """
    found = []
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        is_unified = number == "0" and not controllers
        if colon and (is_unified or "memory" in controllers.split(",")):
            found.append((is_unified, path))
    return tuple(found)


def parse_bytes(text: str) -> int | None:
    """Read a number of bytes; `max`, and anything else, is None."""
    return int(text.strip()) if _BYTES.fullmatch(text.strip()) else None


def read_libc() -> str:
    """Return the C library's name and version, as `glibc 2.36`.

    Raises:
        UnknownFactError: Where the library does not tell, as musl does not.
    """
    try:
        version = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        version = None
    if not version:
        raise UnknownFactError("the C library does not tell its version")
    return version


def _list_cgroups(root: Path) -> Iterator[tuple[Path, bool]]:
    """List the folders of the process's own groups and of all above them.

    In a container the path may be one of the host, of which only the top is seen here; folders
    that are not there have no limit.
    """
    for is_unified, path in parse_cgroups(_read(root / "proc/self/cgroup")):
        top = root / "sys/fs/cgroup" / ("" if is_unified else "memory")
        parts = [part for part in path.split("/") if part]
        depth = 0 if ".." in parts else len(parts)
        for length in range(depth, -1, -1):
            yield top.joinpath(*parts[:length]), is_unified


def _measure_room(folder: Path, *, is_unified: bool) -> int | None:
    limit_name, current_name, cache_name = (
        ("memory.max", "memory.current", "inactive_file")
        if is_unified
        else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    )
    limit = parse_bytes(_read(folder / limit_name))
    current = parse_bytes(_read(folder / current_name))
    if limit is None or current is None:
        return None
    words = (line.partition(" ") for line in _read(folder / "memory.stat").splitlines())
    cache = next((parse_bytes(value) for name, _, value in words if name == cache_name), None)
    return limit - max(0, current - (cache or 0))


def _list_fields(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _read_memory_bytes() -> int:
    import psutil

    return int(psutil.virtual_memory().total)


def _read_os_release(field: str) -> str:
    release = platform.freedesktop_os_release()
    if field not in release:
        raise UnknownFactError(f"os-release has no `{field}`")
    return release[field]


def _read(path: Path) -> str:
    """Return a file's text, nothing where it cannot be had: what it would show is not shown."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
