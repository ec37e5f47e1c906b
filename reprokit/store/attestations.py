"""Attestations: `milestones/attestation-<tag>.json`, which anybody may have written."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from reprokit.errors import UsageError
from reprokit.model.attestation import (
    NEEDED_KINDS,
    RELEASE_GATES,
    Attestation,
    AttestedFile,
    FileKind,
)
from reprokit.model.check import GateVerdict, find_gravest
from reprokit.model.place import Place
from reprokit.model.text_wire import Commit, Digest, Line
from reprokit.model.wire import check_schema, convert_wire
from reprokit.store.atomic import write_atomically
from reprokit.store.milestones import ATTESTATION_PREFIX
from reprokit.store.regular_file import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTESTATION_VERSION = 1
LARGEST_BYTES = 16 * 1024**2

PASSING = frozenset({GateVerdict.PASS, GateVerdict.WARN})
"""What a gate may say of a release that is attested."""

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class FileWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `files`."""

    kind: FileKind
    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    sha256: Digest


class AttestationWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The file format `reprokit/attestation/1`."""

    schema: str
    project: Line
    tag: Line
    tag_commit: Commit
    code_commit: Commit
    reprokit: Line
    verdict: GateVerdict
    gates: dict[Line, GateVerdict]
    machines: dict[Line, Line]
    files: list[FileWire]


def choose_place(folder: Path, tag: str) -> Path:
    """Choose the file of a tag's attestation, in the folder of milestones."""
    return folder / f"{ATTESTATION_PREFIX}{_UNFIT.sub('-', tag)}.json"


def write_attestation(attestation: Attestation, path: Path) -> None:
    """Write an attestation, not over another one.

    Raises:
        UsageError: Where a file is there that says something else, or the system refuses.
    """
    content = encode_attestation(attestation)
    if os.path.lexists(path) and _read(path, path.name) != content:
        raise UsageError(
            "is there already and says something else",
            where=path.name,
            hint="an attestation is not rewritten: remove it if it is wrong",
        )
    try:
        write_atomically(path, content)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=path.name) from None


def _read(path: Path, where: str, *, follow: bool = False) -> bytes:
    """Read nothing but a regular file; over a link nothing is written."""
    return read_regular(
        path, most_bytes=LARGEST_BYTES, where=where, follow=follow, error=UsageError
    )


def encode_attestation(attestation: Attestation) -> bytes:
    """Write an attestation's JSON: the same facts, the same bytes."""
    files = sorted(attestation.files, key=lambda file: file.path)
    wire = AttestationWire(
        schema=f"reprokit/attestation/{ATTESTATION_VERSION}",
        project=attestation.project,
        tag=attestation.tag,
        tag_commit=attestation.tag_commit,
        code_commit=attestation.code_commit,
        reprokit=attestation.version,
        verdict=attestation.verdict,
        gates=dict(attestation.gates),
        machines=dict(attestation.machines),
        files=[FileWire(kind=it.kind, path=it.path, sha256=it.sha256) for it in files],
    )
    return msgspec.json.format(msgspec.json.encode(wire), indent=2) + b"\n"


def read_attestation(path: Path) -> Attestation:
    """Read an attestation of whomever.

    Raises:
        UsageError: Where it cannot be read, is none, contradicts itself, or names a file outside
            the project.
    """
    where = Place(path.as_posix())
    try:
        data: Any = msgspec.json.decode(_read(path, path.as_posix(), follow=True))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UsageError("is no JSON", where=path.as_posix()) from None
    if not isinstance(data, dict):
        raise UsageError("is no attestation", where=path.as_posix())
    check_schema(
        data, kind="attestation", version=ATTESTATION_VERSION, where=where, error=UsageError
    )
    wire = convert_wire(data, AttestationWire, where=where, error=UsageError)
    _refuse_contradiction(wire, where)
    for index, file in enumerate(wire.files):
        _refuse_outside(file.path, where / "files" / index / "path")
    return Attestation(
        project=wire.project,
        tag=wire.tag,
        tag_commit=wire.tag_commit,
        code_commit=wire.code_commit,
        version=wire.reprokit,
        verdict=wire.verdict,
        gates=wire.gates,
        machines=wire.machines,
        files=tuple(
            AttestedFile(kind=it.kind, path=it.path, sha256=it.sha256) for it in wire.files
        ),
    )


def _refuse_contradiction(wire: AttestationWire, where: Place) -> None:
    """Refuse what no check writes: gates that let nothing pass, or nothing that they rest on."""
    for name, verdict in wire.gates.items():
        if verdict not in PASSING:
            raise UsageError(
                f"says `{verdict}`: nothing is attested that a gate did not let pass",
                where=str(where / "gates" / name),
            )
    gravest = find_gravest(wire.gates.values())
    if wire.verdict is not gravest:
        raise UsageError(
            f"says `{wire.verdict}`, and its gates together say `{gravest}`",
            where=str(where / "verdict"),
        )
    _refuse_lack(wire, where)


def _refuse_lack(wire: AttestationWire, where: Place) -> None:
    """Refuse one that lacks a gate or a file without which no release passes, or has more."""
    for name in sorted(set(RELEASE_GATES).symmetric_difference(wire.gates)):
        said = f"does not name the gate `{name}`" if name in RELEASE_GATES else "is no gate"
        place = where / "gates" if name in RELEASE_GATES else where / "gates" / name
        raise UsageError(said, where=str(place))
    kinds = {file.kind for file in wire.files}
    for kind in NEEDED_KINDS:
        if kind not in kinds:
            raise UsageError(
                f"names no {kind}, and no release is without", where=str(where / "files")
            )
    for path, count in Counter(file.path for file in wire.files).items():
        if count > 1:
            raise UsageError(f"names `{path}` twice", where=str(where / "files"))


def _refuse_outside(path: str, where: Place) -> None:
    pure = PurePosixPath(path)
    unfit = "\\" in path or "\0" in path or re.match(r"[A-Za-z]:", path)
    if pure.is_absolute() or ".." in pure.parts or unfit or pure.as_posix() != path:
        raise UsageError("names a file outside the project", where=str(where))


def verify_files(attestation: Attestation, root: Path) -> Iterator[tuple[AttestedFile, str]]:
    """Hold an attestation against the files as they are here.

    Args:
        attestation: As read.
        root: The top of the repository, from which its paths are.

    Yields:
        Each file that is not as attested, and in which way.

    Raises:
        UsageError: Where a link leads out of the project.
    """
    top = root.resolve()
    for file in attestation.files:
        path = root / file.path
        if not path.resolve().is_relative_to(top):
            raise UsageError("leads out of the project", where=file.path)
        if not path.is_file():
            yield file, "is missing"
        elif path.stat().st_size > 4 * LARGEST_BYTES:
            yield file, "is larger than any file of this kind"
        elif hash_file(path) != file.sha256:
            yield file, "was changed"


def hash_file(path: Path) -> str:
    """Take the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
