"""Turns the text of uv.lock into a small typed shape, without addresses.

Of a file only its name and hash are kept, of an index nothing: a lock may name private servers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote, urlsplit

import msgspec

from reprokit.errors import ProjectError
from reprokit.model.place import Place
from reprokit.model.wire import convert_wire, parse_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCK_NAME = "uv.lock"

_NEWEST_VERSION = 1

_FILE = (
    r'\{ url = "[^"\\\n]+", hash = "sha256:[0-9a-f]{64}"'
    r'(?:, size = \d+)?(?:, upload-time = "[^"\\\n]*")? \}'
)
_FILES = re.compile(
    rf"^(?P<key>sdist|wheels) = (?P<files>{_FILE}|\[\n(?: +{_FILE},\n)+\])$", re.MULTILINE
)
"""The files of a package as uv writes them: nine tenths of a lock, and tomllib would take a second
for those of 500 packages. They are lifted out of the text, and read line by line."""


_Groups: TypeAlias = "Mapping[str, tuple[LockedDependency, ...]]"


class SourceKind(StrEnum):
    """Where a lock takes a package from."""

    REGISTRY = "registry"
    GIT = "git"
    URL = "url"
    PATH = "path"
    DIRECTORY = "directory"
    EDITABLE = "editable"
    VIRTUAL = "virtual"


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedSource:
    """Where a package comes from.

    Attributes:
        number: Tells apart the places of one lock; it stands for the address, which is not kept.
        commit: The commit, of a git source.
        folder: Where it lies from the lock, of a source that is a folder. Not to be shown.
    """

    kind: SourceKind
    number: int
    commit: str | None = None
    folder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedFile:
    """A wheel or source distribution: its name, and hex sha256 where the lock has one."""

    name: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedDependency:
    """What a package needs: version and source only where the name alone is ambiguous."""

    name: str
    version: str | None = None
    source: LockedSource | None = None
    marker: str | None = None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedPackage:
    """One package at one version.

    Attributes:
        name: Its normalized name.
        version: None where only building it tells.
        source: Where it comes from.
        markers: The environments that this version is for, any of them; none means all.
        wheels: Its wheels, beside `sdist`, its source distribution.
        dependencies: What it needs always.
        extras: What it needs for each of its extras; `groups`, for its dependency groups.
    """

    name: str
    version: str | None
    source: LockedSource
    markers: tuple[str, ...] = ()
    wheels: tuple[LockedFile, ...] = ()
    sdist: LockedFile | None = None
    dependencies: tuple[LockedDependency, ...] = ()
    extras: _Groups = field(default_factory=dict)
    groups: _Groups = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class LockFile:
    """A uv.lock.

    Attributes:
        members: The names of the workspace's members, where it is a workspace.
        groups: The groups of a workspace whose root is no project itself.
    """

    packages: tuple[LockedPackage, ...]
    members: tuple[str, ...] = ()
    groups: _Groups = field(default_factory=dict)


class _FileWire(msgspec.Struct, kw_only=True):
    url: str | None = None
    path: str | None = None
    filename: str | None = None
    hash: str | None = None


class _SourceWire(msgspec.Struct, kw_only=True, frozen=True):
    registry: str | None = None
    git: str | None = None
    url: str | None = None
    path: str | None = None
    directory: str | None = None
    editable: str | None = None
    virtual: str | None = None
    subdirectory: str | None = None


class _DependencyWire(msgspec.Struct, kw_only=True):
    name: str
    version: str | None = None
    source: _SourceWire | None = None
    marker: str | None = None
    extra: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


class _PackageWire(msgspec.Struct, kw_only=True, rename="kebab"):
    name: str
    source: _SourceWire
    version: str | None = None
    resolution_markers: tuple[str, ...] = ()
    dependencies: tuple[_DependencyWire, ...] = ()
    optional_dependencies: dict[str, tuple[_DependencyWire, ...]] = {}
    dev_dependencies: dict[str, tuple[_DependencyWire, ...]] = {}
    sdist: _FileWire | int | None = None
    wheels: tuple[_FileWire, ...] | int = ()


class _ManifestWire(msgspec.Struct, kw_only=True, rename="kebab"):
    members: tuple[str, ...] = ()
    dependency_groups: dict[str, tuple[_DependencyWire, ...]] = {}


class _LockWire(msgspec.Struct, kw_only=True):
    manifest: _ManifestWire = msgspec.field(default_factory=_ManifestWire)
    package: tuple[_PackageWire, ...] = ()


def parse_lock(content: bytes) -> LockFile:
    """Parse the content of uv.lock: version 1 of its format, at any revision.

    Fields of revisions to come are passed over.

    Raises:
        ProjectError: Where it is corrupt, with the line or the place; where its format is newer.
    """
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProjectError(f"not valid UTF-8 (at line {line})", where=LOCK_NAME) from None
    lifted: list[str] = []
    text = _FILES.sub(partial(_lift_files, lifted), text)
    data = parse_toml(text, where=Place(LOCK_NAME), error=ProjectError, hint="run `uv lock`")
    _check_version(data)
    wire = convert_wire(data, _LockWire, where=Place(LOCK_NAME), error=ProjectError)
    return _Reader(lifted).read_lock(wire)


def _check_version(data: dict[str, Any]) -> None:
    version = data.get("version")
    if version == _NEWEST_VERSION and version is not True:
        return
    if isinstance(version, int) and version > _NEWEST_VERSION:
        raise ProjectError(
            f"`version = {version}` is newer than this reprokit, which reads `version = 1`",
            where=LOCK_NAME,
            hint="upgrade with `uv lock --upgrade-package reprokit-mlx && uv sync`",
        )
    hint = "make the lock anew with `uv lock`"
    raise ProjectError("expected `version = 1`", where=LOCK_NAME, hint=hint)


class _Reader:
    """Turns what stands in the file into the shapes above, and numbers the sources it meets."""

    def __init__(self, lifted: list[str]) -> None:
        self._lifted = lifted
        self._numbers: dict[_SourceWire, int] = {}

    def read_lock(self, wire: _LockWire) -> LockFile:
        return LockFile(
            packages=tuple(map(self._read_package, wire.package)),
            members=wire.manifest.members,
            groups=self._read_groups(wire.manifest.dependency_groups),
        )

    def _read_package(self, wire: _PackageWire) -> LockedPackage:
        source = self._read_source(wire.source, wire.name)
        sdist = (wire.sdist,) if isinstance(wire.sdist, _FileWire) else wire.sdist
        return LockedPackage(
            name=wire.name,
            version=wire.version,
            source=source,
            markers=wire.resolution_markers,
            wheels=self._read_files(wire.wheels, wire),
            sdist=next(iter(self._read_files(sdist, wire)), None),
            dependencies=self._read_dependencies(wire.dependencies),
            extras=self._read_groups(wire.optional_dependencies),
            groups=self._read_groups(wire.dev_dependencies),
        )

    def _read_files(
        self, wires: tuple[_FileWire, ...] | int | None, package: _PackageWire
    ) -> tuple[LockedFile, ...]:
        if not isinstance(wires, int):
            return tuple(_read_file(wire, package) for wire in wires or ())
        if wires not in range(len(self._lifted)):
            raise ProjectError(f"the files of `{package.name}` are a number", where=LOCK_NAME)
        return tuple(_read_line(line) for line in self._lifted[wires].splitlines() if "{" in line)

    def _read_groups(self, wires: Mapping[str, Iterable[_DependencyWire]]) -> _Groups:
        return {name: self._read_dependencies(group) for name, group in wires.items()}

    def _read_dependencies(self, wires: Iterable[_DependencyWire]) -> tuple[LockedDependency, ...]:
        return tuple(
            LockedDependency(
                name=wire.name,
                version=wire.version,
                source=None if wire.source is None else self._read_source(wire.source, wire.name),
                marker=wire.marker,
                extras=(*wire.extra, *wire.extras),
            )
            for wire in wires
        )

    def _read_source(self, wire: _SourceWire, package: str) -> LockedSource:
        found = [kind for kind in SourceKind if getattr(wire, kind) is not None]
        if not found:
            raise ProjectError(f"`{package}` has a source of an unknown kind", where=LOCK_NAME)
        kind, address = found[0], str(getattr(wire, found[0]))
        local = kind in {SourceKind.DIRECTORY, SourceKind.EDITABLE, SourceKind.VIRTUAL}
        return LockedSource(
            kind=kind,
            number=self._numbers.setdefault(wire, len(self._numbers)),
            commit=urlsplit(address).fragment or None if kind is SourceKind.GIT else None,
            folder=address if local else None,
        )


def _read_file(wire: _FileWire, package: _PackageWire) -> LockedFile:
    # the file of a package that is one archive has its name in the package's source alone
    place = wire.filename or wire.path or wire.url or package.source.url or package.source.path
    algorithm, _, value = (wire.hash or "").partition(":")
    return LockedFile(
        name=PurePosixPath(unquote(urlsplit(place or "").path)).name,
        sha256=value if algorithm == "sha256" else None,
    )


def _read_line(line: str) -> LockedFile:
    """Read a file from a line that the pattern has checked."""
    before, _, after = line.partition('", hash = "sha256:')
    name = before.partition("#")[0].partition("?")[0].rpartition("/")[2]
    return LockedFile(name=unquote(name) if "%" in name else name, sha256=after[:64])


def _lift_files(lifted: list[str], match: re.Match[str]) -> str:
    """Put a number in the place of files, and keep the lines in number, for the errors' sake."""
    lifted.append(match["files"])
    return f"{match['key']} = {len(lifted) - 1}" + "\n" * match["files"].count("\n")
