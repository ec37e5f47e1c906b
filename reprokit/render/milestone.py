"""The milestone: a dated document, markdown and JSON, that states what was found at a commit."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprokit.model.comparison import Verdict
from reprokit.model.milestone_seal import seal_document
from reprokit.render.json import describe_comparison, write_json
from reprokit.render.markdown_template import render_template
from reprokit.render.milestone_amendment import view_amendment
from reprokit.render.milestone_view import view_milestone
from reprokit.render.pictures.heat_map import draw_heat_map
from reprokit.render.pictures.memory_plot import draw_memory_plot, has_large_results
from reprokit.render.pictures.ulp_histogram import count_drawn, draw_ulp_histogram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.model.comparison import Comparison
    from reprokit.model.milestone import Amendment, Milestone
    from reprokit.render.own_template import TemplateText
    from reprokit.render.pictures.canvas import Picture

MILESTONE_SCHEMA = "reprokit/milestone/1"
_TEMPLATE = "milestone.md.jinja"
_AMENDMENT = "milestone_amendment.md.jinja"
_MOST_HISTOGRAMS = 3


def render_json(milestone: Milestone, files: Mapping[str, str]) -> str:
    """Write the milestone's JSON.

    Args:
        milestone: The milestone.
        files: Hex sha256 of the other documents, by name; of the markdown, what is the user's left
            out.
    """
    return _write_sealed(
        {
            "schema": MILESTONE_SCHEMA,
            "name": milestone.name,
            "date": milestone.date,
            "why": milestone.why,
            "command": milestone.command,
            "files": dict(files),
            "comparison": describe_comparison(milestone.comparison),
            "small_agreements": [asdict(it) for it in milestone.small_agreements],
            "amendments": [],
        }
    )


def add_to_json(document: Mapping[str, Any], amendment: Amendment, files: Mapping[str, str]) -> str:
    """Write a milestone's JSON with one more amendment; what was published stays as it is."""
    milestone = amendment.milestone
    added = {
        "date": amendment.date,
        "why": milestone.why,
        "command": milestone.command,
        "changes": [asdict(it) for it in amendment.changes],
        "comparison": describe_comparison(milestone.comparison),
        "small_agreements": [asdict(it) for it in milestone.small_agreements],
    }
    amendments = [*document["amendments"], added]
    return _write_sealed({**document, "files": dict(files), "amendments": amendments})


def _write_sealed(document: Mapping[str, Any]) -> str:
    return write_json(seal_document(document))


def render_markdown(
    milestone: Milestone, pictures: tuple[Picture, ...] = (), template: TemplateText | None = None
) -> str:
    """Write the milestone's markdown.

    Args:
        milestone: The milestone.
        pictures: Those that lie beside it.
        template: A user's own.

    Raises:
        UsageError: Where the template is wrong, with its line.
    """
    view = view_milestone(milestone, pictures)
    return render_template(_TEMPLATE, template, milestone=view)


def render_amendment(amendment: Amendment) -> str:
    """Write what stands behind a milestone's markdown for an amendment."""
    return render_template(_AMENDMENT, amendment=view_amendment(amendment))


def draw_pictures(milestone: Milestone) -> tuple[Picture, ...]:
    """Draw what lies beside the document: clusters, peaks of memory, distances in ulp."""
    return tuple(_list_pictures(milestone.comparison))


def _list_pictures(comparison: Comparison) -> Iterator[Picture]:
    if len(comparison.machines) > 1:
        yield draw_heat_map(comparison)
    if has_large_results(comparison):
        memory = draw_memory_plot(comparison)
        if memory is not None:
            yield memory
    parted = [
        (elements, probe.id, divergence)
        for probe in comparison.probes
        if probe.verdict is Verdict.DIFFERENT
        for divergence in probe.divergences[:1]
        if (elements := count_drawn(divergence))
    ]
    parted.sort(key=lambda item: (-item[0], item[1]))
    for number, (_, probe, divergence) in enumerate(parted[:_MOST_HISTOGRAMS], 1):
        picture = draw_ulp_histogram(probe, divergence, name=f"ulps-{number}")
        if picture is not None:
            yield picture
