"""The histogram of ulps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.divergence import Divergence
from reprokit.model.witness import Witness, WitnessElement
from reprokit.render.pictures.ulp_histogram import draw_ulp_histogram
from tests.builders import QUICK, make_digest
from tests.render.pictures.drawn import parse
from tests.render.shared import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_divergence(
    ulps: Sequence[int | None], machines: tuple[str, ...] = ("m3", "m5")
) -> Divergence:
    """Make a divergence of elements that are so many ulps apart."""
    elements = tuple(
        WitnessElement(index=index, ulp=ulp, baseline=0, candidate=1)
        for index, ulp in enumerate(ulps)
    )
    return Divergence(
        baseline=("m1",),
        candidate=machines,
        baseline_digest=make_digest("a"),
        candidate_digest=make_digest("b"),
        witness=Witness(elements=elements, stage=None, proven=True, searched=0),
    )


def read_bars(ulps: Sequence[int | None]) -> dict[str, int]:
    """Draw a histogram, and read what it says of each bar."""
    picture = draw_ulp_histogram("normal", make_divergence(ulps))
    assert picture is not None
    drawn = parse(picture)
    told = picture.description.split("Elements by ulp: ")[1].removesuffix(".").split(", ")
    bars = {label: int(count) for label, _, count in (it.rpartition(": ") for it in told)}
    assert drawn.kinds["bar"] == len(bars)
    assert bars.keys() <= set(drawn.texts)
    return bars


def test_few_ulps_have_a_bar_each() -> None:
    """Distances are signed, and NaN has none."""
    bars = read_bars([1, 1, -1, -3, 8, None])
    assert bars == {"-3": 1, "-1": 1, "+1": 2, "+8": 1, "NaN": 1}


def test_many_ulps_are_put_together_by_powers_of_two() -> None:
    """A bar holds what lies from its label up to the next."""
    bars = read_bars([1, 2, 3, 4, 7, 8, 9, -15, 0])
    assert bars == {"-8..": 1, "0": 1, "+1..": 1, "+2..": 2, "+4..": 2, "+8..": 2}


@pytest.mark.parametrize(
    ("ulps", "bars"),
    [
        ([2**31, -1, 15, 16], {"-1..": 1, "+1..": 1, "+16..": 1, "+2^28..": 1}),
        ([-(2**63), 255, 256, 2**63], {"-2^56..": 1, "+1..": 1, "+256..": 1, "+2^56..": 1}),
        ([2**64 - 1], {"+2^56..": 1}),
    ],
)
def test_far_distances_need_few_bars(ulps: list[int], bars: dict[str, int]) -> None:
    """Bits of any width fit into some sixteen bars."""
    assert read_bars(ulps) == bars


@QUICK
@given(
    st.lists(st.none() | st.integers(-(2**64), 2**64) | st.integers(-20, 20), min_size=1),
)
def test_no_element_is_lost(ulps: list[int | None]) -> None:
    """The bars hold all elements, once each."""
    assert sum(read_bars(ulps).values()) == len(ulps)


def test_nothing_is_drawn_without_bits() -> None:
    """Where no bits are at hand there is no picture, and none of arrays that are equal."""
    assert draw_ulp_histogram("normal", make_divergence([])) is None
    bare = Divergence(
        baseline=("m1",), candidate=("m3",), baseline_digest="", candidate_digest="", gap="none"
    )
    assert draw_ulp_histogram("normal", bare) is None


@pytest.mark.parametrize("text", [HOSTILE, "]]></style><script>", "a" * 5000])
def test_hostile_names_are_inert(text: str) -> None:
    """A probe and a machine may be called anything."""
    picture = draw_ulp_histogram(text, make_divergence([1, -1], (text,)))
    assert picture is not None
    assert float(parse(picture).root.attrib["width"]) < 1000
