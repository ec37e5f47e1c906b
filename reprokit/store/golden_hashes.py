"""Reads files of golden hashes: JSON objects of tests, each with `hash`, `status` and more.

    {"test_replay": {"hash": "…", "status": "accepted", "mlx_version": "0.31.1",
                     "commit": "0a8ec29f1c21", "chip_family": "apple_m5"}}

What else an entry says is left alone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import UsageError
from reprokit.model.baseline import BaselineStatus
from reprokit.model.golden import GoldenHash, GoldenProblem
from reprokit.model.names import COMMIT_PATTERN, DIGEST_PATTERN
from reprokit.model.value_text import cut_text
from reprokit.store.baseline_wire import EntryId
from reprokit.store.regular_file import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_BYTES = 16 * 1024**2
_UNKNOWN = "unknown"
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)+[0-9A-Za-z.+-]{0,40}")
_COMMIT = re.compile(COMMIT_PATTERN)
_HEX = re.compile(r"[0-9a-f]{4,64}")
_DIGEST = re.compile(DIGEST_PATTERN)
_LONGEST_CHIP = 100

STATUSES: Mapping[str, BaselineStatus] = {
    "accepted": BaselineStatus.ACCEPTED,
    "pending": BaselineStatus.PENDING,
    "pending_review": BaselineStatus.PENDING,
}
"""What the words for a status there mean here."""


class _WrongEntry(Exception):  # noqa: N818 - data for a report
    """An entry is not as it should be; the message says how."""


def read_golden(
    path: Path, *, prefix: str = ""
) -> tuple[tuple[GoldenHash, ...], tuple[GoldenProblem, ...]]:
    """Read a file of golden hashes.

    Args:
        path: The file.
        prefix: What is put before each name, as `tests/test_r1.py::`.

    Returns:
        Its entries, and why others are none.

    Raises:
        UsageError: Where it is no JSON object at all.
        ManifestError: Where it cannot be read.
    """
    content = read_regular(path, most_bytes=LARGEST_BYTES, where=path.name)
    try:
        data = json.loads(content, object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UsageError(f"is not JSON: {reason}", where=path.name) from None
    except (ValueError, RecursionError):
        raise UsageError("is not JSON", where=path.name) from None
    if not isinstance(data, _Pairs):
        raise UsageError(
            "holds no golden hashes",
            where=path.name,
            hint='expected an object of entries: {"test_name": {"hash": …, "status": …}}',
        )
    found, problems = [], []
    counts = Counter(name for name, _ in data.pairs)
    for name, value in dict(data.pairs).items():  # what is there twice is told once
        try:
            fields = _read_fields(value, twice=counts[name] > 1)
            found.append(_read_entry(fields, name, prefix=prefix, file=path.name))
        except _WrongEntry as error:
            place = f"{path.name}: {cut_text(name)}"
            problems.append(GoldenProblem(place=place, reason=str(error)))
    return tuple(found), tuple(problems)


class _Pairs:
    """A JSON object with all of its names, those too that are there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _read_fields(value: object, *, twice: bool) -> dict[str, Any]:
    if not isinstance(value, _Pairs):
        raise _WrongEntry("is not an entry: expected an object with `hash` and `status`")
    fields = dict(value.pairs)
    if twice or len(fields) < len(value.pairs):
        raise _WrongEntry("is there twice, or has a field twice")
    return fields


def _read_entry(fields: Mapping[str, Any], name: str, *, prefix: str, file: str) -> GoldenHash:
    try:
        whole = msgspec.convert(prefix + name, EntryId)
    except msgspec.ValidationError:
        raise _WrongEntry("has a name that cannot stand in a baseline") from None
    digest = fields.get("hash")
    if not isinstance(digest, str) or not _DIGEST.match(digest.lower()):
        raise _WrongEntry(f"`hash` is no sha256: {_quote(digest)}")
    word = fields.get("status")
    if not isinstance(word, str) or word not in STATUSES:
        known = ", ".join(f"`{it}`" for it in STATUSES)
        raise _WrongEntry(f"`status` is {_quote(word)}, and not one of {known}")
    return GoldenHash(
        name=whole,
        digest=digest.lower(),
        status=STATUSES[word],
        word=word,
        mlx=_read_text(fields, "mlx_version", _VERSION, "a version") or None,
        commit=_read_commit(fields),
        chip=_read_chip(fields),
        file=file,
    )


def _read_text(
    fields: Mapping[str, object], field: str, pattern: re.Pattern[str], expected: str
) -> str:
    """Read a field that may be unknown: empty then."""
    value = fields.get(field)
    if value is None or value in ("", _UNKNOWN):
        return ""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _WrongEntry(f"`{field}` is {_quote(value)}, and not {expected}")
    return value


def _read_commit(fields: Mapping[str, object]) -> str:
    """Read a commit; one that git shortened to less than 12 digits may mean several: empty then."""
    value = _read_text(fields, "commit", _HEX, "a commit's hex digits")
    return value if _COMMIT.fullmatch(value) else ""


def _read_chip(fields: Mapping[str, object]) -> str:
    value = fields.get("chip_family")
    if value is None or value == _UNKNOWN:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_CHIP or not value.isprintable():
        raise _WrongEntry(f"`chip_family` is {_quote(value)}, and not a chip's name")
    return value


def _quote(value: object) -> str:
    if value is None:
        return "missing"
    if isinstance(value, str):
        return f"`{cut_text(value)}`"
    return f"`{value}`" if isinstance(value, bool | int | float) else "no text"
