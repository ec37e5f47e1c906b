"""Manifest files: `manifests/<machine>/<commit12>.toml`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reprokit.errors import ManifestError
from reprokit.model.names import short
from reprokit.model.wire import parse_toml
from reprokit.store.atomic import write_atomically
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_encoding import encode_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reprokit.model.manifest import Manifest

ACCEPTED = "accepted"
"""The folder of baselines, which lies among those of the machines."""

LARGEST_BYTES = 64 * 1024**2
"""A larger file is not read: no manifest of ours comes near."""

_HEADING = "Written by reprokit. Evidence: take a new snapshot instead of editing it."
_SUFFIX_DIGITS = 8


def read_manifest(path: Path, *, root: Path) -> Manifest:
    """Read one manifest.

    Args:
        path: The file.
        root: The project's folder: its path is kept relative to it, where it lies below.

    Raises:
        ManifestError: Where it cannot be read or is no manifest, with the place in it.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ManifestError(f"is larger than {LARGEST_BYTES} bytes", where=where)
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise ManifestError(f"cannot be read: {error.strerror}", where=where) from None
    except UnicodeDecodeError as error:
        raise ManifestError(f"not UTF-8 at byte {error.start}", where=where) from None
    data = parse_toml(text, where=where, error=ManifestError)
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    sha256 = hashlib.sha256(content).hexdigest()
    return decode_manifest(data, where=where, path=place, sha256=sha256)


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


def read_machine(folder: Path, machine: str, *, root: Path) -> Iterator[Manifest]:
    """Read all manifests of a machine.

    Raises:
        ManifestError: Where one is wrong, or lies in another machine's folder.
    """
    for path in sorted((folder / machine).glob("*.toml")):
        manifest = read_manifest(path, root=root)
        if manifest.machine != machine:
            raise ManifestError(
                f"the manifest of `{manifest.machine}` lies in the folder of `{machine}`",
                where=f"{machine}/{path.name}: machine",
                hint=f"move it to {folder.name}/{manifest.machine}/",
            )
        yield manifest


def encode_text(manifest: Manifest) -> str:
    """Write a manifest's canonical text."""
    from reprokit.store.toml_text import write_toml  # loads tomlkit, which readers do without

    return write_toml(encode_manifest(manifest), heading=_HEADING)


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest where there is none yet, or anew.

    Raises:
        ManifestError: Where the system refuses.
    """
    try:
        write_atomically(path, encode_text(manifest).encode("utf-8"))
    except OSError as error:
        where = f"{path.parent.name}/{path.name}"
        raise ManifestError(f"cannot be written: {error.strerror}", where=where) from None


def find_place(manifest: Manifest, folder: Path, *, root: Path) -> tuple[Path, Manifest | None]:
    """Find where a manifest belongs, and the evidence of the same that is there already.

    The first manifest of a machine at a commit is `<commit12>.toml`. One with another lock,
    other suites or uncommitted changes has a suffix that its lock, suites and changes determine.

    Returns:
        The path, and the manifest there with the same lock, suites and changes, if any.

    Raises:
        ManifestError: Where a manifest in the way cannot be read.
    """
    machine_folder = folder / manifest.machine
    stem = short(manifest.commit)
    identity = _identify(manifest)
    plain = machine_folder / f"{stem}.toml"
    suffixed = machine_folder / f"{stem}-{identity[:_SUFFIX_DIGITS]}.toml"
    for path in (plain, suffixed):
        if path.is_file():
            there = read_manifest(path, root=root)
            if _identify(there) == identity:
                return path, there
    takes_plain = not plain.exists() and not manifest.repository.dirty
    return (plain if takes_plain else suffixed), None


def _identify(manifest: Manifest) -> str:
    """Hash what tells manifests of one machine and commit apart: lock, suites, changes."""
    parts = [
        manifest.commit[:12],
        str(manifest.environment.lock.sha256),
        str(manifest.repository.diff_sha256),
        *(f"{suite.name} {suite.sha256}" for suite in manifest.suites),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
