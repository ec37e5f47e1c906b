"""A milestone's tables of memory and time, for the machines that measured them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from reprokit.model.units import format_bytes, format_seconds
from reprokit.render.markdown_template import Table, write_code
from reprokit.render.pictures.memory_plot import LARGE_BYTES
from reprokit.render.text import render_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reprokit.model.comparison import Comparison, Cost, MachineEvidence, ProbeComparison

MOST_ROWS = 40
"""Of more large probes the largest are told; the JSON has all."""


def view_memory(comparison: Comparison) -> Table:
    """Give the table of peaks: of each large probe what MLX and the process took, by machine."""
    machines = _list_measured(comparison)
    chosen, left = _choose_large(comparison)
    head = ("probe", "output", *(machine.name for machine in machines))
    rows = (
        (
            write_code(probe.id),
            format_bytes(size),
            *(_describe_peak(machine, probe) for machine in machines),
        )
        for probe, size in chosen
    )
    return Table(head=head, rows=(*rows, *_tell_left_out(left, head)))


def _tell_left_out(count: int, head: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give the row that tells how many probes have none."""
    if count:
        yield (f"{count} of smaller outputs in the JSON", *[""] * (len(head) - 1))


def _describe_peak(machine: MachineEvidence, probe: ProbeComparison) -> str:
    cost = probe.costs.get(machine.name)
    if cost is None:
        return "-"
    runs = machine.probes[probe.id].record.runs
    resident = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    ratio = "" if cost.peak_ratio is None else f" ({cost.peak_ratio:.3f} x output)"
    process = f", RSS {format_bytes(int(median(resident)))}" if resident else ""
    return f"{format_bytes(cost.peak_bytes)}{ratio}{process}"


def view_times(comparison: Comparison) -> Table:
    """Give the table of times, cold and warm: of each large probe, and of all together."""
    machines = _list_measured(comparison)
    chosen, left = _choose_large(comparison)
    head = ("probe", *(machine.name for machine in machines))
    rows = [
        (write_code(probe.id), *(_describe_time(probe.costs.get(it.name)) for it in machines))
        for probe, _ in chosen
    ]
    rows += _tell_left_out(left, head)
    shared = [
        probe for probe in comparison.probes if all(it.name in probe.costs for it in machines)
    ]
    if machines and shared:
        sums = (_describe_sum(shared, machine.name) for machine in machines)
        rows.append((f"{render_count(len(shared), 'probe')} together", *sums))
    return Table(head=head, rows=tuple(rows))


def _describe_time(cost: Cost | None) -> str:
    return "-" if cost is None else _write_times(cost.cold_s, cost.warm_s)


def _describe_sum(probes: list[ProbeComparison], machine: str) -> str:
    costs = [probe.costs[machine] for probe in probes]
    return _write_times(sum(it.cold_s for it in costs), sum(it.warm_s for it in costs))


def _write_times(cold_s: float, warm_s: float) -> str:
    return f"{format_seconds(cold_s)} / {format_seconds(warm_s)}"


def _list_measured(comparison: Comparison) -> list[MachineEvidence]:
    names = {name for probe in comparison.probes for name in probe.costs}
    return [machine for machine in comparison.machines if machine.name in names]


def _choose_large(comparison: Comparison) -> tuple[list[tuple[ProbeComparison, int]], int]:
    """Choose the probes whose result is large, with its size; of many the largest.

    Returns:
        Those that are told, in the order of the comparison, and how many more there are.
    """
    found = []
    for probe in comparison.probes:
        records = (
            it.probes[probe.id].record for it in comparison.machines if it.name in probe.costs
        )
        size = max((record.size_bytes for record in records), default=0)
        if size >= LARGE_BYTES:
            found.append((probe, size))
    largest = sorted(found, key=lambda item: -item[1])[:MOST_ROWS]
    told = {probe.id for probe, _ in largest}
    return [item for item in found if item[0].id in told], len(found) - len(told)
