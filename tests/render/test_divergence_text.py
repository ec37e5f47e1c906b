"""How divergences are said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reprokit.model.divergence import (
    BlockDifference,
    Distance,
    Divergence,
    PartDifference,
    PartState,
)
from reprokit.model.witness import Witness, WitnessElement
from reprokit.render.divergence_text import describe_divergence

DIVERGENCE = Divergence(
    baseline=("m1",), candidate=("m2",), baseline_digest="a" * 64, candidate_digest="b" * 64
)
DISTANCE = Distance(
    size=64,
    differing=5,
    first_index=7,
    worst_index=20,
    max_ulp=1200,
    mean_ulp=300.25,
    max_absolute=0.125,
    max_relative=0.5,
    nan_changes=1,
)
BLOCKS = BlockDifference(block_bytes=4096, blocks=64, differing=3, first=2, first_element=2048)


def make_witness(*ulps: int | None, stage: str | None = None) -> Witness:
    """Make a witness of elements 10, 11, ... that are so many ulps apart."""
    elements = tuple(
        WitnessElement(index=10 + at, ulp=ulp, baseline=0, candidate=1)
        for at, ulp in enumerate(ulps)
    )
    return Witness(elements=elements, stage=stage, proven=True, searched=0)


@pytest.mark.parametrize(
    ("facts", "full", "brief"),
    [
        pytest.param(
            {
                "distance": replace(DISTANCE, differing=2, nan_changes=0),
                "witness": make_witness(-1, 2000, stage="log"),
            },
            "2 of 64 elements: 10 by -1 ulp, 11 by +2,000 ulp; explained by log",
            "2 of 64 elements: 10 by -1 ulp, 11 by +2,000 ulp; explained by log",
            id="few",
        ),
        pytest.param(
            {"distance": replace(DISTANCE, differing=1), "witness": make_witness(None)},
            "1 of 64 elements: 10 by NaN; 1 x number against NaN",
            "1 of 64 elements: 10 by NaN; 1 x number against NaN",
            id="nan",
        ),
        pytest.param(
            {"distance": DISTANCE, "witness": make_witness(1, 2, 3, 4, 5)},
            "5 of 64 elements, first 7, at most 1,200 ulp (at 20), mean 300 ulp, at most 0.125 "
            "absolutely, 0.5 relatively, 1 x number against NaN",
            "5 of 64 elements, first 7, at most 1,200 ulp (at 20), 1 x number against NaN",
            id="many",
        ),
        pytest.param(
            {"blocks": BLOCKS, "gap": "No bytes."},
            "3 of 64 runs of 4,096 bytes, the first from element 2,048 on",
            "3 of 64 runs of 4,096 bytes, the first from element 2,048 on",
            id="runs",
        ),
        pytest.param({"gap": "No bytes are kept."}, "no bytes are kept", "", id="nothing"),
        pytest.param(
            {
                "stages": (
                    PartDifference(name="uniform", state=PartState.EQUAL),
                    PartDifference(name="log", state=PartState.DIFFERENT),
                )
            },
            "first step that parts: log",
            "first step that parts: log",
            id="stages",
        ),
        pytest.param(
            {
                "leaves": (
                    PartDifference(name="w", state=PartState.EQUAL),
                    PartDifference(name="b", state=PartState.DIFFERENT, distance=DISTANCE),
                    PartDifference(name="c", state=PartState.DIFFERENT, blocks=BLOCKS),
                    PartDifference(name="d", state=PartState.DIFFERENT),
                    PartDifference(name="e", state=PartState.DIFFERENT),
                    PartDifference(name="f", state=PartState.ABSENT),
                )
            },
            "4 of 6 leaves: b (5 of 64 elements, first 7, at most 1,200 ulp (at 20), 1 x number "
            "against NaN), c (from element 2,048 on), d, 1 more; on one side only, or of another "
            "shape: f",
            "4 of 6 leaves: b (5 of 64 elements, first 7, at most 1,200 ulp (at 20), 1 x number "
            "against NaN), c (from element 2,048 on), d, 1 more; on one side only, or of another "
            "shape: f",
            id="leaves",
        ),
    ],
)
def test_what_is_known_is_said(facts: dict[str, Any], full: str, brief: str) -> None:
    """Elements where they are few, the farthest where they are many, runs of bytes else."""
    divergence = replace(DIVERGENCE, **facts)
    assert describe_divergence(divergence) == full
    assert describe_divergence(divergence, brief=True) == brief
