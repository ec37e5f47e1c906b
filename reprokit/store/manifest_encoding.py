"""From a `Manifest` to the tables of its file, in their canonical order."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.model.definition_wire import encode_definition
from reprokit.model.record import NamedArray, Record, Relation, Status
from reprokit.store.manifest_wire import MANIFEST_VERSION

if TYPE_CHECKING:
    from reprokit.model.environment import Repository
    from reprokit.model.manifest import Manifest, ProbeRecord


def encode_manifest(manifest: Manifest) -> dict[str, Any]:
    """Turn a manifest into the tables of its file, in their canonical order, without nulls."""
    return {
        "schema": f"reprokit/manifest/{MANIFEST_VERSION}",
        "machine": manifest.machine,
        "family": manifest.family,
        "project": manifest.project,
        "created": manifest.created,
        "origin": _encode_facts(manifest.origin),
        "repository": _encode_repository(manifest.repository),
        "suites": [_encode_facts(suite) for suite in manifest.suites],
        "environment": _encode_facts(manifest.environment),
        "probes": [_encode_probe(probe) for probe in manifest.probes],
    }


def _encode_repository(repository: Repository) -> dict[str, Any]:
    tables: dict[str, Any] = _encode_facts(repository)
    return tables | {"dirty": repository.dirty}


def _encode_probe(probe: ProbeRecord) -> dict[str, Any]:
    record = probe.record
    tables = {
        "id": probe.id,
        "suite": probe.suite,
        "expectation": probe.expectation.value,
        "status": record.status.value,
        "definition": probe.definition.digest,
        "computes": msgspec.to_builtins(encode_definition(probe.definition)),
        "relation_expected": probe.relation,
        "control_expected": probe.control_equal,
        "max_peak_ratio": probe.max_peak_ratio,
        "result": _encode_facts(record.result) if record.result else None,
        "relation": _encode_relation(record.relation) if record.relation else None,
        "control": _encode_facts(record.control) if record.control else None,
        "leaves": [_encode_named(item) for item in record.leaves] or None,
        "stages": [_encode_named(item) for item in record.stages] or None,
        "runs": _encode_runs(record) if record.runs else None,
        "failure": _encode_facts(record.failure) if record.failure else None,
    }
    return {name: value for name, value in tables.items() if value is not None}


def _encode_relation(relation: Relation) -> dict[str, Any]:
    return {"name": relation.name, "holds": relation.holds, "facts": dict(relation.facts)}


def _encode_named(item: NamedArray) -> dict[str, Any]:
    return {"name": item.name, **_encode_facts(item.array)}


def _encode_runs(record: Record) -> dict[str, Any]:
    runs = record.runs
    columns: dict[str, Any] = {
        "cold_s": [run.cold_s for run in runs],
        "warm_s": [run.warm_s for run in runs],
        "peak_bytes": [run.peak_bytes for run in runs],
    }
    resident = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    if len(resident) == len(runs):
        columns["peak_rss_bytes"] = resident
    if record.status is not Status.OK:
        columns["digests"] = [run.digest for run in runs]
        columns["warm_digests"] = [run.warm_digest for run in runs]
    if len(record.relation_counts) > 1:
        columns["holds"] = [run.holds for run in runs]
        columns["warm_holds"] = [run.warm_holds for run in runs]
    return columns


def _encode_facts(value: object) -> Any:  # noqa: ANN401 - tables, lists and scalars
    """Turn one of the model's shapes into tables, leaving out what equals its default.

    Not for a definition's arguments, which are the user's: there an empty list is a shape.
    """
    if is_dataclass(value):
        pairs = ((item, getattr(value, item.name)) for item in fields(value))
        return {item.name: _encode_facts(own) for item, own in pairs if not _is_default(item, own)}
    if isinstance(value, tuple):
        return [_encode_facts(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def _is_default(item: Field[Any], value: object) -> bool:
    if item.default_factory is not MISSING:
        return bool(value == item.default_factory())
    return item.default is not MISSING and bool(value == item.default)
