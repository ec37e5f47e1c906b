"""The history of a probe, for a terminal or as markdown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from reprokit.model.history import Step
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.model.units import format_times
from reprokit.render.cells import write_letter
from reprokit.render.divergence_text import describe_divergence
from reprokit.render.environment_changes import describe_changes
from reprokit.render.text import (
    escape_markdown,
    render_count,
    render_list,
    render_markdown_table,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.history import HistoryEntry, MachineHistory, ProbeHistory

HEAD = ("commit", "date", "result", "what became of it")

LETTERS_NOTE = (
    "Of one definition the same letter is the same result, on all machines, in order of first "
    "appearance; A/2 is of a second definition. The same digits are the same bytes."
)

_STEP_WORDS = {
    Step.FIRST: "first",
    Step.SAME: "same",
    Step.MOVED: "MOVED",
    Step.REDEFINED: "new definition",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """A row of a machine's table.

    Attributes:
        cells: What stands under HEAD; not escaped.
        details: What came with it, each in a sentence; not escaped.
    """

    cells: tuple[str, ...]
    details: tuple[str, ...] = ()


def render_text(history: ProbeHistory, *, width: int | None = None, verbose: bool = False) -> str:
    """Write a history for a terminal: a table for each machine, and what came with each move.

    Args:
        history: The history.
        width: Columns there are; None for as many as it takes.
        verbose: Whether entries that say the same have a row each.
    """
    parts = [wrap(f"{history.probe}: {summarize_history(history)}", width, indent="  ")]
    for machine in history.machines:
        rows = list_rows(history, machine, verbose=verbose)
        table = render_table(HEAD, [row.cells for row in rows], width=width)
        lines = [wrap(it, width, indent="  ") for row in rows for it in row.details]
        name = wrap(name_machine(machine), width)
        parts.append("\n".join([name, table, *(["", *lines] if lines else [])]))
    parts.append(wrap(LETTERS_NOTE, width))
    return "\n\n".join(parts) + "\n"


def render_markdown(history: ProbeHistory, *, verbose: bool = False) -> str:
    """Write a history as markdown, with the same parts."""
    parts = [f"## {escape_markdown(history.probe)}", f"{summarize_history(history)}."]
    for machine in history.machines:
        rows = list_rows(history, machine, verbose=verbose)
        parts.append(f"### {escape_markdown(name_machine(machine))}")
        cells = [[escape_markdown(cell) for cell in row.cells] for row in rows]
        parts.append(render_markdown_table(HEAD, cells))
        parts.append("\n".join(f"- {escape_markdown(it)}" for row in rows for it in row.details))
    return "\n\n".join(filter(None, [*parts, LETTERS_NOTE])) + "\n"


def summarize_history(history: ProbeHistory) -> str:
    """Sum up, as `2 machines, 5 commits; 1 move, 1 new definition`."""
    commits = {entry.commit for machine in history.machines for entry in machine.entries}
    told = [render_count(history.count(Step.MOVED), "move")]
    redefined, lacking = (history.count(it) for it in (Step.REDEFINED, Step.NO_RESULT))
    told += [render_count(redefined, "new definition")] if redefined else []
    told += [f"{format_times(lacking)} without a result"] if lacking else []
    machines = render_count(len(history.machines), "machine")
    return f"{machines}, {render_count(len(commits), 'commit')}; {', '.join(told)}"


def name_machine(machine: MachineHistory) -> str:
    """Name a machine, with its family."""
    return f"{machine.machine} ({machine.family})"


def list_rows(
    history: ProbeHistory, machine: MachineHistory, *, verbose: bool = False
) -> list[HistoryRow]:
    """List the rows of a machine's table, the oldest first.

    Args:
        history: The history that it is part of.
        machine: The machine.
        verbose: Whether entries that say the same have a row each; else a run of them has one, that
            of the last, with their number.
    """
    rows: list[HistoryRow] = []
    for _, run in groupby(machine.entries, key=_say_alike):
        entries = list(run)
        joined = not verbose and entries[0].step in {Step.SAME, Step.NO_RESULT}
        for entry in entries[-1:] if joined else entries:
            times = len(entries) if joined else 1
            details = tuple(_list_details(history, machine, entry, verbose=verbose))
            rows.append(HistoryRow(cells=_list_cells(history, entry, times), details=details))
    return rows


def _say_alike(entry: HistoryEntry) -> tuple[object, ...]:
    return entry.step, entry.status, entry.reason, entry.digest, entry.definition, entry.dirty


def _list_cells(history: ProbeHistory, entry: HistoryEntry, times: int) -> tuple[str, ...]:
    result = short(entry.digest)
    if entry.value is not None:
        letter = write_letter(entry.value, history.definitions.index(entry.definition))
        result = f"{letter} {result}"
    words = [_STEP_WORDS.get(entry.step, entry.status)]
    words += [f"{times} times"] if times > 1 else []
    words += ["with uncommitted changes"] if entry.dirty else []
    words += ["published"] if entry.origin is OriginKind.PUBLISHED else []
    date = entry.committed or f"{entry.created} (evidence)"
    return entry.commit, date, result or "-", ", ".join(words)


def _list_details(
    history: ProbeHistory, machine: MachineHistory, entry: HistoryEntry, *, verbose: bool
) -> Iterator[str]:
    """Say what came with an entry: of one that is the same only where all is asked for."""
    entries = machine.entries
    if entry.step is Step.SAME and not verbose:
        return
    before = None if entry.against is None else entries[entry.against]
    clauses = list(_list_clauses(entry, before))
    if entry.returns_to is not None:
        clauses.append(f"this is what {entries[entry.returns_to].commit} gave")
    if before is not None and entry.step is not Step.REDEFINED:
        clauses.append(_describe_surroundings(entry, before))
        clauses += _list_companions(history, machine, entry, before)
    told = "; ".join(filter(None, clauses))
    if told:
        since = f" since {before.commit}" if before is not None else ""
        yield f"{entry.commit}{since}: {told}"


def _list_clauses(entry: HistoryEntry, before: HistoryEntry | None) -> Iterator[str]:
    if entry.reason:
        yield f"{entry.status}, {entry.reason}"
    if entry.divergence is not None:
        yield describe_divergence(entry.divergence)
    if before is not None and entry.definition_changes:
        parts = render_list(entry.definition_changes)
        if entry.definition == before.definition:
            yield f"the definition of {before.commit} again, after one with another {parts}"
        else:
            same = ", though the bytes are the same" if entry.digest == before.digest else ""
            yield f"not comparable: the definition is another in {parts}{same}"


def _describe_surroundings(entry: HistoryEntry, before: HistoryEntry) -> str:
    """Say which changes of the environment came with it; of a move also that none did."""
    changes = describe_changes(entry.environment_changes)
    if entry.step is not Step.MOVED:
        return changes
    if changes:
        return f"{changes}; {_name_what_is_left(entry, before)}"
    return (
        "nothing that was observed of the environment changed, and the probe's own definition is "
        f"the same: {_name_what_is_left(entry, before)}"
    )


def _list_companions(
    history: ProbeHistory, machine: MachineHistory, entry: HistoryEntry, before: HistoryEntry
) -> Iterator[str]:
    """Name the machines that made the same move at other commits: it may have the same cause."""
    if entry.step is not Step.MOVED:
        return
    found: dict[str, list[str]] = {}
    for other in history.machines:
        for it in other.entries if other is not machine else ():
            old = None if it.against is None else other.entries[it.against]
            is_move = it.step is Step.MOVED and it.commit != entry.commit and old is not None
            if is_move and old and (old.digest, it.digest) == (before.digest, entry.digest):
                found.setdefault(it.commit, []).append(other.machine)
    for commit, names in found.items():
        yield f"the same move as that of {render_list(names)} at {commit}"


def _name_what_is_left(entry: HistoryEntry, before: HistoryEntry) -> str:
    """Say between which states of the code it moved; whether that is why, nobody observed."""
    if entry.commit != before.commit:
        return f"what else changed from {before.commit} to {entry.commit} is not observed"
    if entry.dirty or before.dirty:
        return "uncommitted changes are between them, or something that is not observed"
    return "it was something that is not observed"
