"""What machine, system, interpreter, wheels, lock and settings gave the bytes.

A None is a fact that does not apply, or one that could not be had; the latter has an entry in
`Environment.gaps` under its dotted place, as `os.build`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reprokit.model.names import name_family


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A fact that could not be had, told instead of guessed: its dotted place, and why."""

    fact: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hardware:
    """The computer.

    Attributes:
        chip: Its processor as it names itself, as `Apple M1 Max`.
        model: The computer's model, as `Mac17,3`, on a Mac.
        cpu_architecture: `arm64` or `x86_64`.
        cpu_features: Of the instruction sets that decide bytes, those there are, sorted.
        cores: Logical cores.
        core_levels: Physical cores by performance level as the system names them, the fastest
            first: `("Performance 8", "Efficiency 2")`.
        memory_bytes: Physical memory.
        gpu_architecture: As Metal names it, as `applegpu_g13s`; None without a GPU.
        gpu_cores: Cores of the GPU.
        emulator: What translates this process's instructions: `qemu-user` or `rosetta`.
        virtual: What the system runs in, where it tells: `virtual machine` or `container`.
    """

    chip: str | None = None
    model: str | None = None
    cpu_architecture: str | None = None
    cpu_features: tuple[str, ...] = ()
    cores: int | None = None
    core_levels: tuple[str, ...] = ()
    memory_bytes: int | None = None
    gpu_architecture: str | None = None
    gpu_cores: int | None = None
    emulator: str | None = None
    virtual: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatingSystem:
    """The operating system.

    Attributes:
        name: `macOS` or the Linux distribution's name.
        version: Its version, as `26.4.1`.
        build: Its build, as `25E253`, on macOS.
        kernel: The kernel's release, as `25.4.0`.
        libc: Name and version of the C library, as `glibc 2.36`, on Linux.
    """

    name: str | None = None
    version: str | None = None
    build: str | None = None
    kernel: str | None = None
    libc: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """The Python that runs the workers.

    Attributes:
        implementation: As `CPython`.
        version: As `3.13.2`.
        build: What its build says of itself: branch and date.
        compiler: As `Clang 20.1.4`.
        manager: Who installed it: `uv`, `pyenv`, `conda`, `homebrew`, `python.org` or `system`.
        free_threaded: Whether it runs without the global interpreter lock.
    """

    implementation: str | None = None
    version: str | None = None
    build: str | None = None
    compiler: str | None = None
    manager: str | None = None
    free_threaded: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeLibrary:
    """A file of machine code in a package: its path below site-packages, and hex sha256."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One installed package.

    Attributes:
        name: Its normalized name.
        version: Its version.
        wheel: The tags of its wheel, as `cp313-cp313-macosx_15_0_arm64`.
        source: Where the installation came from: `registry`, `url`, `git`, `path` or `editable`.
        installer: What installed it, as `uv` or `pip`.
        locked_file: The file of uv.lock that has these tags.
        locked_sha256: Its hex sha256, as locked.
        record_sha256: Hex sha256 over the package's RECORD, sorted by path: one value for all its
            files as they were installed.
        libraries: Its native libraries, as they are now.
    """

    name: str
    version: str
    wheel: str | None = None
    source: str | None = None
    installer: str | None = None
    locked_file: str | None = None
    locked_sha256: str | None = None
    record_sha256: str | None = None
    libraries: tuple[NativeLibrary, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """The project's uv.lock.

    Attributes:
        sha256: Hex sha256 of its bytes.
        current: Whether it still matches pyproject.toml, as uv itself tells.
    """

    sha256: str | None = None
    current: bool | None = None


class DriftSeverity(StrEnum):
    """Whether a drift can change the bytes that are measured."""

    HIGH = "high"
    LOW = "low"


class DriftKind(StrEnum):
    """How an installation differs from what the lock or its own RECORD says."""

    STALE_LOCK = "stale-lock"
    MISSING = "missing"
    OTHER_VERSION = "other-version"
    OTHER_SOURCE = "other-source"
    OTHER_FILE = "other-file"
    EXTRA = "extra"
    EDITED = "edited"
    DELETED = "deleted"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """One difference between lock, project and installation.

    Attributes:
        kind: How it differs.
        package: Which package; `uv.lock` for the lock itself.
        detail: What was expected and what is there, in a sentence without absolute paths.
        severity: `high` for the numeric packages and the lock, else `low`.
    """

    kind: DriftKind
    package: str
    detail: str
    severity: DriftSeverity


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """What MLX computes on.

    Attributes:
        default: `cpu` or `gpu`.
        name: The name MLX gives it.
        architecture: What MLX calls its architecture.
        memory_bytes: Its memory, on a GPU.
        working_set_bytes: How much of it the system recommends to use.
        largest_buffer_bytes: The largest single buffer.
        memory_limit_bytes: MLX's own limit on what it allocates.
        driver: The driver's version, for CUDA.
    """

    default: str | None = None
    name: str | None = None
    architecture: str | None = None
    memory_bytes: int | None = None
    working_set_bytes: int | None = None
    largest_buffer_bytes: int | None = None
    memory_limit_bytes: int | None = None
    driver: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """An environment variable that is set and can change results, by allow-list."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """The state of the code.

    Attributes:
        commit: Newest commit that changes anything outside manifests/ and milestones/.
        committed: When it was committed, UTC, `2026-05-20T10:00:00Z`.
        branch: The branch checked out; None on a detached HEAD.
        tag: A tag of that commit, the newest.
        remote: `owner/name` of the remote `origin`, where its address ends so.
        dirty: Whether files outside those folders differ from that commit.
        modified: How many tracked files are modified.
        deleted: How many tracked files are deleted.
        untracked: How many files are not tracked, nor ignored.
        diff_sha256: Hex sha256 over the differing files, where dirty.
        submodules: Submodules, as `path commit`, with a `+` where they differ from it.
        shallow: Whether history was cut off.
        worktree: Whether this is a linked work tree.
    """

    commit: str
    committed: str | None = None
    branch: str | None = None
    tag: str | None = None
    remote: str | None = None
    dirty: bool = False
    modified: int = 0
    deleted: int = 0
    untracked: int = 0
    diff_sha256: str | None = None
    submodules: tuple[str, ...] = ()
    shallow: bool = False
    worktree: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Everything observed but the code."""

    hardware: Hardware = field(default_factory=Hardware)
    os: OperatingSystem = field(default_factory=OperatingSystem)
    python: Interpreter = field(default_factory=Interpreter)
    packages: tuple[Package, ...] = ()
    lock: Lock = field(default_factory=Lock)
    device: Device = field(default_factory=Device)
    variables: tuple[Variable, ...] = ()
    drift: tuple[Drift, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def family(self) -> str:
        """What is expected to give equal bytes: GPU architecture, else system and CPU.

        A GPU architecture is MLX's own name, `applegpu_g13s`; without a GPU it is the kind of
        system and the CPU architecture, as `linux-x86_64`.
        """
        return name_family(
            self.hardware.gpu_architecture,
            system="macos" if self.os.name == "macOS" else "linux",
            cpu_architecture=self.hardware.cpu_architecture,
        )

    def find_package(self, name: str) -> Package | None:
        """Return an installed package, None where it is not there."""
        return next((item for item in self.packages if item.name == name), None)

    def package_version(self, name: str) -> str | None:
        """Return the installed version of a package, None where it is not there."""
        package = self.find_package(name)
        return package.version if package else None
