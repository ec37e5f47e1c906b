"""Finds the manifests below a folder, as CI leaves its artifacts: among whatever else lies there.

No symbolic link is followed, so that nothing outside the folder is read, and no folder entered
whose name begins with a dot: it is some tool's own, as `.git`, `.venv` and `.reprokit` are.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reprokit.errors import UsageError
from reprokit.store.regular_file import name_path, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_ENTRIES = 100_000
"""Files and folders that are looked at, at most, in one search."""

DEEPEST = 16
"""Folders in one another that are entered, at most."""

MOST_BYTES = 1024**3
"""What all manifests of one search may hold together."""

SUFFIX = ".toml"

_HEAD_BYTES = 1 << 16
_SCHEMA = re.compile(
    rb"""^[ \t]*["']?schema["']?[ \t]*=[ \t]*["']reprokit/manifest/""", re.MULTILINE
)


@dataclass(kw_only=True, slots=True)
class LeftAlone:
    """What a search met and did not read, by path from the folder.

    Attributes:
        others: TOML files that do not say that they are manifests.
        links: Symbolic links to folders, and those that are called as a manifest might be.
        special: Pipes, sockets and devices that are called so.
    """

    others: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file that says it is a manifest: the folders on the way to it, its name, and its bytes."""

    folders: tuple[str, ...]
    name: str
    content: bytes


def search_manifests(
    folder: Path, left_alone: LeftAlone, *, where: str, most_bytes: int
) -> Iterator[FoundFile]:
    """Find the manifests below a folder, in the order of their paths.

    A file is one that says so by its line `schema`; whether it is a good one, its reader decides.

    Args:
        folder: Where to look.
        left_alone: Is told what was not read.
        where: How the folder is named in errors.
        most_bytes: The largest file that is read.

    Raises:
        UsageError: Where there is more to look at than a folder of artifacts holds.
        ManifestError: Where a file cannot be read.
    """
    budget = MOST_BYTES
    for folders, entry in _walk(folder, left_alone, where):
        path = "/".join((*folders, entry.name))
        named = f"{where}/{name_path(path)}"
        content = read_regular(entry.path, most_bytes=most_bytes, where=named, follow=False)
        if not _SCHEMA.search(content, 0, _HEAD_BYTES):
            left_alone.others.append(name_path(path))
            continue
        budget -= len(content)
        if budget < 0:
            raise _refuse(where, f"more than {MOST_BYTES} bytes of manifests")
        yield FoundFile(folders=folders, name=entry.name, content=content)


def _walk(
    top: Path, left_alone: LeftAlone, where: str
) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """List the regular files that are called as manifests are, each with its folders."""
    waiting: list[tuple[str, ...]] = [()]
    looked_at = 0
    while waiting:
        folders = waiting.pop()
        entries = _list_entries(top.joinpath(*folders), f"{where}/{name_path('/'.join(folders))}")
        looked_at += len(entries)
        if looked_at > MOST_ENTRIES:
            raise _refuse(where, f"more than {MOST_ENTRIES} files and folders")
        inner = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                inner += [] if entry.name.startswith(".") else [(*folders, entry.name)]
            elif _is_readable(entry, folders, left_alone):
                yield folders, entry
        if inner and len(folders) >= DEEPEST:
            raise _refuse(where, f"folders more than {DEEPEST} deep in one another")
        waiting += reversed(inner)


def _list_entries(folder: Path, where: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"cannot be searched: {error.strerror}", where=where) from None


def _is_readable(entry: os.DirEntry[str], folders: tuple[str, ...], left_alone: LeftAlone) -> bool:
    called_so = entry.name.endswith(SUFFIX)
    if called_so and entry.is_file(follow_symlinks=False):
        return True
    path = name_path("/".join((*folders, entry.name)))
    if entry.is_symlink():
        if called_so or entry.is_dir():
            left_alone.links.append(path)
    elif called_so:
        left_alone.special.append(path)
    return False


def _refuse(where: str, what: str) -> UsageError:
    hint = "name a folder that holds little beside manifests"
    return UsageError(f"holds {what}", where=where, hint=hint)
