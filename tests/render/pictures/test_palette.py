"""The colors of pictures."""

from __future__ import annotations

from itertools import combinations

import pytest

from reprokit.render.pictures.palette import DARK, LIGHT, Palette, name_cluster, write_style

READABLE = 4.5
"""Contrast that the Web Content Accessibility Guidelines ask of text (success criterion 1.4.3)."""

VISIBLE = 3.0
"""What they ask of shapes that carry meaning (1.4.11)."""


def measure_luminance(color: str) -> float:
    """Measure relative luminance, as the guidelines define it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def measure_contrast(one: str, other: str) -> float:
    """Measure the contrast of two colors, from 1 to 21."""
    darker, lighter = sorted(measure_luminance(it) for it in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_fill(palette: Palette) -> None:
    """Letters in cells, and what stands beside them."""
    fills = (palette.background, *palette.clusters, palette.other, palette.trouble, palette.gap)
    assert min(measure_contrast(palette.text, fill) for fill in fills) >= READABLE
    assert measure_contrast(palette.muted, palette.background) >= READABLE


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_can_be_seen(palette: Palette) -> None:
    """Markers of machines are clear on the background, and no two share a color."""
    assert min(measure_contrast(it, palette.background) for it in palette.series) >= VISIBLE
    for colors in (palette.series, (*palette.clusters, palette.other, palette.trouble)):
        assert all(one != other for one, other in combinations(colors, 2))


def test_style_holds_inside_pictures_alone() -> None:
    """A page that holds a picture inline keeps its own looks; dark colors wait for the reader."""
    light, dark = write_style().split("@media(prefers-color-scheme:dark){")
    lines = (line for part in (light, dark) for line in part.split("\n"))
    rules = [line for line in lines if line.strip("}")]
    assert all(rule.startswith(".reprokit-picture") for rule in rules)
    assert LIGHT.text in light
    assert DARK.text not in light
    assert DARK.text in dark
    assert "url(" not in light + dark


def test_each_color_of_a_cluster_has_its_letter() -> None:
    """A to F; further clusters, and those of other definitions, share one."""
    for palette in (LIGHT, DARK):
        kinds = [name_cluster(it) for it in "ABCDEF"]
        assert kinds == [f"cluster-{it}" for it in range(len(palette.clusters))]
    for letter in ("G", "A/2", "#27", "AB", ""):
        assert name_cluster(letter) == "cluster-other"
