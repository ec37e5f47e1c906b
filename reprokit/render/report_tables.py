"""Tables and lists of a report: environments, histories, definitions, failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reprokit.model.environment_difference import Impact
from reprokit.render.cells import UNKNOWN
from reprokit.render.environment_changes import PACKAGE_FACT, cut_value
from reprokit.render.history import HEAD, list_rows, name_machine, summarize_history
from reprokit.render.page_budget import (
    MOST_HISTORY_ROWS,
    MOST_LINES,
    MOST_LINES_IN_ALL,
    share_rows,
)
from reprokit.render.page_table import PageTable
from reprokit.render.suite import describe_definition
from reprokit.render.text import render_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence, ProbeComparison
    from reprokit.model.environment_difference import FactDifference
    from reprokit.model.history import ProbeHistory
    from reprokit.model.record import Failure

MOST_FACTS = 200
"""So many facts stand in a table of environments; of more the number is told."""

_TELLING = frozenset({Impact.HIGH, Impact.MEDIUM})


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureView:
    """Why machines have no result.

    Attributes:
        title: How it ended, and on which machines.
        reason: The reason.
        lines: The last lines that their workers wrote.
        same_as: The probe, its anchor and its id, where the page has the same lines already: they
            are not shown again.
    """

    title: str
    reason: str
    lines: tuple[str, ...]
    same_as: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineHistoryView:
    """Results of a probe over commits on machines that gave the same, and what came with them."""

    table: PageTable
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryView:
    """How a probe moved: its id, the counts, and the machines; none where the page has no room."""

    probe: str
    summary: str
    machines: tuple[MachineHistoryView, ...]


def view_environment(
    differences: Sequence[FactDifference], machines: Sequence[str]
) -> tuple[PageTable | None, PageTable | None]:
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


def _tabulate(
    title: str, facts: Sequence[FactDifference], machines: Sequence[str]
) -> PageTable | None:
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
    return PageTable(title=title, head=("fact", "can change bytes", *machines, "why"), rows=rows)


def _write_value(values: Mapping[str, str | None], machine: str) -> str:
    if machine not in values:
        return UNKNOWN
    value = values[machine]
    return "none" if value is None else cut_value(value)


def view_histories(histories: Sequence[ProbeHistory]) -> tuple[HistoryView, ...]:
    """Put histories into rows and sentences, as many as a page has room for; then counts alone."""
    views: list[HistoryView] = []
    left = MOST_HISTORY_ROWS
    for history in histories:
        machines = _list_machines(history) if left > 0 else ()
        left -= sum(len(it.table.rows) + len(it.lines) for it in machines)
        shown = machines if left >= 0 or not views else ()
        views.append(
            HistoryView(probe=history.probe, summary=summarize_history(history), machines=shown)
        )
    return tuple(views)


def _list_machines(history: ProbeHistory) -> tuple[MachineHistoryView, ...]:
    """List the machines; those of which the same is to be told are told together."""
    told: dict[tuple[tuple[tuple[str, ...], ...], tuple[str, ...]], list[str]] = {}
    for machine in history.machines:
        rows = list_rows(history, machine)
        lines = tuple(line for row in rows for line in row.details)
        told.setdefault((tuple(row.cells for row in rows), lines), []).append(name_machine(machine))
    return tuple(
        MachineHistoryView(
            table=PageTable(title=render_list(names), head=HEAD, rows=rows), lines=lines
        )
        for (rows, lines), names in told.items()
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
    """List why machines have no result, with the last lines that were written there.

    Machines of which the same is to be told are told together.
    """
    found: dict[tuple[str, Failure], list[str]] = {}
    for name, machine in machines.items():
        declared = machine.probes.get(probe.id)
        failure = declared.record.failure if declared else None
        if failure is not None:
            found.setdefault((probe.states[name], failure), []).append(name)
    return tuple(
        FailureView(
            title=f"{state} on {render_list(names)}",
            reason=failure.reason,
            lines=tuple(failure.stderr.splitlines()[-MOST_LINES:]),
        )
        for (state, failure), names in found.items()
    )


def shorten_failures(
    failures: Mapping[str, tuple[FailureView, ...]], names: Mapping[str, str]
) -> tuple[dict[str, tuple[FailureView, ...]], int]:
    """Show the same lines once in a page, and of many others the last.

    Args:
        failures: By the anchor of the probe, in the page's order.
        names: The probes' ids by anchor.

    Returns:
        The failures, and how many lines of each are shown at most.
    """
    first: dict[tuple[str, ...], str] = {}
    for anchor, views in failures.items():
        for view in views:
            first.setdefault(view.lines, anchor)
    most = share_rows(map(len, first), most=MOST_LINES_IN_ALL, each=MOST_LINES)

    def shorten(view: FailureView, anchor: str) -> FailureView:
        earlier = first[view.lines]
        if earlier != anchor and view.lines:
            return replace(view, lines=(), same_as=(earlier, names[earlier]))
        return replace(view, lines=view.lines[-most:])

    return {at: tuple(shorten(it, at) for it in views) for at, views in failures.items()}, most
