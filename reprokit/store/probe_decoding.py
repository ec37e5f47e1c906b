"""From a probe as it stands in a manifest to its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import ManifestError
from reprokit.model.definition_wire import decode_definition
from reprokit.model.manifest import ProbeRecord
from reprokit.model.record import (
    MEASURED,
    ArrayFacts,
    ControlResult,
    Failure,
    NamedArray,
    Record,
    Relation,
    Run,
    Status,
)
from reprokit.model.value_text import cut_text
from reprokit.store.array_check import find_fault

if TYPE_CHECKING:
    from reprokit.model.definition import Definition
    from reprokit.store.manifest_wire import (
        ControlResultWire,
        FailureWire,
        NamedArrayWire,
        ProbeWire,
        ResultWire,
    )


def decode_probe(wire: ProbeWire, where: str) -> ProbeRecord:
    """Turn one of a manifest's probes into its record.

    Args:
        wire: The probe as it stands on disk.
        where: Its place, for errors.

    Raises:
        ManifestError: Where what it says does not belong together.
    """
    definition = decode_definition(wire.computes)
    if _digest_definition(definition, where) != wire.definition:
        raise ManifestError(
            "is not the hash of `computes`",
            where=f"{where}.definition",
            hint="one of the two was edited; take the file from its machine again",
        )
    record = Record(
        status=wire.status,
        result=_decode_result(wire, where),
        leaves=_decode_named(wire.leaves, f"{where}.leaves"),
        stages=_decode_named(wire.stages, f"{where}.stages"),
        relation=_decode_relation(wire),
        control=_decode_control(wire, f"{where}.control"),
        runs=_decode_runs(wire, where),
        failure=_decode_failure(wire.failure),
    )
    return ProbeRecord(
        id=wire.id,
        suite=wire.suite,
        definition=definition,
        expectation=wire.expectation,
        record=record,
        relation=wire.relation_expected,
        control_equal=wire.control_expected,
        max_peak_ratio=wire.max_peak_ratio,
    )


def _digest_definition(definition: Definition, where: str) -> str:
    place = f"{where}.computes.arguments"
    try:
        digest = definition.digest
        within = _is_within((definition.seed or 0, *definition.arguments.values()))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"holds what no definition can: {cut_text(str(error))}"
        raise ManifestError(message, where=place) from None
    if not within:
        raise ManifestError("holds an integer of more than 64 bits", where=place)
    return digest


def _is_within(value: object) -> bool:
    """Tell whether the integers of an argument, however deep, have at most 64 bits."""
    if isinstance(value, tuple):
        return all(map(_is_within, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**64


def _decode_result(wire: ProbeWire | ControlResultWire, where: str) -> ArrayFacts | None:
    if wire.result is None:
        if wire.status in MEASURED:
            raise ManifestError(f"status `{wire.status}` needs a `result`", where=where)
        return None
    return _decode_array(wire.result, f"{where}.result")


def _decode_array(wire: ResultWire, where: str) -> ArrayFacts:
    array = ArrayFacts(
        digest=wire.digest,
        dtype=wire.dtype,
        shape=tuple(wire.shape),
        bits=wire.bits,
        block_bytes=wire.block_bytes,
        blocks=tuple(wire.blocks),
        statistics=msgspec.structs.asdict(wire.statistics) if wire.statistics else {},
    )
    _check_bytes(array, where)
    return array


def _decode_named(wires: list[NamedArrayWire], where: str) -> tuple[NamedArray, ...]:
    names: set[str] = set()
    for index, wire in enumerate(wires):
        if wire.name in names:
            shown = cut_text(wire.name)
            raise ManifestError(f"`{shown}` is there twice", where=f"{where}[{index}].name")
        names.add(wire.name)
    return tuple(
        NamedArray(name=wire.name, array=_decode_array(wire, f"{where}[{index}]"))
        for index, wire in enumerate(wires)
    )


def _decode_relation(wire: ProbeWire) -> Relation | None:
    it = wire.relation
    return Relation(name=it.name, holds=it.holds, facts=it.facts) if it else None


def _decode_control(wire: ProbeWire, where: str) -> ControlResult | None:
    if wire.control is None:
        return None
    return ControlResult(
        status=wire.control.status,
        result=_decode_result(wire.control, where),
        failure=_decode_failure(wire.control.failure),
    )


def _decode_failure(wire: FailureWire | None) -> Failure | None:
    return Failure(reason=wire.reason, stderr=wire.stderr) if wire else None


def _check_bytes(result: ArrayFacts, where: str) -> None:
    fault = find_fault(result)
    if fault is not None:
        raise ManifestError(fault[1], where=f"{where}.{fault[0]}")


def _decode_runs(wire: ProbeWire, where: str) -> tuple[Run, ...]:
    runs = wire.runs
    if runs is None:
        return ()
    count = len(runs.cold_s)
    common = wire.result.digest if wire.result else ""
    held = wire.relation.holds if wire.relation else None
    columns: dict[str, list[Any]] = {
        "cold_s": runs.cold_s,
        "warm_s": runs.warm_s,
        "peak_bytes": runs.peak_bytes,
        "peak_rss_bytes": runs.peak_rss_bytes or [None] * count,
        "digests": runs.digests or [common] * count,
        "warm_digests": runs.warm_digests or [common] * count,
        "holds": runs.holds or [held] * count,
        "warm_holds": runs.warm_holds or [held] * count,
    }
    for name, column in columns.items():
        if len(column) != count:
            raise ManifestError(
                f"expected {count} entries as in `cold_s`, got {len(column)}",
                where=f"{where}.runs.{name}",
            )
    seen = {*columns["digests"], *columns["warm_digests"]}
    if wire.status is Status.OK and seen != {common}:
        raise ManifestError("status `ok` needs equal digests", where=f"{where}.runs")
    return tuple(
        Run(
            digest=columns["digests"][index],
            warm_digest=columns["warm_digests"][index],
            cold_s=runs.cold_s[index],
            warm_s=runs.warm_s[index],
            peak_bytes=runs.peak_bytes[index],
            peak_rss_bytes=columns["peak_rss_bytes"][index],
            holds=columns["holds"][index],
            warm_holds=columns["warm_holds"][index],
        )
        for index in range(count)
    )
