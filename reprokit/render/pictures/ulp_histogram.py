"""The histogram of ulps: by how much the elements differ in which two clusters part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reprokit.render.pictures.canvas import (
    LINE_HEIGHT,
    MARGIN,
    Canvas,
    measure_text,
    measure_title,
    shorten,
    write_number,
)
from reprokit.render.text import render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprokit.model.divergence import Divergence
    from reprokit.render.pictures.canvas import Picture

FEW_ULPS = 8
"""Up to so many ulps each has a bar; beyond, bars hold from one power of two up to the next."""

FEWEST_ELEMENTS = 3
"""A histogram of fewer differing elements tells no more than their list."""

_TOP, _BOTTOM = 76, 236
_LONGEST_PROBE = 50
_LONGEST_SIDE = 45
_WRITTEN_BITS = 12
_ONWARD = ".."


def count_drawn(divergence: Divergence) -> int:
    """Count the elements that a histogram would show; 0 where they are too few, or not known."""
    differing = divergence.distance.differing if divergence.distance else 0
    return differing if differing >= FEWEST_ELEMENTS else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bar:
    label: str
    elements: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bins:
    """How distances are put together.

    Attributes:
        longest: The greatest distance, without its sign.
    """

    longest: int

    @property
    def bits(self) -> int:
        """How many powers of two a bin spans; 0 where each distance has a bin of its own."""
        if self.longest <= FEW_ULPS:
            return 0
        width = self.longest.bit_length()
        return next(bits for bits, most in ((1, 8), (4, 32), (8, width)) if width <= most)

    @property
    def last(self) -> int:
        """The number of the last bin, counted from 1."""
        return self.find(self.longest)

    def find(self, ulp: int) -> int:
        """Number a distance's bin, with its sign; 0 for none."""
        if not self.bits or not ulp:
            return ulp
        number = 1 + (abs(ulp).bit_length() - 1) // self.bits
        return number if ulp > 0 else -number

    def label(self, number: int) -> str:
        """Write a bin's distance; of one that spans several the least."""
        sign = "-" if number < 0 else "+" if number > 0 else ""
        if not self.bits or not number:
            return f"{sign}{abs(number)}"
        exponent = (abs(number) - 1) * self.bits
        least = str(2**exponent) if exponent <= _WRITTEN_BITS else f"2^{exponent}"
        return f"{sign}{least}{_ONWARD}"


def draw_ulp_histogram(probe: str, divergence: Divergence, *, name: str = "ulps") -> Picture | None:
    """Draw how many elements of a candidate are so many ulps from the baseline's.

    Bars to the left are elements that are smaller than the baseline's, those to the right greater
    ones. Elements of which a side is a NaN have a bar of their own.

    Args:
        probe: The id of the probe whose clusters part.
        divergence: How they do.
        name: What the picture's ids begin with: a slug.

    Returns:
        The picture; None where no bits are at hand, or none differ.
    """
    if divergence.witness is None or not divergence.witness.elements:
        return None
    bars = _list_bars([element.ulp for element in divergence.witness.elements])
    candidate, baseline = map(render_list, (divergence.candidate, divergence.baseline))
    title = f"Distance in ulp: {shorten(probe, _LONGEST_PROBE)}"
    sides = f"{shorten(candidate, _LONGEST_SIDE)} against {shorten(baseline, _LONGEST_SIDE)}"
    told = _tell_count(divergence)
    step = max(36, *(round(measure_text(bar.label)) + 8 for bar in bars))
    canvas = Canvas()
    canvas.add_text(title, MARGIN, 22, kind="title")
    canvas.add_text(sides, MARGIN, 22 + LINE_HEIGHT, kind="muted")
    _draw_bars(canvas, bars, step)
    canvas.add_text(_name_axis(bars), MARGIN, _BOTTOM + 38)
    canvas.add_text(told, MARGIN, _BOTTOM + 38 + LINE_HEIGHT, kind="muted")
    widths = (measure_title(title), *map(measure_text, (sides, told, _name_axis(bars))))
    return canvas.finish(
        name,
        title=title,
        description=f"{candidate} against {baseline}: {told} {_describe(bars)}",
        width=max(len(bars) * step, *widths) + 2 * MARGIN,
        height=_BOTTOM + 38 + LINE_HEIGHT + MARGIN,
    )


def _list_bars(ulps: Sequence[int | None]) -> list[_Bar]:
    """List the bars from far below to far above, both sides alike, then that of NaN."""
    known = [ulp for ulp in ulps if ulp is not None]
    unknown = len(ulps) - len(known)
    bars: list[_Bar] = []
    if known:
        bins = _Bins(longest=max(map(abs, known)))
        counts = Counter(map(bins.find, known))
        bars = [
            _Bar(label=bins.label(number), elements=counts[number])
            for number in range(-bins.last, bins.last + 1)
            if number or counts[number]
        ]
    return [*bars, _Bar(label="NaN", elements=unknown)] if unknown else bars


def _draw_bars(canvas: Canvas, bars: Sequence[_Bar], step: int) -> None:
    highest = max(bar.elements for bar in bars)
    commands: list[str] = []
    for index, bar in enumerate(bars):
        left = MARGIN + index * step
        height = (_BOTTOM - _TOP) * bar.elements / highest
        if bar.elements:
            upper = write_number(_BOTTOM - height)
            commands.append(f"M{left + 4} {_BOTTOM}V{upper}h{step - 8}V{_BOTTOM}z")
            canvas.add_text(str(bar.elements), left + step / 2, _BOTTOM - height - 5, kind="cell")
        canvas.add_text(bar.label, left + step / 2, _BOTTOM + 16, kind="cell")
    canvas.add_path("".join(commands), "bar")
    canvas.add_path(f"M{MARGIN} {_BOTTOM}h{len(bars) * step}", "rule")


def _name_axis(bars: Iterable[_Bar]) -> str:
    spans = any(bar.label.endswith(_ONWARD) for bar in bars)
    return f"ulp from the baseline{', each bar from its label outward' if spans else ''}"


def _tell_count(divergence: Divergence) -> str:
    witness, distance = divergence.witness, divergence.distance
    differing = len(witness.elements) if witness else 0
    if distance is None:
        return f"{render_count(differing, 'element')} differ."
    told = f"{distance.differing} of {render_count(distance.size, 'element')} differ"
    return f"{told}." if differing == distance.differing else f"{told}; here the first {differing}."


def _describe(bars: Iterable[_Bar]) -> str:
    told = [f"{bar.label}: {bar.elements}" for bar in bars if bar.elements]
    return f"Elements by ulp: {', '.join(told)}."
