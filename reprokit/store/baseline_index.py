"""What tells equal from other in a baseline's file, and no more: for tests, which read it in a run.

A baseline of a thousand arrays of 4 KiB has 8 MB, and to read it whole takes as long as many tests.
Here its lines are matched as they are written: ids, statuses, digests, dtypes and shapes are taken,
and bytes passed over. Where any line is otherwise, as in a file that was edited or merged, there is
no result, and the whole is to be read: that is where errors are told.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

from reprokit.model.baseline_key import BaselineKey
from reprokit.store.held_results import HeldResult

if TYPE_CHECKING:
    from reprokit.model.baseline import Baseline
    from reprokit.store.held_results import Index

LARGEST_BYTES = 64 * 1024**2
"""A larger file is not read: no baseline of ours comes near."""


_TEXT = r'"[^"\\\x00-\x1f\x7f]*+(?:\\["\\tnrbf][^"\\\x00-\x1f\x7f]*+)*+"\n'
_PLAIN = r'"([^"\\\x00-\x1f\x7f]*+)"\n'
_HEX = r'"[0-9a-f]*+"\n'
_ARRAY = r'digest = "([0-9a-f]{64})"\n(?:dtype = "([a-z0-9_]*+)"\n)?(?:shape = \[([0-9, ]*+)\]\n)?'
_RUNS = r'(?:block_bytes = [0-9]++\n)?(?:blocks = \[["0-9a-f, ]*+\]\n)?'


def _compile(text: str) -> re.Pattern[bytes]:
    return re.compile(text.encode("ascii"))


_HEAD = _compile(
    r"# [^\n]*+\n"
    r'schema = "reprokit/baseline/1"\n'
    rf"family = {_PLAIN}"
)
_KEY = _compile(
    r"\n\[\[baseline\]\]\n"
    rf"(?:mlx = {_PLAIN})?(?:wheel = {_PLAIN})?(?:tf32 = (true|false)\n)?"
)
_ENTRY = _compile(
    r"\n\[\[baseline\.probe\]\]\n"
    rf'id = ("[ !#-\[\]-~]*+(?:\\["\\][ !#-\[\]-~]*+)*+")\nstatus = "(accepted|pending)"\n'
    rf'(?:suite = {_TEXT})?(?:machine = {_PLAIN})?(?:definition = "[0-9a-f]{{64}}"\n)?{_ARRAY}'
)
_BITS = b'bits = "'
_REST = _compile(
    rf"{_RUNS}(?:peak_bytes = [0-9]++\n)?"
    rf'by = {_TEXT}at = "[0-9TZ:-]++"\nreason = {_TEXT}(?:commit = {_HEX})?(?:manifest = {_TEXT})?'
    rf"(?:manifest_sha256 = {_HEX})?(?:replaces = {_HEX})?"
)
_LEAF = b"\n[[baseline.probe.leaves]]\n"


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
            entry.id: HeldResult(
                status=entry.status.value,
                digest=entry.result.digest,
                dtype=entry.result.dtype,
                shape=entry.result.shape,
            )
            for entry in table.entries
            if not entry.machine
        }
        for table in baseline.tables
    }


def _read_keys(content: bytes, family: str) -> Index:
    head = _match(_HEAD, content, 0)
    if head[1].decode() != family:
        raise _Unlike
    position = head.end()
    index: Index = {}
    while position < len(content):
        match = _match(_KEY, content, position)
        held: dict[str, HeldResult] = {}
        position = _read_entries(content, match.end(), held)
        mlx, wheel = (None if it is None else it.decode() for it in match.group(1, 2))
        tf32 = None if match[3] is None else match[3] == b"true"
        key = BaselineKey(mlx=mlx, wheel=wheel, tf32=tf32)
        if key in index:
            raise _Unlike
        index[key] = held
    return index


def _read_entries(content: bytes, position: int, held: dict[str, HeldResult]) -> int:
    """Read the entries from a position on; return where they end."""
    seen = set()
    while match := _ENTRY.match(content, position):
        name, status, machine, digest, dtype, shape = match.groups()
        if (name, machine) in seen:
            raise _Unlike
        seen.add((name, machine))
        if not machine:
            held[_read_name(name)] = HeldResult(
                status.decode(), digest.decode(), dtype.decode() if dtype else "", _read(shape)
            )
        rest = _REST.match(content, _pass_bits(content, match.end()))
        if rest is None:
            raise _Unlike
        position = rest.end()
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
    while match := head.match(content, position):
        position = _match(rest, content, _pass_bits(content, match.end())).end()
    return position


def _read_name(quoted: bytes) -> str:
    text = quoted.decode("ascii")
    return str(json.loads(text)) if "\\" in text else text[1:-1]


def _pass_bits(content: bytes, position: int) -> int:
    """Pass over a line of bits; what stands in it is read only where a result differs."""
    if not content.startswith(_BITS, position):
        return position
    end = content.find(b"\n", position)
    if end < 0 or content[end - 1 : end] != b'"':
        raise _Unlike
    return end + 1


def _match(pattern: re.Pattern[bytes], content: bytes, position: int) -> re.Match[bytes]:
    match = pattern.match(content, position)
    if match is None:
        raise _Unlike
    return match
