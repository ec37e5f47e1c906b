"""What an amendment shows: what changed, and whatever of the document's that bears on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.milestone import ChangeKind
from reprokit.render.markdown_template import Table
from reprokit.render.milestone_setup import list_origins, list_scope, view_setup
from reprokit.render.milestone_view import view_milestone
from reprokit.render.text import render_count

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison
    from reprokit.model.milestone import Amendment, Change
    from reprokit.render.milestone_results import CauseView
    from reprokit.render.milestone_view import MilestoneView

_RESTATING = frozenset({ChangeKind.COMMIT, ChangeKind.MACHINE})
"""Kinds of changes that bear on every result: all of them are stated again."""

_MOST_CHANGES = 200
_MOST_NAMED = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class AmendmentView:
    """What stands behind a milestone.

    Attributes:
        number: Which it is, from 1.
        date: When it was added.
        counted: How many changes there are, by kind; as many as the command tells.
        changes: What is other than stated last.
        restates: Whether all results are stated again, and not only those concerned.
        scope: Sentences: what was compared, and where its evidence is from.
        setup: The machines that are new or changed.
        results: Rows of probes.
        distances: How pairs of clusters part, behind the probe's id.
        causes: What is to be said of causes.
        milestone: The document of the same comparison, for all that is written whole.
    """

    number: int
    date: str
    counted: str
    changes: Table
    restates: bool
    scope: tuple[str, ...]
    setup: Table
    results: Table
    distances: tuple[tuple[str, str], ...]
    causes: tuple[CauseView, ...]
    milestone: MilestoneView


def view_amendment(amendment: Amendment) -> AmendmentView:
    """Put an amendment into words and rows.

    Where the commit or a machine is another, all results are stated; else those of the probes that
    changes name.
    """
    milestone = amendment.milestone
    comparison = milestone.comparison
    kinds = {it.kind for it in amendment.changes}
    restates = bool(kinds & _RESTATING)
    moves_lines = restates or ChangeKind.CAUSE in kinds
    named = {it.subject.partition(" on ")[0] for it in amendment.changes}
    view = view_milestone(milestone)
    origins = list_origins(comparison.machines) if restates else ()
    return AmendmentView(
        number=amendment.number,
        date=amendment.date,
        counted=_count_changes(amendment.changes),
        changes=_view_changes(amendment.changes),
        restates=restates,
        scope=(*list_scope(milestone), *origins),
        setup=_view_setup(comparison, amendment.changes),
        results=view.results if restates else _choose_rows(view.results, comparison, named),
        distances=tuple(it for it in view.distances if restates or it[0] in named),
        causes=tuple(it for it in view.causes if moves_lines or named & set(it.probes)),
        milestone=view,
    )


def _count_changes(changes: tuple[Change, ...]) -> str:
    """Count all changes, also those that share a row or have none: manifests at another commit."""
    counts = Counter(it.kind for it in changes)
    kinds = ", ".join(f"{count} of {kind.value}" for kind, count in counts.items())
    is_told_below = ChangeKind.COMMIT in counts and ChangeKind.MANIFEST in counts
    below = "; manifests stand under Provenance" if is_told_below else ""
    return f"{render_count(len(changes), 'change')}: {kinds}{below}."


def _view_changes(changes: tuple[Change, ...]) -> Table:
    """Give the table of changes: those of a kind that are the same for several share a row.

    Manifests of another commit are other files; the document's own table has those.
    """
    is_later = any(it.kind is ChangeKind.COMMIT for it in changes)
    groups: dict[tuple[str, str, str], list[str]] = {}
    for it in changes:
        if not (is_later and it.kind is ChangeKind.MANIFEST):
            words = (it.kind.value, it.before or "-", it.after or "-")
            groups.setdefault(words, []).append(it.subject)
    rows = [
        (kind, _name_few(subjects), before, after)
        for (kind, before, after), subjects in groups.items()
    ]
    left = len(rows) - _MOST_CHANGES
    more = [("", f"{left} more in the JSON", "", "")] if left > 0 else []
    return Table(head=("changed", "of", "before", "now"), rows=(*rows[:_MOST_CHANGES], *more))


def _name_few(subjects: list[str]) -> str:
    """Name the first of many; the table of results has all."""
    left = len(subjects) - _MOST_NAMED
    shown = subjects[:_MOST_NAMED] if left > 1 else subjects
    return ", ".join([*shown, *([f"and {left} more"] if left > 1 else [])])


def _view_setup(comparison: Comparison, changes: tuple[Change, ...]) -> Table:
    """Give the facts of machines that are new or changed; at another commit, of all."""
    named = {it.subject.partition(": ")[0] for it in changes if it.kind is ChangeKind.MACHINE}
    is_later = any(it.kind is ChangeKind.COMMIT for it in changes)
    return view_setup([it for it in comparison.machines if is_later or it.name in named])


def _choose_rows(results: Table, comparison: Comparison, named: set[str]) -> Table:
    """Keep the rows of probes that are named."""
    rows = zip(results.rows, comparison.probes, strict=True)
    return Table(head=results.head, rows=tuple(row for row, probe in rows if probe.id in named))
