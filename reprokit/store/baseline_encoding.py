"""From a `Baseline` to the tables of its file, in their canonical order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.store.baseline_wire import BASELINE_VERSION, EntryWire, KeyedWire, LeafWire

if TYPE_CHECKING:
    from reprokit.model.baseline import Baseline, BaselineEntry, KeyedBaseline
    from reprokit.model.record import NamedArray


def encode_baseline(baseline: Baseline) -> dict[str, Any]:
    """Turn a baseline into the tables of its file, sorted, without what says nothing."""
    return {
        "schema": f"reprokit/baseline/{BASELINE_VERSION}",
        "family": baseline.family,
        "baseline": [_encode_table(table) for table in baseline.tables],
    }


def _encode_table(table: KeyedBaseline) -> dict[str, Any]:
    entries = [_encode_entry(entry) for entry in table.entries]
    key = table.key
    wire = KeyedWire(mlx=key.mlx, wheel=key.wheel, tf32=key.tf32, probe=entries)
    tables: dict[str, Any] = msgspec.to_builtins(wire)
    return tables


def _encode_entry(entry: BaselineEntry) -> EntryWire:
    result, review = entry.result, entry.review
    return EntryWire(
        id=entry.id,
        status=entry.status,
        suite=entry.suite or None,
        machine=entry.machine or None,
        definition=entry.definition or None,
        digest=result.digest,
        dtype=result.dtype,
        shape=list(result.shape),
        bits=result.bits,
        block_bytes=result.block_bytes,
        blocks=list(result.blocks),
        peak_bytes=entry.peak_bytes,
        by=review.by,
        at=review.at,
        reason=review.reason,
        commit=review.commit or None,
        manifest=review.manifest or None,
        manifest_sha256=review.manifest_sha256 or None,
        replaces=review.replaces or None,
        leaves=[_encode_leaf(leaf) for leaf in entry.leaves],
    )


def _encode_leaf(leaf: NamedArray) -> LeafWire:
    array = leaf.array
    return LeafWire(
        name=leaf.name,
        digest=array.digest,
        dtype=array.dtype,
        shape=list(array.shape),
        bits=array.bits,
        block_bytes=array.block_bytes,
        blocks=list(array.blocks),
    )
