"""What machine, system, interpreter, wheels, lock and commit gave the bytes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A fact that could not be had, told instead of guessed.

    Attributes:
        fact: Its dotted place in the environment, as `os.build`.
        reason: Why it is unknown.
    """

    fact: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """The computer.

    Attributes:
        chip: Its processor as it names itself, as `Apple M1 Max`.
        cpu_architecture: `arm64` or `x86_64`.
        cores: Logical cores.
        memory_bytes: Physical memory.
        gpu_architecture: As Metal names it, as `applegpu_g13s`; None without a GPU.
        emulator: What emulates the processor, as `qemu-user`; None on the bare processor.
    """

    chip: str | None = None
    cpu_architecture: str | None = None
    cores: int | None = None
    memory_bytes: int | None = None
    gpu_architecture: str | None = None
    emulator: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingSystem:
    """The operating system.

    Attributes:
        name: `macOS` or the Linux distribution's name.
        version: Its version, as `26.4.1`.
        build: Its build, as `25E253`; the kernel release on Linux.
        libc: Name and version of the C library, as `glibc 2.36`, on Linux.
    """

    name: str | None = None
    version: str | None = None
    build: str | None = None
    libc: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """The Python that ran the workers: implementation and version."""

    implementation: str | None = None
    version: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One installed package: its name, version and the tag of its wheel."""

    name: str
    version: str
    wheel: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The project's `uv.lock`: hex sha256 of its bytes."""

    sha256: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """The state of the code.

    Attributes:
        commit: Newest commit that changes anything outside manifests/ and milestones/.
        committed: When it was committed, UTC, `2026-05-20T10:00:00Z`.
        branch: The branch checked out; None on a detached HEAD.
        dirty: Whether files outside those folders differ from that commit.
        diff_sha256: Hex sha256 over the differing files, where dirty.
    """

    commit: str
    committed: str | None = None
    branch: str | None = None
    dirty: bool = False
    diff_sha256: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """What MLX computes on by default: `cpu` or `gpu`, and the name it gives it."""

    default: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Everything observed; a None whose reason is known has an entry in `gaps`."""

    hardware: Hardware = field(default_factory=Hardware)
    os: OperatingSystem = field(default_factory=OperatingSystem)
    python: Interpreter = field(default_factory=Interpreter)
    packages: tuple[Package, ...] = ()
    lock: Lock = field(default_factory=Lock)
    device: Device = field(default_factory=Device)
    gaps: tuple[Gap, ...] = ()

    @property
    def family(self) -> str:
        """What is expected to give equal bytes: GPU architecture, else system and CPU.

        A GPU architecture is Metal's own name, `applegpu_g13s`; without a GPU it is the kind of
        system and the CPU architecture, as `linux-x86_64`.
        """
        if self.hardware.gpu_architecture:
            return self.hardware.gpu_architecture
        system = "macos" if self.os.name == "macOS" else "linux"
        return f"{system}-{self.hardware.cpu_architecture or 'unknown'}"

    def package_version(self, name: str) -> str | None:
        """Return the installed version of a package, None where it is not there."""
        return next((item.version for item in self.packages if item.name == name), None)
