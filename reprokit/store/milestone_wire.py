"""A milestone's JSON as it lies in its folder, and what of it a later run is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import UsageError
from reprokit.model.milestone import MachineStatement, ProbeStatement, Published, Statement
from reprokit.model.place import Place
from reprokit.model.wire import check_schema, convert_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

MILESTONE_VERSION = 1


class _ManifestWire(msgspec.Struct):
    path: str
    sha256: str


class _MachineWire(msgspec.Struct):
    name: str
    family: str
    commit: str
    dirty: bool
    origin: str
    chip: str | None = None
    os: str | None = None
    os_version: str | None = None
    os_build: str | None = None
    python: str | None = None
    mlx: str | None = None
    lock_sha256: str | None = None
    manifests: list[_ManifestWire] = []


class _ProbeWire(msgspec.Struct):
    id: str
    verdict: str
    severity: str
    digests: dict[str, str] = {}
    definitions: dict[str, str] = {}
    stage: str | None = None


class _SignatureWire(msgspec.Struct):
    name: str


class _AttributionWire(msgspec.Struct):
    signatures: list[_SignatureWire] = []


class _ComparisonWire(msgspec.Struct):
    commit: str | None
    machines: list[_MachineWire]
    probes: list[_ProbeWire]
    attribution: list[_AttributionWire] = []


class _AmendmentWire(msgspec.Struct):
    date: str
    comparison: _ComparisonWire
    why: str = ""


class _MilestoneWire(msgspec.Struct):
    name: str
    date: str
    files: dict[str, str]
    comparison: _ComparisonWire
    amendments: list[_AmendmentWire]
    why: str = ""


def read_document(content: bytes, *, where: str) -> dict[str, Any]:
    """Parse a milestone's JSON and check its schema.

    Raises:
        UsageError: Where it is no such JSON, or of a newer reprokit.
    """
    try:
        data: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UsageError(
            "is no JSON", where=where, hint="restore it from git, or choose another name"
        ) from None
    place = Place(where)
    if not isinstance(data, dict):
        raise UsageError("is no milestone", where=where)
    check_schema(data, kind="milestone", version=MILESTONE_VERSION, where=place, error=UsageError)
    return data


def decode_published(data: dict[str, Any], *, where: str, stem: str) -> Published:
    """Reduce a milestone's JSON to what a later run is held against.

    Raises:
        UsageError: Where a field is lacking or is of another type, with its place.
    """
    wire = convert_wire(data, _MilestoneWire, where=Place(where), error=UsageError)
    newest = wire.amendments[-1] if wire.amendments else wire
    return Published(
        stem=stem,
        date=newest.date,
        amendments=len(wire.amendments),
        reasons=(wire.why, *(it.why for it in wire.amendments)),
        statement=_make_statement(newest.comparison),
        files=wire.files,
    )


def _make_statement(wire: _ComparisonWire) -> Statement:
    return Statement(
        commit=wire.commit or "",
        machines={it.name: _state_machine(it) for it in wire.machines},
        probes={it.id: _state_probe(it) for it in wire.probes},
        causes=_list_causes(wire.attribution),
    )


def _state_machine(wire: _MachineWire) -> MachineStatement:
    facts = {
        "family": wire.family,
        "chip": wire.chip,
        "os": wire.os,
        "os version": wire.os_version,
        "os build": wire.os_build,
        "Python": wire.python,
        "mlx": wire.mlx,
        "uv.lock": wire.lock_sha256,
        "commit": wire.commit,
        "uncommitted changes": "yes" if wire.dirty else "no",
        "origin": wire.origin,
    }
    return MachineStatement(
        facts={name: value or "" for name, value in facts.items()},
        manifests={it.path: it.sha256 for it in wire.manifests},
    )


def _state_probe(wire: _ProbeWire) -> ProbeStatement:
    return ProbeStatement(
        verdict=wire.verdict,
        severity=wire.severity,
        digests=wire.digests,
        definitions=wire.definitions,
        stage=wire.stage or "",
    )


def _list_causes(wire: Sequence[_AttributionWire]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.name for it in wire for match in it.signatures))
