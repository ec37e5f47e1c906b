"""Reads manifests probe by probe, and each text of a probe once: machines mostly agree.

A manifest's text is cut before each line `[[probes]]`. Where every piece is valid TOML by itself,
the first has no `probes`, and each other one table of `probes` and nothing else, the pieces say
what the whole says: no cut lies within a value, since the piece before it would not be complete.
Likewise where a probe's text is cut before its line `[probes.runs]`. In any other case there is no
result here, and the whole is read as one; so it is where anything is wrong, since errors tell the
place in the whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import tomli

from reprokit.errors import ManifestError
from reprokit.model.run_columns import RunColumns
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_wire import MOST_PROBES, ProbeWire
from reprokit.store.probe_decoding import decode_probe
from reprokit.store.quick_records import give_runs

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest, ProbeRecord

_PROBE = "\n[[probes]]\n"
_RUNS = "\n[probes.runs]\n"
_SECOND = r"(?:0|[1-9][0-9]{0,8}+)(?:\.[0-9]{1,20}+(?:e-[0-9]{1,3}+)?+|e-[0-9]{1,3}+)"
_COUNT = "(?:0|[1-9][0-9]{0,17}+)"
_Columns: TypeAlias = (
    "tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...], tuple[int, ...]]"
)


def _match_columns(seconds: str, count: str) -> re.Pattern[str]:
    """Match runs as they are written of nearly every probe; within the bounds of `RunsWire`."""
    return re.compile(
        rf"cold_s = \[{seconds}\]\nwarm_s = \[{seconds}\]\n"
        rf"peak_bytes = \[{count}\]\npeak_rss_bytes = \[{count}\]\n*+"
    )


_TWO_RUNS = _match_columns(f"({_SECOND}), ({_SECOND})", f"({_COUNT}), ({_COUNT})")
_MORE_RUNS = _match_columns(f"({_SECOND}(?:, {_SECOND})*+)", f"({_COUNT}(?:, {_COUNT})*+)")

_MOST_CHARACTERS = 64 * 1024**2


class _Uncut(Exception):  # noqa: N818 - not an error
    """A text does not fall into pieces that can be read by themselves."""


@dataclass(kw_only=True, slots=True)
class Pieces:
    """What texts of probes were read as, while several manifests are read.

    Attributes:
        records: By text, without its runs.
        room: How many more characters of text are kept.
    """

    records: dict[str, ProbeRecord] = field(default_factory=dict)
    room: int = _MOST_CHARACTERS


def read_pieces(
    text: str, pieces: Pieces, *, where: str, place: str, sha256: str
) -> Manifest | None:
    """Read a manifest probe by probe.

    Args:
        text: The whole file's text.
        pieces: What was read before; is added to.
        where: The file, for errors.
        place: The file's place in the project, kept in the manifest.
        sha256: Hex sha256 of the file, kept in the manifest.

    Returns:
        None where it has to be read as a whole: it may be wrong, or written by other hands.
    """
    head, *parts = text.split(_PROBE, MOST_PROBES + 1)
    if len(parts) > MOST_PROBES:
        return None
    try:
        data = tomli.loads(head)
        if "probes" in data:
            return None
        data["probes"] = []
        shell = decode_manifest(data, where=where, path=place, sha256=sha256)
        probes = tuple(_read_probe(part, pieces) for part in parts)
    except (_Uncut, ManifestError, msgspec.ValidationError, ValueError, RecursionError):
        return None
    if len({probe.id for probe in probes}) < len(probes):
        return None
    return replace(shell, probes=probes)


def _read_probe(text: str, pieces: Pieces) -> ProbeRecord:
    body, _, tail = text.partition(_RUNS)
    columns = _read_columns(tail)
    if columns is None:
        return decode_probe(_parse_probe(text), "")
    known = pieces.records.get(body)
    if known is None:
        known = _read_body(body)
        if pieces.room >= len(body):
            pieces.room -= len(body)
            pieces.records[body] = known
    record = known.record
    digest = record.result.digest if record.result else ""
    held = record.relation.holds if record.relation else None
    return give_runs(known, RunColumns(digest, held, *columns))


def _read_columns(text: str) -> _Columns | None:
    """Read the measurements of all runs; None where they are not written as usual."""
    match = _TWO_RUNS.fullmatch(text)
    if match is not None:
        a, b, c, d, e, f, g, h = match.groups()
        return (float(a), float(b)), (float(c), float(d)), (int(e), int(f)), (int(g), int(h))
    match = _MORE_RUNS.fullmatch(text)
    if match is None:
        return None
    cold, warm, peak, resident = (group.split(", ") for group in match.groups())
    if not len(cold) == len(warm) == len(peak) == len(resident):
        return None
    return (
        tuple(map(float, cold)),
        tuple(map(float, warm)),
        tuple(map(int, peak)),
        tuple(map(int, resident)),
    )


def _read_body(text: str) -> ProbeRecord:
    wire = _parse_probe(text)
    if wire.runs is not None:
        raise _Uncut
    return decode_probe(wire, "")


def _parse_probe(text: str) -> ProbeWire:
    data: dict[str, Any] = tomli.loads(_PROBE + text)
    tables = data.pop("probes")
    if data or len(tables) != 1:
        raise _Uncut
    return msgspec.convert(tables[0], ProbeWire)
