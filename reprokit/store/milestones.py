"""Milestone documents: `milestones/<name>-<date>.md`, `.json`, and pictures beside them."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprokit.errors import UsageError
from reprokit.model.names import short
from reprokit.store.atomic import write_atomically
from reprokit.store.milestone_wire import decode_published, read_document
from reprokit.store.regular_file import read_regular
from reprokit.store.state import wait_for_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from reprokit.model.milestone import Published

LARGEST_BYTES = 64 * 1024**2

ATTESTATION_PREFIX = "attestation-"
"""Begins the names of attestations, which lie in the same folder."""

PATIENCE_S = 60.0
"""How long one waits for another process that writes milestones of the project."""

_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2})\.(?:json|md)\Z")
_NOTES = re.compile(
    r"(^<!-- reprokit:notes[^\n]*-->\n).*?(^<!-- reprokit:end -->$)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Untouched:
    """A milestone's markdown that nobody edited but where it is the user's.

    Attributes:
        text: What was published, with what users added between marked lines; bytes that are no
            UTF-8 as lone surrogates.
        unfinished: What stands behind it of an amendment that was interrupted before the JSON was
            written, and so was never published; empty where there is none.
    """

    text: str
    unfinished: str = ""


def lock_milestones(root: Path) -> AbstractContextManager[None]:
    """Keep other processes from writing milestones of a project.

    Hold it from `find_published` to the last write: what one writes rests on what one found.

    Raises:
        ProjectError: Where `.reprokit/` cannot be written.
        UsageError: Where another process holds it for longer than one waits.
    """
    refusal = UsageError(
        "another process is writing a milestone of this project",
        hint="wait for it to end, and try again: nothing was written",
    )
    return wait_for_lock(root, "milestones.lock", patience_s=PATIENCE_S, refusal=refusal)


def hash_document(name: str, text: str) -> str:
    """Take the hex sha256 of a document; of markdown, what stands between marked lines left out.

    A line `<!-- reprokit:notes … -->` opens what is the user's, `<!-- reprokit:end -->` closes it.
    """
    text = text.replace("\r\n", "\n")
    kept = _NOTES.sub(r"\1\2", text) if name.endswith(".md") else text
    return hashlib.sha256(_encode(kept)).hexdigest()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def find_published(
    folder: Path, name: str, *, date: str = ""
) -> tuple[dict[str, Any], Published] | None:
    """Find the newest milestone of a name.

    Args:
        folder: The folder of milestones.
        name: Its slug.
        date: Of what is about to be written. A markdown of that date without a JSON is no error:
            where the same is written again, `write_documents` finishes what was interrupted.

    Returns:
        Its JSON, and what a later run is held against; None where there is none.

    Raises:
        UsageError: Where the JSON cannot be read, was edited, or is none of ours; or a markdown
            has none.
    """
    dates = {
        ending: {
            match[1]
            for path in folder.glob(f"{name}-*.{ending}")
            if (match := _DATED.fullmatch(path.name[len(name) :]))
        }
        for ending in ("json", "md")
    }
    orphans = dates["md"] - dates["json"]
    if not dates["json"]:
        orphans -= {date}
    if orphans:
        raise _explain_orphan(f"{folder.name}/{name}", min(orphans), is_first=not dates["json"])
    if not dates["json"]:
        return None
    stem = f"{name}-{max(dates['json'])}"
    where = f"{folder.name}/{stem}.json"
    data = read_document(_read(folder / f"{stem}.json", where), where=where)
    return data, decode_published(data, where=where, stem=stem)


def _explain_orphan(place: str, date: str, *, is_first: bool) -> UsageError:
    finish = f"finish it by the same command with `--date {date}`, " if is_first else ""
    return UsageError(
        "has no JSON beside it: the run that wrote it was interrupted, or the JSON is lost",
        where=f"{place}-{date}.md",
        hint=f"restore the JSON from git, {finish}or remove the file",
    )


def _read(path: Path, where: str) -> bytes:
    """Read a document; a link is none, since it would be replaced when something is added."""
    return read_regular(path, most_bytes=LARGEST_BYTES, where=where, follow=False, error=UsageError)


def read_untouched(folder: Path, published: Published) -> Untouched:
    """Read a milestone's markdown, if all its documents are as they were published.

    Raises:
        UsageError: Where a document was edited outside of the user's lines, or is missing.
    """
    texts = {name: _read_document(folder, name) for name in published.files}
    for name, text in texts.items():
        if name != published.markdown and hash_document(name, text) != published.files[name]:
            raise _explain_edit(f"{folder.name}/{name}")
    return _find_untouched(folder, published, texts[published.markdown])


def _read_document(folder: Path, name: str) -> str:
    where = f"{folder.name}/{name}"
    if not os.path.lexists(folder / name):
        raise UsageError(
            "is missing, which the milestone's JSON names",
            where=where,
            hint="restore it from git, or choose another name",
        )
    return _read(folder / name, where).decode("utf-8", "surrogateescape")


def _find_untouched(folder: Path, published: Published, text: str) -> Untouched:
    sha256 = published.files[published.markdown]
    if hash_document(published.markdown, text) == sha256:
        return Untouched(text=text)
    number = len(published.statements)
    heading = rf"\r?\n## Amendment {number}, \d{{4}}-\d{{2}}-\d{{2}}\r?\n\r?\n\*\*Status:"
    for match in re.finditer(heading, text):
        if hash_document(published.markdown, text[: match.start()]) == sha256:
            return Untouched(text=text[: match.start()], unfinished=text[match.start() :])
    raise _explain_edit(f"{folder.name}/{published.markdown}")


def _explain_edit(where: str) -> UsageError:
    hint = "restore it from git, or choose another name for a new milestone"
    if where.endswith(".md"):
        hint += (
            "; a text of yours goes between the lines `<!-- reprokit:notes` and "
            "`<!-- reprokit:end -->`, which both stay"
        )
    return UsageError(
        "was edited outside of the lines that are yours; it is kept as it is, and nothing was "
        "written",
        where=where,
        hint=hint,
    )


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
        where = f"{folder.name}/{name}"
        if os.path.lexists(path) and _read(path, where) != _encode(text):
            raise UsageError(
                "is there already and says something else",
                where=where,
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
            write_atomically(folder / name, _encode(text))
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror}", where=f"{folder.name}/{name}"
            ) from None
    return tuple(folder / name for name in documents)


def list_documents(folder: Path, commit: str) -> tuple[Path, ...]:
    """List the documents of the milestones at a commit: markdown, pictures, then JSON.

    Args:
        folder: The folder of milestones.
        commit: At least its first 12 hex digits.
    """
    found: list[Path] = []
    for _, published in _read_all(folder):
        if isinstance(published, UsageError):
            continue
        if short(commit) in {it.commit for it in published.statements}:
            names = dict.fromkeys([published.markdown, *published.files, published.data])
            found += [folder / name for name in names if (folder / name).is_file()]
    return tuple(found)


def list_spoiled(folder: Path, commit: str) -> tuple[UsageError, ...]:
    """List what is wrong with milestones.

    Each JSON named as a milestone's that cannot be read, was edited or is none; and of those at a
    commit each document that was edited or is missing. An attestation is no milestone.

    Args:
        folder: The folder of milestones.
        commit: At least its first 12 hex digits.
    """
    found: list[UsageError] = []
    for path, published in _read_all(folder):
        if isinstance(published, UsageError):
            if _DATED.search(path.name) and not path.name.startswith(ATTESTATION_PREFIX):
                found.append(published)
        elif short(commit) in {it.commit for it in published.statements}:
            try:
                read_untouched(folder, published)
            except UsageError as error:
                found.append(error)
    return tuple(found)


def _read_all(folder: Path) -> Iterator[tuple[Path, Published | UsageError]]:
    """Read each JSON of a folder, or say what is wrong with it."""
    for path in sorted(folder.glob("*.json")):
        where = f"{folder.name}/{path.name}"
        try:
            data = read_document(_read(path, where), where=where)
            yield path, decode_published(data, where=where, stem=path.stem)
        except UsageError as error:
            yield path, error
