"""What a milestone shows, in words and rows; its template only places them.

The names here are those that a user's own template may use: docs/milestones.md tells them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.render.milestone_costs import view_memory, view_times
from reprokit.render.milestone_implications import Implication, list_implications
from reprokit.render.milestone_results import (
    CauseView,
    SuiteCount,
    count_suites,
    list_causes,
    list_distances,
    list_small_agreements,
    summarize,
    view_lines,
    view_results,
)
from reprokit.render.milestone_setup import (
    list_method,
    list_snapshots,
    list_unmeasured,
    view_provenance,
    view_setup,
)
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.comparison import Comparison
    from reprokit.model.milestone import Milestone
    from reprokit.render.markdown_template import Table
    from reprokit.render.pictures.canvas import Picture

_MOST_NAMED = 4
"""So many machines are named in the heading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureView:
    """A picture beside the document: its file, its kind, and what is to be seen in it."""

    file: str
    kind: str
    title: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MilestoneView:
    """The whole document.

    Attributes:
        name: The milestone's slug.
        date: `2026-05-20`.
        subject: The machines, or how many.
        commit: 12 hex digits; empty across commits.
        status: In capitals, how it stands: `PARTS, NOTHING BLOCKS`.
        summary: The counts of verdicts and severities; of one machine, of its probes and failures.
        data: The file name of the JSON.
        why: Paragraphs.
        setup: A row for each fact, a column for each machine.
        method: Paragraphs.
        snapshots: The commands that measured, with a comment of what each ran.
        command: The command that makes the document again.
        suites: For each suite, how many of its probes agree, and how many it has.
        results: A row for each probe.
        lines: The ways in which machines part, with their probes.
        distances: How each pair of clusters parts, a sentence each.
        causes: What is to be said of the cause of each line.
        cautions: Sentences on what the results do not show.
        notes: Sentences that a reader must see beside the results.
        memory: Peak memory of large probes.
        times: Cold and warm times.
        implications: What follows, the gravest first.
        unmeasured: What is not in it.
        provenance: The manifests.
        pictures: The files beside it.
    """

    name: str
    date: str
    subject: str
    commit: str
    status: str
    summary: str
    data: str
    why: tuple[str, ...]
    setup: Table
    method: tuple[str, ...]
    snapshots: tuple[str, ...]
    command: str
    suites: tuple[SuiteCount, ...]
    results: Table
    lines: Table
    distances: tuple[tuple[str, str], ...]
    causes: tuple[CauseView, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]
    memory: Table
    times: Table
    implications: tuple[Implication, ...]
    unmeasured: tuple[tuple[str, str], ...]
    provenance: Table
    pictures: tuple[PictureView, ...]


def view_milestone(milestone: Milestone, pictures: Sequence[Picture] = ()) -> MilestoneView:
    """Put a milestone into the words and rows of its document.

    Args:
        milestone: The milestone.
        pictures: What was drawn of it; each lies beside it, as `name_picture` calls it.
    """
    comparison = milestone.comparison
    return MilestoneView(
        name=milestone.name,
        date=milestone.date,
        subject=_name_machines(comparison),
        commit=comparison.commit or "",
        status=state_status(comparison),
        summary=summarize(comparison),
        data=f"{milestone.stem}.json",
        why=tuple(split_paragraphs(milestone.why)),
        setup=view_setup(comparison.machines),
        method=list_method(milestone),
        snapshots=list_snapshots(comparison),
        command=milestone.command,
        suites=count_suites(comparison),
        results=view_results(comparison),
        lines=view_lines(comparison),
        distances=list_distances(comparison),
        causes=list_causes(comparison),
        cautions=list_small_agreements(milestone.small_agreements),
        notes=comparison.notes,
        memory=view_memory(comparison),
        times=view_times(comparison),
        implications=list_implications(comparison),
        unmeasured=list_unmeasured(comparison),
        provenance=view_provenance(comparison),
        pictures=tuple(_view_picture(milestone, it) for it in pictures),
    )


def name_picture(milestone: Milestone, picture: Picture) -> str:
    """Name a picture's file."""
    return f"{milestone.stem}-{picture.name}.svg"


def _view_picture(milestone: Milestone, picture: Picture) -> PictureView:
    return PictureView(
        file=name_picture(milestone, picture),
        kind=picture.name.rstrip("0123456789").rstrip("-"),
        title=picture.title,
        description=picture.description,
    )


def split_paragraphs(text: str) -> list[str]:
    """Split text at empty lines; lines of one paragraph are joined."""
    blocks = "\n".join(line.strip() for line in text.splitlines()).split("\n\n")
    return [joined for block in blocks if (joined := " ".join(block.split("\n")).strip())]


def _name_machines(comparison: Comparison) -> str:
    names = [machine.name for machine in comparison.machines]
    few = len(names) <= _MOST_NAMED
    return render_list(names) if few else render_count(len(names), "machine")


def state_status(comparison: Comparison) -> str:
    """Say in capitals how a comparison stands, the gravest first."""
    if comparison.count_severity(Severity.BLOCKING):
        return "BLOCKED"
    if len(comparison.machines) == 1:
        return "ONE MACHINE, NOTHING COMPARED"
    if comparison.count(Verdict.IDENTICAL) == len(comparison.probes):
        warns = comparison.count_severity(Severity.WARNING)
        return "ALL IDENTICAL, WITH WARNINGS" if warns else "ALL IDENTICAL"
    if comparison.count(Verdict.DIFFERENT):
        return "PARTS, NOTHING BLOCKS"
    return "INCOMPLETE, NOTHING BLOCKS"
