"""A milestone's JSON as it lies in its folder, and what of it a later run is held against."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import UsageError
from reprokit.model.milestone import (
    MachineFacts,
    MachineStatement,
    ProbeStatement,
    Published,
    Statement,
    state_digests,
)
from reprokit.model.milestone_seal import is_as_sealed
from reprokit.model.place import Place
from reprokit.model.wire import check_schema, convert_wire

if TYPE_CHECKING:
    from collections.abc import Sequence

MILESTONE_VERSION = 1

_RESTORE = "restore it from git, or choose another name"


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
    states: dict[str, str] = {}
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
        raise UsageError("is no JSON", where=where, hint=_RESTORE) from None
    place = Place(where)
    if not isinstance(data, dict):
        raise UsageError("is no milestone", where=where)
    check_schema(data, kind="milestone", version=MILESTONE_VERSION, where=place, error=UsageError)
    return data


def decode_published(data: dict[str, Any], *, where: str, stem: str) -> Published:
    """Reduce a milestone's JSON to what a later run is held against.

    Raises:
        UsageError: Where a field is lacking or is of another type, with its place; where it was
            edited, or names documents that are not its own.
    """
    wire = convert_wire(data, _MilestoneWire, where=Place(where), error=UsageError)
    if not is_as_sealed(data):
        raise UsageError(
            "was edited: what it says has another hash than the `sha256` in it; it is kept as it "
            "is, and nothing was written",
            where=where,
            hint=_RESTORE,
        )
    _check_names(wire, where=where, stem=stem)
    every: list[_MilestoneWire | _AmendmentWire] = [wire, *wire.amendments]
    return Published(
        stem=stem,
        dates=tuple(it.date for it in every),
        reasons=tuple(it.why for it in every),
        statements=tuple(_make_statement(it.comparison) for it in every),
        files=wire.files,
    )


def _check_names(wire: _MilestoneWire, *, where: str, stem: str) -> None:
    """Refuse a JSON that is of other documents than those beside it, as a copy of another's is."""
    if f"{wire.name}-{wire.date}" != stem:
        raise UsageError(
            f"is the milestone `{wire.name}` of `{wire.date}`, not that of its file's name",
            where=where,
            hint="a milestone is not renamed: remove the copy, and run `reprokit milestone` with "
            "the new name",
        )
    if f"{stem}.md" not in wire.files:
        raise UsageError(f"does not name `{stem}.md`", where=f"{where}: files", hint=_RESTORE)
    own = re.compile(rf"{re.escape(stem)}(\.md|-[a-z0-9]+(-[a-z0-9]+)*\.svg)\Z")
    strange = [name for name in wire.files if not own.match(name)]
    if strange:
        raise UsageError(
            f"names `{strange[0]}`, which is no document of this milestone",
            where=f"{where}: files",
            hint=_RESTORE,
        )


def _make_statement(wire: _ComparisonWire) -> Statement:
    return Statement(
        commit=wire.commit or "",
        machines={it.name: _state_machine(it) for it in wire.machines},
        probes={it.id: _state_probe(it) for it in wire.probes},
        causes=_list_causes(wire.attribution),
    )


def _state_machine(wire: _MachineWire) -> MachineStatement:
    facts = msgspec.convert(wire, MachineFacts, from_attributes=True)
    return MachineStatement(
        facts=facts.tell(),
        manifests={it.path: it.sha256 for it in wire.manifests},
    )


def _state_probe(wire: _ProbeWire) -> ProbeStatement:
    return ProbeStatement(
        verdict=wire.verdict,
        severity=wire.severity,
        digests=state_digests(wire.digests, wire.states),
        definitions=wire.definitions,
        stage=wire.stage or "",
    )


def _list_causes(wire: Sequence[_AttributionWire]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.name for it in wire for match in it.signatures))
