"""The history of a probe, for a terminal or as markdown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from reprokit.model.history import Step
from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.model.units import format_times
from reprokit.render.cells import write_letter
from reprokit.render.divergence_text import describe_divergence
from reprokit.render.environment_changes import MOST_CHANGES, describe_changes, name_facts
from reprokit.render.text import (
    escape_markdown,
    render_count,
    render_list,
    render_markdown_table,
    render_table,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reprokit.model.history import HistoryEntry, MachineHistory, ProbeHistory

HEAD = ("commit", "date", "result", "what became of it")

MOST_DIGESTS = 4
"""So many digests of a probe that does not repeat are shown; of more the number."""

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
    parts.append(wrap(describe_letters([history]), width))
    return "\n\n".join(filter(None, parts)) + "\n"


def render_markdown(history: ProbeHistory, *, verbose: bool = False) -> str:
    """Write a history as markdown, with the same parts."""
    parts = [f"## {escape_markdown(history.probe)}", f"{summarize_history(history)}."]
    for machine in history.machines:
        rows = list_rows(history, machine, verbose=verbose)
        parts.append(f"### {escape_markdown(name_machine(machine))}")
        cells = [[escape_markdown(cell) for cell in row.cells] for row in rows]
        parts.append(render_markdown_table(HEAD, cells))
        parts.append("\n".join(f"- {escape_markdown(it)}" for row in rows for it in row.details))
    return "\n\n".join(filter(None, [*parts, describe_letters([history])])) + "\n"


def describe_letters(histories: Iterable[ProbeHistory]) -> str:
    """Say what the letters in tables mean; empty where there are none."""
    letters = [letter for it in histories for letter in _list_letters(it).values()]
    if any("/" in letter for letter in letters):
        return (
            "The same letter is the same digest, on all machines. Behind the stroke stands the "
            "number of the definition, from the second on: results of two definitions are not held "
            "against each other."
        )
    told = "The same letter is the same result, on all machines, in order of first appearance."
    return told if letters else ""


def _list_letters(history: ProbeHistory) -> dict[tuple[str, int], str]:
    """Give each result its letter, by its definition and number: one digest has one letter.

    The same bytes as another array, which is another result of a definition, have their own.
    """
    numbers: dict[tuple[str, int], int] = {}
    letters: dict[tuple[str, int], str] = {}
    entries = [entry for machine in history.machines for entry in machine.entries]
    for place, definition in enumerate(history.definitions):
        digests = {
            entry.value: entry.digest
            for entry in entries
            if entry.value is not None and entry.definition == definition
        }
        arrays: Counter[str] = Counter()
        for value, digest in sorted(digests.items()):
            number = numbers.setdefault((digest, arrays[digest]), len(numbers))
            letters[definition, value] = write_letter(number, place)
            arrays[digest] += 1
    return letters


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
    letters = _list_letters(history)
    for _, run in groupby(machine.entries, key=_say_alike):
        entries = list(run)
        joined = not verbose and entries[0].step in {Step.SAME, Step.NO_RESULT}
        for entry in entries[-1:] if joined else entries:
            times = len(entries) if joined else 1
            before = None if entry.against is None else machine.entries[entry.against]
            words = [*_name_step(entry, before), *([f"{times} times"] if times > 1 else [])]
            result = _write_result(entries if joined else [entry], letters)
            details = tuple(_list_details(machine.entries, entry, before, verbose=verbose))
            rows.append(HistoryRow(cells=_list_cells(entry, result, words), details=details))
    return rows


def _say_alike(entry: HistoryEntry) -> tuple[object, ...]:
    """Give what entries of one row have in common; digests that do not repeat need not be."""
    digest = "" if entry.digests else entry.digest
    return entry.step, entry.status, entry.reason, digest, entry.definition, entry.dirty


def _write_result(entries: Sequence[HistoryEntry], letters: Mapping[tuple[str, int], str]) -> str:
    """Write the result of entries of one row; of those that do not repeat all digests."""
    entry = entries[-1]
    if entry.value is not None:
        return f"{letters[entry.definition, entry.value]} {short(entry.digest)}"
    digests = list(dict.fromkeys(it for other in entries for it in other.digests))
    shown = "/".join(short(it) for it in digests[:MOST_DIGESTS])
    left = len(digests) - MOST_DIGESTS
    return f"{shown} and {left} more" if left > 0 else shown


def _name_step(entry: HistoryEntry, before: HistoryEntry | None) -> list[str]:
    word = _STEP_WORDS.get(entry.step, entry.status)
    if entry.step is Step.REDEFINED and before is not None and entry.digest == before.digest:
        return [word, f"same {_name_what_is_hashed(entry)}"]
    return [word]


def _name_what_is_hashed(entry: HistoryEntry) -> str:
    """Say what two equal digests of two definitions are: by two rules not of the same bytes."""
    return "digest" if "rule" in entry.definition_changes else "bytes"


def _list_cells(entry: HistoryEntry, result: str, words: Sequence[str]) -> tuple[str, ...]:
    state = ["with uncommitted changes"] if entry.dirty else []
    state += ["published"] if entry.origin is OriginKind.PUBLISHED else []
    date = entry.committed or f"{entry.created} (evidence)"
    return entry.commit, date, result or "-", ", ".join([*words, *state])


def _list_details(
    entries: Sequence[HistoryEntry],
    entry: HistoryEntry,
    before: HistoryEntry | None,
    *,
    verbose: bool,
) -> Iterator[str]:
    """Say what came with an entry: of one that is the same only where all is asked for."""
    if entry.step is Step.SAME and not verbose:
        return
    clauses = list(_list_clauses(entry, before))
    if entry.returns_to is not None:
        clauses.append(f"this is what {entries[entry.returns_to].commit} gave")
    clauses += _list_unrepeated(entries, entry)
    if before is not None and entry.step is not Step.REDEFINED:
        clauses.append(_describe_surroundings(entry, before))
        clauses += _list_same_moves(entry)
    told = "; ".join(filter(None, clauses))
    if told:
        since = f" since {before.commit}" if before is not None else ""
        yield f"{entry.commit}{since}: {told}"


def _list_unrepeated(entries: Sequence[HistoryEntry], entry: HistoryEntry) -> Iterator[str]:
    """Say of a probe that did not repeat that no move is told, or that a move may be none."""
    if entry.digests:
        yield "does not repeat, so that no move is told"
    between = entries[entry.against : entries.index(entry)] if entry.against is not None else ()
    gave = [it.commit for it in between if entry.digest in it.digests]
    if entry.step is Step.MOVED and gave:
        commits = render_list(list(dict.fromkeys(gave)))
        yield f"a run at {commits}, where it did not repeat, gave this too: this may be no move"


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
            told = f"not comparable: the definition is another in {parts}"
            same = entry.digest == before.digest and entry.value is not None
            what = _name_what_is_hashed(entry)
            yield f"the same {what} under another definition; {told}" if same else told


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


def _list_same_moves(entry: HistoryEntry) -> Iterator[str]:
    """Name the machines that made the same move, and what changed here and not there.

    Of those that made it at the same commit only such as lack a change.
    """
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for move in entry.same_moves:
        lacking = [it for it in entry.environment_changes if it.fact in move.without]
        if lacking or move.commit != entry.commit:
            key = move.commit, name_facts(lacking)
            found.setdefault(key, []).append(move.machine)
    for (commit, facts), machines in found.items():
        more = len(facts) - MOST_CHANGES
        shown = [*facts[:MOST_CHANGES], *([f"{more} more"] if more > 0 else [])]
        without = f", without a change of {render_list(shown)}" if facts else ""
        names = render_list(list(dict.fromkeys(machines)))
        yield f"{names} made the same move at {commit}{without}"


def _name_what_is_left(entry: HistoryEntry, before: HistoryEntry) -> str:
    """Say between which states of the code it moved; whether that is why, nobody observed."""
    if entry.commit != before.commit:
        return f"what else changed from {before.commit} to {entry.commit} is not observed"
    if entry.dirty or before.dirty:
        return "uncommitted changes are between them, or something that is not observed"
    return "it was something that is not observed"
