"""From a baseline's TOML tables to a `Baseline`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.errors import BaselineError
from reprokit.model.baseline import Baseline, BaselineEntry, KeyedBaseline, Review
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.record import ArrayFacts, NamedArray
from reprokit.model.wire import check_schema, convert_wire
from reprokit.store.array_check import find_fault
from reprokit.store.baseline_wire import (
    BASELINE_VERSION,
    BaselineWire,
    EntryWire,
    KeyedWire,
    LeafWire,
)

if TYPE_CHECKING:
    from reprokit.model.place import Place


def decode_baseline(data: dict[str, Any], *, where: Place, path: str, sha256: str) -> Baseline:
    """Turn a baseline's TOML tables into a baseline.

    Args:
        data: What a TOML parser gave.
        where: The file, for errors.
        path: The file's place in the project, kept in the baseline.
        sha256: Hex sha256 of the file, kept in the baseline.

    Raises:
        BaselineError: With the place in the file.
    """
    check_schema(data, kind="baseline", version=BASELINE_VERSION, where=where, error=BaselineError)
    wire = convert_wire(data, BaselineWire, where=where, error=BaselineError)
    tables: dict[BaselineKey, KeyedBaseline] = {}
    for index, item in enumerate(wire.baseline):
        place = where / "baseline" / index
        key = BaselineKey(mlx=item.mlx, wheel=item.wheel, tf32=item.tf32)
        if key in tables:
            raise BaselineError(
                f"the key ({key}) is there twice",
                where=str(place),
                hint="put the entries of both under one of them",
            )
        tables[key] = KeyedBaseline(key=key, entries=_decode_entries(item, place))
    return Baseline(
        family=wire.family,
        tables=tuple(tables[key] for key in sorted(tables, key=lambda key: key.order)),
        path=path,
        sha256=sha256,
    )


def _decode_entries(wire: KeyedWire, where: Place) -> tuple[BaselineEntry, ...]:
    entries: dict[tuple[str, str], BaselineEntry] = {}
    for index, item in enumerate(wire.probe):
        place = where / "probe" / index
        entry = _decode_entry(item, place)
        if entry.order in entries:
            raise BaselineError(
                f"`{entry.id}` is there twice under one key",
                where=str(place / "id"),
                hint="keep the one that was reviewed last",
            )
        entries[entry.order] = entry
    return tuple(entries[order] for order in sorted(entries))


def _decode_entry(wire: EntryWire, where: Place) -> BaselineEntry:
    return BaselineEntry(
        id=wire.id,
        status=wire.status,
        result=_decode_array(wire, where),
        suite=wire.suite or "",
        machine=wire.machine or "",
        definition=wire.definition or "",
        peak_bytes=wire.peak_bytes,
        review=Review(
            by=wire.by,
            at=wire.at,
            reason=wire.reason,
            commit=wire.commit or "",
            manifest=wire.manifest or "",
            manifest_sha256=wire.manifest_sha256 or "",
            replaces=wire.replaces or "",
        ),
        leaves=tuple(
            NamedArray(name=leaf.name, array=_decode_array(leaf, where / "leaves" / index))
            for index, leaf in enumerate(wire.leaves)
        ),
    )


def _decode_array(wire: EntryWire | LeafWire, where: Place) -> ArrayFacts:
    array = ArrayFacts(
        digest=wire.digest,
        dtype=wire.dtype,
        shape=tuple(wire.shape),
        bits=wire.bits,
        block_bytes=wire.block_bytes,
        blocks=tuple(wire.blocks),
    )
    fault = find_fault(array)
    if fault is not None:
        hint = "one of the two was edited; restore the file from git, and review the probe again"
        raise BaselineError(fault[1], where=str(where / fault[0]), hint=hint)
    return array
