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
from typing import TYPE_CHECKING, Any

import msgspec
import tomli

from reprokit.errors import ManifestError
from reprokit.model.manifest import ProbeRecord
from reprokit.model.record import Record, Run
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_wire import ProbeWire
from reprokit.store.probe_decoding import decode_probe

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest

_PROBE = "\n[[probes]]\n"
_RUNS = "\n[probes.runs]\n"
_SECOND = r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,20}(?:e-[0-9]{1,3})?|e-[0-9]{1,3})"
_SECONDS = rf"\[({_SECOND}(?:, {_SECOND})*)\]"
_COUNT = "(?:0|[1-9][0-9]{0,17})"
_BYTES = rf"\[({_COUNT}(?:, {_COUNT})*)\]"
_COLUMNS = re.compile(
    rf"cold_s = {_SECONDS}\nwarm_s = {_SECONDS}\npeak_bytes = {_BYTES}\n"
    rf"peak_rss_bytes = {_BYTES}\n*",
)
"""Runs as they are written of nearly every probe; within the bounds of `RunsWire`."""

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
    head, *parts = text.split(_PROBE)
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
    columns = _COLUMNS.fullmatch(tail)
    if columns is None:
        return decode_probe(_parse_probe(text), "")
    known = pieces.records.get(body)
    if known is None:
        known = _read_body(body)
        if pieces.room >= len(body):
            pieces.room -= len(body)
            pieces.records[body] = known
    record = known.record
    return ProbeRecord(
        id=known.id,
        suite=known.suite,
        definition=known.definition,
        expectation=known.expectation,
        record=Record(
            status=record.status,
            result=record.result,
            leaves=record.leaves,
            stages=record.stages,
            relation=record.relation,
            control=record.control,
            runs=_read_runs(columns, record),
            failure=record.failure,
        ),
        relation=known.relation,
        control_equal=known.control_equal,
        max_peak_ratio=known.max_peak_ratio,
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


def _read_runs(columns: re.Match[str], record: Record) -> tuple[Run, ...]:
    digest = record.result.digest if record.result else ""
    held = record.relation.holds if record.relation else None
    cold, warm, peak, resident = (group.split(", ") for group in columns.groups())
    return tuple(
        Run(
            digest=digest,
            warm_digest=digest,
            cold_s=float(cold_s),
            warm_s=float(warm_s),
            peak_bytes=int(peak_bytes),
            peak_rss_bytes=int(rss_bytes),
            holds=held,
            warm_holds=held,
        )
        for cold_s, warm_s, peak_bytes, rss_bytes in zip(cold, warm, peak, resident, strict=True)
    )
