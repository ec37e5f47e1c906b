"""Tables and lists of a report: environments, histories, definitions, failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.environment_difference import Impact
from reprokit.render.cells import UNKNOWN
from reprokit.render.environment_changes import PACKAGE_FACT, cut_value
from reprokit.render.history import HEAD, list_rows, name_machine, summarize_history
from reprokit.render.html_divergence import Table
from reprokit.render.suite import describe_definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence, ProbeComparison
    from reprokit.model.environment_difference import FactDifference
    from reprokit.model.history import ProbeHistory

MOST_FACTS = 200
"""So many facts stand in a table of environments; of more the number is told."""

MOST_LINES = 20
"""So many of the last lines that a worker wrote are shown."""

_TELLING = frozenset({Impact.HIGH, Impact.MEDIUM})


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureView:
    """Why a machine has no result: which machine and how it ended, the reason, the last lines."""

    title: str
    reason: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineHistoryView:
    """A machine's results of a probe over commits, and what came with each move."""

    table: Table
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryView:
    """How a probe moved: its id, the counts, and the machines."""

    probe: str
    summary: str
    machines: tuple[MachineHistoryView, ...]


def view_environment(
    differences: Sequence[FactDifference], machines: Sequence[str]
) -> tuple[Table | None, Table | None]:
    """Give the tables of facts that can or may change bytes, and of the others.

    Of a package of another version the version alone is told: what else differs goes with it.

    Args:
        differences: The facts, the likeliest causes first.
        machines: The columns.
    """
    moved = {
        match[1]
        for it in differences
        if (match := PACKAGE_FACT.fullmatch(it.fact)) and match[2] == "version"
    }
    kept = [it for it in differences if not _goes_along(it.fact, moved)]
    telling = [it for it in kept if it.impact in _TELLING]
    lesser = [it for it in kept if it.impact not in _TELLING]
    return (
        _tabulate("Facts that can change bytes", telling, machines),
        _tabulate("Other facts", lesser, machines),
    )


def _goes_along(fact: str, moved: set[str]) -> bool:
    match = PACKAGE_FACT.fullmatch(fact)
    return match is not None and match[2] != "version" and match[1] in moved


def _tabulate(title: str, facts: Sequence[FactDifference], machines: Sequence[str]) -> Table | None:
    if not facts:
        return None
    rows = tuple(
        (
            it.fact,
            it.impact.value,
            *(_write_value(it.values, machine) for machine in machines),
            it.reason,
        )
        for it in facts[:MOST_FACTS]
    )
    if len(facts) > MOST_FACTS:
        title += f": the first {MOST_FACTS} of {len(facts)}"
    return Table(title=title, head=("fact", "can change bytes", *machines, "why"), rows=rows)


def _write_value(values: Mapping[str, str | None], machine: str) -> str:
    if machine not in values:
        return UNKNOWN
    value = values[machine]
    return "none" if value is None else cut_value(value)


def view_history(history: ProbeHistory) -> HistoryView:
    """Put a history into rows and sentences."""
    machines = []
    for machine in history.machines:
        rows = list_rows(history, machine)
        table = Table(title=name_machine(machine), head=HEAD, rows=tuple(row.cells for row in rows))
        lines = tuple(line for row in rows for line in row.details)
        machines.append(MachineHistoryView(table=table, lines=lines))
    return HistoryView(
        probe=history.probe, summary=summarize_history(history), machines=tuple(machines)
    )


def tell_definitions(
    probe: ProbeComparison, machines: Mapping[str, MachineEvidence]
) -> tuple[str, ...]:
    """Write what each definition of a probe computes; of several, on which machines."""
    told: dict[str, list[str]] = {}
    for name, definition in _list_definitions(probe, machines.values()):
        told.setdefault(definition, []).append(name)
    if len(told) == 1:
        return tuple(told)
    return tuple(f"{text} ({', '.join(names)})" for text, names in told.items())


def _list_definitions(
    probe: ProbeComparison, machines: Iterable[MachineEvidence]
) -> list[tuple[str, str]]:
    """Write each definition once: most machines share one."""
    texts: dict[str, str] = {}
    found = []
    for machine in machines:
        digest = probe.definitions.get(machine.name)
        if digest is None:
            continue
        if digest not in texts:
            texts[digest] = describe_definition(machine.probes[probe.id].definition)
        found.append((machine.name, texts[digest]))
    return found


def list_failures(
    probe: ProbeComparison, machines: Mapping[str, MachineEvidence]
) -> tuple[FailureView, ...]:
    """List why machines have no result, with the last lines that was written there."""
    found = []
    for name, machine in machines.items():
        declared = machine.probes.get(probe.id)
        failure = declared.record.failure if declared else None
        if failure is not None:
            lines = tuple(failure.stderr.splitlines()[-MOST_LINES:])
            title = f"{probe.states[name]} on {name}"
            found.append(FailureView(title=title, reason=failure.reason, lines=lines))
    return tuple(found)
