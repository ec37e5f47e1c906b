"""What tells equal from other in a baseline's file, and no more: for tests, which read it in a run.

A baseline of a thousand arrays of 4 KiB has 8 MB, and to read it whole takes as long as many tests.
Here its lines are matched as they are written: ids, statuses, digests, dtypes and shapes are taken,
and bytes held against their digests. Where any line is otherwise, as in a file that was edited or
merged, there is no result, and the whole is to be read: that is where errors are told. So whatever
the whole refuses is refused here.
"""

from __future__ import annotations

import json
import re
from binascii import unhexlify
from functools import cache
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from reprokit.model.baseline_key import BaselineKey
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.store.array_check import MOST_BYTES
from reprokit.store.held_results import PENDING_MARK, write_array

if TYPE_CHECKING:
    from reprokit.model.baseline import Baseline

Index: TypeAlias = "dict[BaselineKey, dict[str, str]]"
"""A line for each result, by key and id; results of single machines are left out."""

LARGEST_BYTES = 64 * 1024**2
"""A larger file is not read: no baseline of ours comes near."""


_INTEGER = r"(?:0|[1-9][0-9]{0,17})"
_CHARS = r'[^"\\\x00-\x1f\x7f]*+(?:\\["\\tnrbf][^"\\\x00-\x1f\x7f]*+)*+'
_SHORT = r"(?=[^\n]{3,1000}+\n)"
"""What a line's text may have: something within its quotes, and not too much of it."""

_TEXT = rf'{_SHORT}"{_CHARS}"\n'
_PLAIN = rf'{_SHORT}"([^"\\\x00-\x1f\x7f]*+)"\n'
_SLUG = r'(?=[^\n]{3,82}+\n)"([a-z0-9]++(?:[-_][a-z0-9]++)*+)"\n'
_SHA256 = r'"[0-9a-f]{64}"\n'
_ARRAY = (
    r'digest = "([0-9a-f]{64})"\n(?:dtype = "([a-z0-9_]{1,40}+)"\n)?'
    rf"(?:shape = \[({_INTEGER}(?:, {_INTEGER})*+)\]\n)?"
)
_RUNS = (
    rf"(?:block_bytes = ({_INTEGER})\n)?"
    r'(?:blocks = \[("[0-9a-f]{16}"(?:, "[0-9a-f]{16}")*+)\]\n)?'
)
_DATE = r'"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?"\n'


def _compile(text: str) -> re.Pattern[bytes]:
    return re.compile(text.encode("ascii"))


_HEAD = _compile(
    r"# [ -~]*+\n"
    r'schema = "reprokit/baseline/1"\n'
    rf"family = {_SLUG}"
)
_KEY = _compile(
    r"\n\[\[baseline\]\]\n"
    rf"(?:mlx = {_PLAIN})?(?:wheel = {_PLAIN})?(?:tf32 = (true|false)\n)?"
)
_ENTRY = _compile(
    r"\n\[\[baseline\.probe\]\]\n"
    r'id = (?=[^\n]{3,302}+\n)("[A-Za-z0-9_.][ !#-\[\]-~]*+(?:\\["\\][ !#-\[\]-~]*+)*+(?<! )")\n'
    r'status = "(accepted|pending)"\n'
    rf"(?:suite = {_SLUG})?(?:machine = {_SLUG})?(?:definition = {_SHA256})?{_ARRAY}"
)
_BITS = b'bits = "'
_REST = _compile(
    rf"{_RUNS}(?:peak_bytes = {_INTEGER}\n)?"
    rf"by = {_TEXT}at = {_DATE}reason = {_TEXT}"
    rf'(?:commit = "[0-9a-f]{{12,64}}"\n)?(?:manifest = {_TEXT})?'
    rf"(?:manifest_sha256 = {_SHA256})?(?:replaces = {_SHA256})?"
)
_BITS_END = b'"\n'
_LEAF = b"\n[[baseline.probe.leaves]]\n"
_MOST_LEAVES = 10_000
_MOST_DIGITS = 2**21
_ITEM_BYTES = {name.encode(): size for name, size in ITEM_BYTES.items()}


class _Unlike(Exception):  # noqa: N818 - not an error
    """A line is not as it is written."""


def index_text(content: bytes, family: str) -> Index | None:
    """Index a baseline's file by its lines.

    Args:
        content: The file.
        family: The family that it should be of.

    Returns:
        Its results by key; None where it is not, line by line, as reprokit writes it.
    """
    try:
        return _read_keys(content, family)
    except _Unlike:
        return None


def index_baseline(baseline: Baseline) -> Index:
    """Index a baseline that was read whole."""
    return {
        table.key: {
            entry.id: _write_result(
                entry.status.value, entry.result.dtype, entry.result.shape, entry.result.digest
            )
            for entry in table.entries
            if not entry.machine
        }
        for table in baseline.tables
    }


def list_held(index: Index, key: BaselineKey) -> dict[str, str]:
    """List what holds for a key: what stands under it, else under one that covers it."""
    covering = (own for own in index if own.covers(key))
    held: dict[str, str] = {}
    for own in sorted(covering, key=lambda it: it.rank):
        held |= index[own]
    return held


def _write_result(status: str, dtype: str, shape: tuple[int, ...], digest: str) -> str:
    mark = PENDING_MARK if status == "pending" else ""
    return mark + write_array(dtype, shape, digest)


def _read_keys(content: bytes, family: str) -> Index:
    if not content.isascii():
        _check_encoding(content)
    head = _match(_HEAD, content, 0)
    if head[1].decode() != family:
        raise _Unlike
    position = head.end()
    index: Index = {}
    while position < len(content):
        match = _match(_KEY, content, position)
        held: dict[str, str] = {}
        position = _read_entries(content, match.end(), held)
        mlx, wheel = (None if it is None else it.decode() for it in match.group(1, 2))
        tf32 = None if match[3] is None else match[3] == b"true"
        key = BaselineKey(mlx=mlx, wheel=wheel, tf32=tf32)
        if key in index or position == match.end():
            raise _Unlike
        index[key] = held
    return index


def _check_encoding(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        raise _Unlike from None


def _read_entries(content: bytes, position: int, held: dict[str, str]) -> int:
    """Read the entries from a position on; return where they end."""
    seen = set()
    while match := _ENTRY.match(content, position):
        name, status, _, machine, digest, dtype, shape = match.groups()
        if (name, machine) in seen:
            raise _Unlike
        seen.add((name, machine))
        if not machine:
            held[_read_name(name)] = _write_result(
                status.decode(), dtype.decode() if dtype else "", _read(shape), digest.decode()
            )
        position = _pass_bytes(_REST, content, match.end(), (digest, dtype, shape))
        if content.startswith(_LEAF, position):
            position = _pass_leaves(content, position)
    return position


@cache
def _read(shape: bytes | None) -> tuple[int, ...]:
    """Read a shape: tests have few."""
    return tuple(map(int, shape.split(b", "))) if shape else ()


def _pass_leaves(content: bytes, position: int) -> int:
    head = _compile(rf"{re.escape(_LEAF.decode())}name = {_TEXT}{_ARRAY}")
    rest = _compile(_RUNS)
    count = 0
    while match := head.match(content, position):
        digest, dtype, shape = match.groups()
        position = _pass_bytes(rest, content, match.end(), (digest, dtype, shape))
        count += 1
    if count > _MOST_LEAVES:
        raise _Unlike
    return position


def _read_name(quoted: bytes) -> str:
    text = quoted.decode("ascii")
    return str(json.loads(text)) if "\\" in text else text[1:-1]


def _pass_bytes(
    rest: re.Pattern[bytes],
    content: bytes,
    position: int,
    array: tuple[bytes, bytes | None, bytes | None],
) -> int:
    """Pass over what a file keeps of an array's bytes, where it belongs to the array.

    It is what `array_check.find_fault` holds: an edited digest above old bytes is no result.

    Args:
        rest: What stands behind the bits; its first groups are a run's length and the digests.
        content: The file.
        position: Where bits stand, if there are any.
        array: Digest, dtype and shape as they are written.
    """
    digest, dtype, shape = array
    size_bytes = prod(_read(shape)) * _ITEM_BYTES.get(dtype or b"", 0)
    if content.startswith(_BITS, position):
        start = position + len(_BITS)
        end = start + 2 * size_bytes
        _check_bits(content[start:end], digest)
        position = end + len(_BITS_END)
        if content[end:position] != _BITS_END:
            raise _Unlike
    match = _match(rest, content, position)
    if match[2] is not None:
        count, block_bytes = match[2].count(b",") + 1, int(match[1] or 0)
        if not block_bytes or count != -(-size_bytes // block_bytes):
            raise _Unlike
    if prod(_read(shape)) > MOST_BYTES or size_bytes > MOST_BYTES:
        raise _Unlike
    return match.end()


def _check_bits(digits: bytes, digest: bytes) -> None:
    if len(digits) > _MOST_DIGITS or digits != digits.lower():
        raise _Unlike
    try:
        data = unhexlify(digits)
    except ValueError:
        raise _Unlike from None
    if sha256(data).hexdigest().encode() != digest:
        raise _Unlike


def _match(pattern: re.Pattern[bytes], content: bytes, position: int) -> re.Match[bytes]:
    match = pattern.match(content, position)
    if match is None:
        raise _Unlike
    return match
