"""Manifest files: `manifests/<machine>/<commit12>.toml`, with a suffix where there are several."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.errors import ManifestError
from reprokit.model.names import ACCEPTED, short
from reprokit.model.place import Place
from reprokit.model.wire import parse_toml, shorten
from reprokit.store.atomic import write_atomically
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_encoding import encode_manifest
from reprokit.store.manifest_pieces import Pieces, read_pieces
from reprokit.store.regular_file import name_path, read_regular
from reprokit.store.toml_text import write_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reprokit.model.manifest import Manifest

LARGEST_BYTES = 16 * 1024**2
"""A larger file is not read: no manifest of ours comes near."""

_HEADING = "Written by reprokit. Evidence: take a new snapshot instead of editing it."
_FILE_NAME = re.compile(r"([0-9a-f]{12})(?:-[0-9a-f]{8})?\.toml")
_SUFFIX_DIGITS = 8
_SPOILED = "the file may be truncated or hold conflict markers; restore it from git"


def read_manifest(
    path: Path, *, root: Path, pieces: Pieces | None = None, follow: bool = True
) -> Manifest:
    """Read one manifest.

    Args:
        path: The file.
        root: The project's folder: its path is kept relative to it, where it lies below.
        pieces: What others, read before, have in common with it; is added to.
        follow: Whether a symbolic link is followed.

    Raises:
        ManifestError: Where it cannot be read or is no manifest, with the place in it.
    """
    where = shorten(name_path(f"{path.parent.name}/{path.name}"))
    content = read_regular(path, most_bytes=LARGEST_BYTES, where=where, follow=follow)
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return decode_content(content, where=where, place=name_path(place), pieces=pieces)


def is_manifest(path: Path) -> bool:
    """Tell whether a file begins as those do that are written here; False where there is none."""
    if not path.is_file():
        return False
    start = f"# {_HEADING}".encode()
    with path.open("rb") as file:
        return file.read(len(start)) == start


def decode_content(
    content: bytes, *, where: str, place: str, pieces: Pieces | None = None
) -> Manifest:
    """Make a manifest of a file's bytes.

    Args:
        content: The whole file.
        where: How the file is named in errors.
        place: How the manifest names it: never an absolute path.
        pieces: What others, read before, have in common with it; is added to.

    Raises:
        ManifestError: Where they are no manifest, with the place in it.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(f"not UTF-8 at byte {error.start}", where=where) from None
    sha256 = hashlib.sha256(content).hexdigest()
    if pieces is not None:
        manifest = read_pieces(text, pieces, where=where, place=place, sha256=sha256)
        if manifest is not None:
            return manifest
    data = parse_toml(text, where=Place(where), error=ManifestError, hint=_SPOILED)
    return decode_manifest(data, where=where, path=place, sha256=sha256)


@contextmanager
def _explain_system(where: str, verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ManifestError(f"cannot be {verb}: {error.strerror}", where=where) from None


def list_machines(folder: Path) -> tuple[str, ...]:
    """Name the machines that have manifests."""
    if not folder.is_dir():
        return ()
    return tuple(
        sorted(
            entry.name
            for entry in folder.iterdir()
            if entry.is_dir() and entry.name != ACCEPTED and any(entry.glob("*.toml"))
        )
    )


def read_machine(
    folder: Path, machine: str, *, root: Path, commit: str = "", pieces: Pieces | None = None
) -> Iterator[Manifest]:
    """Read all manifests of a machine, or those at a commit, given by its first hex digits.

    Args:
        folder: The folder of manifests.
        machine: The machine's name.
        root: The project's folder.
        commit: First hex digits; empty for all.
        pieces: What manifests of other machines, read before, have in common with these.

    Raises:
        ManifestError: Where one is wrong, or does not belong where it lies.
    """
    pieces = pieces or Pieces()
    for path in sorted((folder / machine).glob(f"{commit}*.toml")):
        where = shorten(name_path(f"{machine}/{path.name}"))
        name = _FILE_NAME.fullmatch(path.name)
        if name is None:
            raise ManifestError(
                "a manifest is named by its commit's first 12 hex digits, as `0a8ec29f1c21.toml`",
                where=where,
                hint="rename it, or move it out of the folder",
            )
        manifest = read_manifest(path, root=root, pieces=pieces, follow=False)
        if manifest.machine != machine or short(manifest.commit) != name[1]:
            raise ManifestError(
                f"is the manifest of `{manifest.machine}` at {short(manifest.commit)}",
                where=where,
                hint=f"move it to {folder.name}/{manifest.machine}/{short(manifest.commit)}.toml",
            )
        yield manifest


def encode_text(manifest: Manifest) -> str:
    """Write a manifest's canonical text."""
    return write_toml(encode_manifest(manifest), heading=_HEADING)


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest where there is none yet, or anew.

    Its text is read again before it takes its place: nothing is written that could not be read.

    Raises:
        ManifestError: Where the system refuses, or a fact does not fit the format.
    """
    where = f"{path.parent.name}/{path.name}"
    content = encode_text(manifest).encode("utf-8")
    reread = decode_content(content, where=where, place=manifest.path)
    if replace(reread, sha256=manifest.sha256) != manifest:
        raise ManifestError("would not be read as it was measured; this is a defect", where=where)
    with _explain_system(where, "written"):
        write_atomically(path, content)


def choose_place(manifest: Manifest, there: Sequence[Manifest], folder: Path) -> Path:
    """Choose the file for a manifest that is none of those there.

    The first of a machine at a commit is `<commit12>.toml`. Others have a suffix, which their
    lock, suites, uncommitted changes and environment determine.

    Args:
        manifest: What is to be written.
        there: The manifests of the same machine and commit.
        folder: The folder of manifests.
    """
    stem = short(manifest.commit)
    machine_folder = folder / manifest.machine
    if not there and not manifest.repository.dirty:
        return machine_folder / f"{stem}.toml"
    return machine_folder / f"{stem}-{identify(manifest)[:_SUFFIX_DIGITS]}.toml"


def identify(manifest: Manifest) -> str:
    """Hash what tells manifests of one machine and commit apart."""
    environment = replace(manifest.environment, gaps=())
    parts = [
        short(manifest.commit),
        manifest.origin.kind.value,
        str(manifest.repository.diff_sha256),
        repr(environment),
        *(f"{suite.name} {suite.sha256}" for suite in manifest.suites),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
