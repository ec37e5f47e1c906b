"""From a `Manifest` to the tables of its file, in their canonical order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.model.definition_wire import encode_definition
from reprokit.model.record import ArrayFacts, Record, Status
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
        "origin": _builtins(manifest.origin),
        "repository": _encode_repository(manifest.repository),
        "suites": [_builtins(suite) for suite in manifest.suites],
        "environment": _builtins(manifest.environment),
        "probes": [_encode_probe(probe) for probe in manifest.probes],
    }


def _encode_repository(repository: Repository) -> dict[str, Any]:
    tables: dict[str, Any] = _builtins(repository)
    return {name: value for name, value in tables.items() if value or name == "dirty"}


def _encode_probe(probe: ProbeRecord) -> dict[str, Any]:
    record = probe.record
    tables = {
        "id": probe.id,
        "suite": probe.suite,
        "expectation": probe.expectation.value,
        "status": record.status.value,
        "definition": probe.definition.digest,
        "computes": msgspec.to_builtins(encode_definition(probe.definition)),
        "result": _encode_result(record.result) if record.result else None,
        "runs": _encode_runs(record) if record.runs else None,
        "failure": _builtins(record.failure) if record.failure else None,
    }
    return {name: value for name, value in tables.items() if value is not None}


def _encode_result(result: ArrayFacts) -> dict[str, Any]:
    tables: dict[str, Any] = msgspec.to_builtins(result)
    if not result.blocks:
        del tables["block_bytes"], tables["blocks"]
    if result.bits is None:
        del tables["bits"]
    if not result.dtype:
        del tables["dtype"], tables["shape"]
    return tables


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
    return columns


def _builtins(value: object) -> Any:  # noqa: ANN401 - tables, lists and scalars
    return _without_nulls(msgspec.to_builtins(value))


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - as above
    """Leave out what TOML cannot say, and empty lists, tables and texts, which are defaults.

    Not for a definition's arguments: there an empty list is a shape.
    """
    if isinstance(value, dict):
        pairs = ((name, _without_nulls(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item is not None and item not in ("", [], {})}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value
