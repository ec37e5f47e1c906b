"""Reads manifests from files and folders anywhere on disk, as others send them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from reprokit.errors import UsageError
from reprokit.model.collection import Collection, FoundManifest
from reprokit.store.manifest_pieces import Pieces
from reprokit.store.manifest_search import SUFFIX, LeftAlone, search_manifests
from reprokit.store.manifests import LARGEST_BYTES, decode_content
from reprokit.store.regular_file import name_path, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FEW = 3


@dataclass(kw_only=True, slots=True)
class _Reading:
    """What is known while files are read, one after the other.

    Attributes:
        first: The first file of each content, by the sha256 of its bytes.
        copies: Files that have the bytes of another.
        notes: What was left alone.
        pieces: What manifests have in common.
    """

    first: dict[bytes, str] = field(default_factory=dict)
    copies: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pieces: Pieces = field(default_factory=Pieces)

    def is_copy(self, content: bytes, name: str) -> bool:
        """Tell whether the same bytes came before, and remember them."""
        earlier = self.first.setdefault(hashlib.sha256(content).digest(), name)
        if earlier is name:
            return False
        self.copies.append(f"{name} (as {earlier})")
        return True


def read_collection(arguments: Sequence[tuple[int, str]]) -> Collection:
    """Read the manifests that files and folders hold.

    A file that is named must be a manifest. A folder is searched; of its TOML files those that do
    not say they are manifests are left alone, and one that says so and is wrong is an error.

    Args:
        arguments: Paths as they were asked for, each with its place among all arguments.

    Raises:
        UsageError: Where there is nothing, or a folder holds none, or too much.
        ManifestError: Where a manifest is wrong, with the file and the place in it.
    """
    found: list[FoundManifest] = []
    reading = _Reading()
    for number, name in arguments:
        path = Path(name)
        if os.path.isdir(path):  # noqa: PTH112 - Path's own raises where it may not look
            found += _read_folder(path, number, reading)
        else:
            found += _read_file(path, number, reading)
    return Collection(found=tuple(found), notes=(*reading.notes, *_note_copies(reading.copies)))


def _read_file(path: Path, number: int, reading: _Reading) -> Iterator[FoundManifest]:
    where = name_path(str(path))
    content = read_regular(path, most_bytes=LARGEST_BYTES, where=where)
    if not reading.is_copy(content, where):
        place = where if _is_below(path) else name_path(path.name)
        manifest = decode_content(content, where=where, place=place, pieces=reading.pieces)
        parts = (*_list_parts(path.parent), name_path(path.stem))
        yield FoundManifest(manifest=manifest, argument=number, parts=parts)


def _read_folder(path: Path, number: int, reading: _Reading) -> list[FoundManifest]:
    where = name_path(str(path))
    shown = where if _is_below(path) else name_path(path.name)
    top = "" if shown == "." else f"{shown}/"
    left_alone = LeftAlone()
    found, seen = [], 0
    for file in search_manifests(path, left_alone, where=where, most_bytes=LARGEST_BYTES):
        seen += 1
        inner = name_path("/".join((*file.folders, file.name)))
        if reading.is_copy(file.content, f"{where}/{inner}"):
            continue
        manifest = decode_content(
            file.content, where=f"{where}/{inner}", place=top + inner, pieces=reading.pieces
        )
        parts = (*_list_parts(path), *map(name_path, file.folders))
        found.append(FoundManifest(manifest=manifest, argument=number, parts=parts))
    own = list(_note_left_alone(shown or where, left_alone))
    if not seen:
        raise UsageError(
            "there are no manifests in this folder or below",
            where=where,
            hint=" ".join(own) or f"a manifest is a {SUFFIX} file that `reprokit snapshot` wrote",
        )
    reading.notes += own
    return found


def _is_below(path: PurePath) -> bool:
    """Tell whether a path, as it was asked for, tells nothing of what lies above."""
    return not path.is_absolute() and ".." not in path.parts


def _list_parts(path: PurePath) -> tuple[str, ...]:
    return tuple(name_path(part) for part in path.parts if part not in {path.anchor, "..", "."})


def _note_left_alone(where: str, left_alone: LeftAlone) -> Iterator[str]:
    if left_alone.others:
        yield f"Left alone in {where}, as no manifests: {_name(left_alone.others)}."
    if left_alone.links:
        yield f"Not followed in {where}, as symbolic links: {_name(left_alone.links)}."
    if left_alone.special:
        yield f"Not opened in {where}, as no regular files: {_name(left_alone.special)}."


def _note_copies(copies: Sequence[str]) -> Iterator[str]:
    if copies:
        count = "1 file has" if len(copies) == 1 else f"{len(copies)} files have"
        yield f"{count} the bytes of another, and count once: {_name(copies)}."


def _name(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_FEW])
    return f"{len(names)} files ({shown}, …)" if len(names) > _FEW else shown
