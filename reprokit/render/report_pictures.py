"""The pictures of a report, as its page holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from reprokit.render.pictures.heat_map import draw_heat_map
from reprokit.render.pictures.memory_plot import draw_memory_plot, has_large_results
from reprokit.render.pictures.ulp_histogram import count_drawn, draw_ulp_histogram

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison
    from reprokit.render.pictures.canvas import Picture

MOST_HISTOGRAMS = 40
"""So many histograms are drawn: those of the first pairs of clusters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportPicture:
    """A picture: what it shows, what is to be seen in it, and its SVG, which is HTML already."""

    title: str
    description: str
    svg: Markup


def draw_overview(comparison: Comparison) -> tuple[ReportPicture, ...]:
    """Draw the clusters of all probes, and peaks of memory where there are large results."""
    heat_map = draw_heat_map(comparison) if len(comparison.machines) > 1 else None
    memory = draw_memory_plot(comparison) if has_large_results(comparison) else None
    return tuple(_view_picture(it) for it in (heat_map, memory) if it is not None)


def draw_histograms(comparison: Comparison) -> tuple[dict[str, list[ReportPicture]], int]:
    """Draw distances in ulp.

    Returns:
        The pictures by the id of the probe, and of how many more pairs of clusters there is none.
    """
    drawn: dict[str, list[ReportPicture]] = {}
    wanted = [
        (probe.id, divergence)
        for probe in comparison.probes
        for divergence in probe.divergences
        if count_drawn(divergence)
    ]
    number = 0
    for place, (name, divergence) in enumerate(wanted):
        if number == MOST_HISTOGRAMS:
            return drawn, len(wanted) - place
        picture = draw_ulp_histogram(name, divergence, name=f"ulps-{number + 1}")
        if picture is not None:
            number += 1
            drawn.setdefault(name, []).append(_view_picture(picture))
    return drawn, 0


def _view_picture(picture: Picture) -> ReportPicture:
    """Take a picture into the page: whoever's text is in it was escaped when it was drawn."""
    return ReportPicture(
        title=picture.title,
        description=picture.description,
        svg=Markup(picture.svg),  # noqa: S704 - as the docstring says
    )
