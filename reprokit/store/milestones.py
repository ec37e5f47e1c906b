"""Milestone documents: `milestones/<name>-<date>.md`, `.json`, and pictures beside them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import ManifestError, UsageError
from reprokit.model.names import short
from reprokit.store.atomic import write_atomically
from reprokit.store.milestone_wire import decode_published, read_document
from reprokit.store.regular_file import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reprokit.model.milestone import Published

LARGEST_BYTES = 64 * 1024**2

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}\.json\Z")
_NOTES = re.compile(
    r"(^<!-- reprokit:notes[^\n]*-->\n).*?(^<!-- reprokit:end -->$)", re.DOTALL | re.MULTILINE
)


def hash_document(name: str, text: str) -> str:
    """Take the hex sha256 of a document; of markdown, what stands between marked lines left out.

    A line `<!-- reprokit:notes … -->` opens what is the user's, `<!-- reprokit:end -->` closes it.
    """
    text = text.replace("\r\n", "\n")
    kept = _NOTES.sub(r"\1\2", text) if name.endswith(".md") else text
    return hashlib.sha256(kept.encode("utf-8")).hexdigest()


def find_published(folder: Path, name: str) -> tuple[dict[str, Any], Published] | None:
    """Find the newest milestone of a name.

    Args:
        folder: The folder of milestones.
        name: Its slug.

    Returns:
        Its JSON, and what a later run is held against; None where there is none.

    Raises:
        UsageError: Where the JSON cannot be read, or is none of ours.
    """
    found = [
        path for path in folder.glob(f"{name}-*.json") if _DATED.fullmatch(path.name[len(name) :])
    ]
    if not found:
        return None
    path = max(found, key=lambda it: it.name)
    where = f"{folder.name}/{path.name}"
    data = read_document(_read(path, where), where=where)
    return data, decode_published(data, where=where, stem=path.stem)


def _read(path: Path, where: str) -> bytes:
    try:
        return read_regular(path, most_bytes=LARGEST_BYTES, where=where)
    except ManifestError as error:
        raise UsageError(error.message, where=where, hint=error.hint) from None


def read_untouched(folder: Path, published: Published, *, addition: str = "") -> str:
    """Read a milestone's markdown, if all its documents are as they were published.

    Args:
        folder: The folder of milestones.
        published: The milestone.
        addition: What is about to be added: where it stands there already, since a run was
            interrupted, it is left out.

    Returns:
        The markdown's text, with what users added between marked lines.

    Raises:
        UsageError: Where a document was edited outside of those lines, or is missing.
    """
    texts = {}
    for name, sha256 in published.files.items():
        where = f"{folder.name}/{name}"
        if "/" in name or "\\" in name or not (folder / name).is_file():
            raise UsageError(
                "is missing, which the milestone's JSON names",
                where=where,
                hint="restore it from git, or choose another name",
            )
        text = _read(folder / name, where).decode("utf-8", "surrogateescape")
        shorter = text.removesuffix(addition) if name.endswith(".md") else text
        texts[name] = shorter if _hash_loosely(name, shorter) == sha256 else text
        if _hash_loosely(name, texts[name]) != sha256:
            raise UsageError(
                "was edited outside of the lines that are yours; it is kept as it is, and nothing "
                "was written",
                where=where,
                hint="move what you wrote between the lines `<!-- reprokit:notes` and "
                "`<!-- reprokit:end -->`, or choose another name for a new milestone",
            )
    return texts.get(f"{published.stem}.md", "")


def _hash_loosely(name: str, text: str) -> str:
    """Take the hash of what was read; empty where it holds bytes that are no UTF-8."""
    try:
        return hash_document(name, text)
    except UnicodeEncodeError:
        return ""


def write_documents(folder: Path, documents: Mapping[str, str]) -> tuple[Path, ...]:
    """Write documents, none of them over another text of the same name.

    Args:
        folder: The folder of milestones.
        documents: Text by file name.

    Returns:
        The files.

    Raises:
        UsageError: Where one is there already with another text, or the system refuses; of the
            former none is written.
    """
    for name, text in documents.items():
        path = folder / name
        if path.exists() and path.read_bytes() != text.encode("utf-8"):
            raise UsageError(
                "is there already and says something else",
                where=f"{folder.name}/{name}",
                hint="a milestone is not rewritten: choose another name or date, or remove it",
            )
    return replace_documents(folder, documents)


def replace_documents(folder: Path, documents: Mapping[str, str]) -> tuple[Path, ...]:
    """Write documents in their order, over what was there.

    Raises:
        UsageError: Where the system refuses.
    """
    for name, text in documents.items():
        try:
            write_atomically(folder / name, text.encode("utf-8"))
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}", where=f"{folder.name}/{name}"
            ) from None
    return tuple(folder / name for name in documents)


class _CommitWire(msgspec.Struct):
    commit: str | None = None


class _AmendmentWire(msgspec.Struct):
    comparison: _CommitWire


class _MilestoneWire(msgspec.Struct):
    """Of a milestone's JSON, what says which commits it is of, and what lies beside it."""

    schema: str
    comparison: _CommitWire
    amendments: list[_AmendmentWire] = []
    files: dict[str, str] = {}


def list_documents(folder: Path, commit: str) -> tuple[Path, ...]:
    """List the documents of the milestones at a commit: markdown, pictures, then JSON.

    Args:
        folder: The folder of milestones.
        commit: At least its first 12 hex digits.
    """
    found: list[Path] = []
    for path in sorted(folder.glob("*.json")):
        try:
            wire = msgspec.json.decode(path.read_bytes(), type=_MilestoneWire)
        except (msgspec.DecodeError, OSError):
            continue
        commits = {wire.comparison.commit, *(it.comparison.commit for it in wire.amendments)}
        if wire.schema.startswith("reprokit/milestone/") and short(commit) in commits:
            found += _list_files(path, wire)
    return tuple(found)


def _list_files(path: Path, wire: _MilestoneWire) -> Iterator[Path]:
    names = dict.fromkeys([path.with_suffix(".md").name, *wire.files, path.name])
    for name in names:
        file = path.parent / name
        if "/" not in name and file.is_file():
            yield file
