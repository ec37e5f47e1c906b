"""Witnesses, also from digests alone: those published in MLX issue 3568 first."""

from __future__ import annotations

import struct
import subprocess
import sys
from hashlib import sha256

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.witness import LOG, Witness
from reprokit.numerics.digest import view_bytes
from reprokit.numerics.digest_search import Budget, Progress
from reprokit.numerics.distance import measure_witness
from reprokit.numerics.float_bits import join_elements, split_elements
from reprokit.numerics.keys import derive_key
from reprokit.numerics.normal_steps import (
    NormalDraw,
    draw_with_rounded_log,
    list_log_alternatives,
)
from reprokit.numerics.witness import (
    OUTPUT,
    can_recover,
    recover_witness,
)
from tests.builders import QUICK

KEY0 = NormalDraw(size=8, seed=0)
KEY42 = NormalDraw(size=8, seed=42)
SIXTY_FOUR = NormalDraw(size=64, seed=0)
SPLIT = NormalDraw(size=4, seed=7, steps=((1, 2),))
M1_MAX = {
    KEY0: "8a8c5a6737feea9eeee3c7056f4699250e6b8440db8930fd10495ada9117c05a",
    KEY42: "46a0c8652eafa5b9a4fe952b09d1ba4c90fa8f0c7c82ad4b0b1377a8a096d28f",
    SIXTY_FOUR: "4e136ef9d829cd3f42ea78f202461ca89ac803393ae4a9635a1ae744b583c796",
}
M3_ULTRA_AND_M5 = {
    KEY0: "a662607828c52cafea1f79d98f09bd81855784116acd23364a6130eb037d6a5e",
    KEY42: "7ef9a0d55131a5b50cb4d5b5ff1fcf8fb93515ca98ece723a97f4612c2673c85",
    SIXTY_FOUR: "b2b3b19fe3512c1b88f780328a914a8e1b69a2ac7fe5a77b10deb011e01d8a49",
}
ALL = "50ac95d99ae721815d81896380d01d75a8542393bc86639e54c59a770d4811e6"
LINUX_1000 = "e73c470451d0c8f5aa49527512f30400365ed9982460fd422cee615102bb8c3d"
"""Measured on Linux x86-64 and arm64, with MLX 0.32.4 and glibc."""
NONE = "0" * 64


def list_changes(witness: Witness | None) -> list[tuple[int, int | None, int | None]]:
    """List a witness's indices, ulps and steps of the log."""
    assert witness is not None
    return [(it.index, it.ulp, it.stage_ulp) for it in witness.elements]


def recover(draw: NormalDraw, digest: str) -> bytes:
    """Recover the bytes of a draw from its digest and its definition."""
    recovery = recover_witness(draw_with_rounded_log(draw), digest, draw.dtype, draw=draw)
    assert recovery.candidate is not None
    assert sha256(recovery.candidate).hexdigest() == digest
    return recovery.candidate


@pytest.mark.parametrize(
    ("draw", "changes", "searched"),
    [
        (KEY0, [(5, -1, 1)], 2),
        (KEY42, [(3, 1, 1), (6, 2, 1)], 9),
        (
            SIXTY_FOUR,
            [(0, -1, 1), (21, -1, 1), (23, 2, 1), (40, 2, 1), (41, 1, 1), (53, -2, 1)],
            1879,
        ),
    ],
)
def test_newer_apple_chips_from_definitions(
    draw: NormalDraw, changes: list[tuple[int, int, int]], searched: int
) -> None:
    """From no bits at all: a log one step greater in each element that M3 Ultra and M5 change."""
    base, digest = draw_with_rounded_log(draw), M3_ULTRA_AND_M5[draw]
    recovery = recover_witness(base, digest, "float32", draw=draw)
    witness = recovery.witness
    assert list_changes(witness) == changes
    assert witness is not None
    assert (witness.stage, witness.proven) == (LOG, True)
    assert witness.searched == recovery.searched == searched
    assert recovery.candidate is not None
    assert sha256(recovery.candidate).hexdigest() == digest


@pytest.mark.parametrize(
    ("draw", "changes"), [(KEY0, []), (KEY42, []), (SIXTY_FOUR, [(0, -1, 1), (40, 2, 1)])]
)
def test_m1_max_from_definitions(draw: NormalDraw, changes: list[tuple[int, int, int]]) -> None:
    """M1 Max has the correctly rounded log in all but two elements of the sixty-four."""
    recovery = recover_witness(draw_with_rounded_log(draw), M1_MAX[draw], "float32", draw=draw)
    assert list_changes(recovery.witness) == changes


@pytest.mark.parametrize(
    ("draw", "changes"),
    [
        (KEY0, [(5, -1, 1)]),
        (KEY42, [(3, 1, 1), (6, 2, 1)]),
        (SIXTY_FOUR, [(21, -1, 1), (23, 2, 1), (41, 1, 1), (53, -2, 1)]),
    ],
)
def test_one_chip_from_the_other_both_ways(
    draw: NormalDraw, changes: list[tuple[int, int, int]]
) -> None:
    """Recovered arrays are held against each other; either is found from the other."""
    older, newer = recover(draw, M1_MAX[draw]), recover(draw, M3_ULTRA_AND_M5[draw])
    assert list_changes(measure_witness(older, newer, "float32", draw=draw)) == changes
    there = recover_witness(older, M3_ULTRA_AND_M5[draw], "float32", draw=draw)
    back = recover_witness(newer, M1_MAX[draw], "float32", draw=draw)
    assert list_changes(there.witness) == changes
    assert [(index, -(ulp or 0)) for index, ulp, _ in list_changes(back.witness)] == [
        (index, ulp) for index, ulp, _ in changes
    ]


def test_from_bits_drawn_here() -> None:
    """What this machine draws is as near to either digest as the rounded log is."""
    for digests in (M1_MAX, M3_ULTRA_AND_M5):
        for draw, digest in digests.items():
            drawn = mx.random.normal((draw.size,), key=derive_key(draw.seed, draw.steps))
            base = bytes(view_bytes(drawn))
            recovery = recover_witness(base, digest, "float32", draw=draw)
            assert recovery.candidate == recover(draw, digest)


def test_where_all_agree() -> None:
    """Four elements whose log does not matter have one digest on all machines."""
    recovery = recover_witness(draw_with_rounded_log(SPLIT), ALL, "float32", draw=SPLIT)
    assert recovery.witness == Witness(elements=(), stage=None, proven=True, searched=1)


def test_a_thousand_elements_on_linux() -> None:
    """One of a thousand has another log there than the rounded one: it is found by its digest."""
    draw = NormalDraw(size=1000, seed=0)
    recovery = recover_witness(draw_with_rounded_log(draw), LINUX_1000, "float32", draw=draw)
    assert list_changes(recovery.witness) == [(574, 1, 1)]
    assert recovery.searched < 1000


def test_without_the_steps_outputs_are_searched() -> None:
    """Of an op that is no known draw, the elements' own neighbours are tried."""
    for draw, attempts in ((KEY0, [(OUTPUT, 1)]), (KEY42, [(OUTPUT, 1), (OUTPUT, 2)])):
        base = draw_with_rounded_log(draw)
        recovery = recover_witness(base, M3_ULTRA_AND_M5[draw], "float32")
        assert recovery.candidate == recover(draw, M3_ULTRA_AND_M5[draw])
        assert [(it.stage, it.span) for it in recovery.attempts] == attempts
        assert recovery.witness is not None
        assert recovery.witness.stage is None
        assert {it.stage_ulp for it in recovery.witness.elements} == {None}


def test_tells_how_far_it_got() -> None:
    """A digest of something else: all that is near was tried, or as much as the budget let."""
    recovery = recover_witness(draw_with_rounded_log(KEY0), NONE, "float32", draw=KEY0)
    assert (recovery.candidate, recovery.witness) == (None, None)
    assert [it.result.exhausted for it in recovery.attempts] == [True] * 4
    assert [it.result.searched for it in recovery.attempts] == [2, 48, 3**8, 5**8]
    told: list[Progress] = []
    recovery = recover_witness(
        draw_with_rounded_log(SIXTY_FOUR),
        NONE,
        "float32",
        draw=SIXTY_FOUR,
        budget=Budget(candidates=20_000),
        report=told.append,
    )
    assert recovery.searched == 20_000
    assert [(it.stage, it.span) for it in recovery.attempts] == [
        *((LOG, 1), (LOG, 2)),
        *((OUTPUT, 1), (OUTPUT, 2)),
    ]
    results = [it.result for it in recovery.attempts]
    assert [it.searched for it in results] == [4096, 7952, 3976, 3976]
    assert [it.exhausted for it in results] == [True, False, False, False]
    assert [it.complete_changes for it in results] == [12, 4, 1, 1]
    assert told


@QUICK
@given(seed=st.integers(0, 2**64 - 1), data=st.data())
def test_planted_changes_of_log_are_found(seed: int, data: st.DataObject) -> None:
    """Any set of elements with another log is found, and is what is told of it."""
    draw = NormalDraw(size=24, seed=seed, dtype=data.draw(st.sampled_from(["float32", "float16"])))
    base = draw_with_rounded_log(draw)
    elements = split_elements(base, draw.dtype)
    for index, others in enumerate(list_log_alternatives(draw, elements, 1)):
        elements[index] = data.draw(st.sampled_from([elements[index], *others]))
    planted = join_elements(elements, draw.dtype)
    recovery = recover_witness(base, sha256(planted).hexdigest(), draw.dtype, draw=draw)
    assert recovery.candidate == planted
    assert recovery.witness is not None
    assert recovery.witness.stage == (None if planted == base else LOG)
    assert all(it.stage_ulp in {-1, 1} for it in recovery.witness.elements)


def test_measures_what_has_no_distance() -> None:
    """A NaN against a number or another NaN differs by no ulps; zeros by one."""
    numbers = (1.0, float("nan"), 0.0, -0.0, 2.0)
    baseline = struct.pack("<5f", *numbers)
    candidate = bytearray(struct.pack("<5f", float("nan"), numbers[1], -0.0, -0.0, 2.5))
    candidate[4] ^= 1
    witness = measure_witness(baseline, bytes(candidate), "float32")
    assert list_changes(witness) == [
        (0, None, None),
        (1, None, None),
        (2, -1, None),
        (4, 2**21, None),
    ]
    assert (witness.stage, witness.proven, witness.searched) == (None, True, 0)
    assert measure_witness(baseline, baseline, "float32").elements == ()


def test_no_stage_is_told_of_large_changes() -> None:
    """A change that no small change of log makes leaves the stage open."""
    base = draw_with_rounded_log(KEY0)
    other = split_elements(base, "float32")
    other[5] -= 1
    other[0] += 1
    witness = measure_witness(base, join_elements(other, "float32"), "float32", draw=KEY0)
    assert list_changes(witness) == [(0, 1, None), (5, -1, 1)]
    assert witness.stage is None


def test_arrays_of_other_sizes_are_refused() -> None:
    """Bytes of other sizes are no two results of one definition."""
    base = draw_with_rounded_log(KEY0)
    with pytest.raises(ValueError, match="no two arrays"):
        measure_witness(base, base[:-4], "float32")
    with pytest.raises(ValueError, match="shorter"):
        recover_witness(base[:-4], NONE, "float32", draw=KEY0)
    assert [it for it in ("float32", "bfloat16", "int32", "complex64") if can_recover(it)] == [
        *("float32", "bfloat16")
    ]


def test_a_search_loads_no_mlx() -> None:
    """`compare` can search: neither MLX nor NumPy is loaded."""
    code = f"""
import sys
from reprokit.numerics.normal_steps import NormalDraw, draw_with_rounded_log
from reprokit.numerics.witness import recover_witness
draw, digest = NormalDraw(size=8, seed=42), {M3_ULTRA_AND_M5[KEY42]!r}
found = recover_witness(draw_with_rounded_log(draw), digest, "float32", draw=draw)
print(found.candidate is not None, {{"mlx.core", "numpy"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "True set()\n"
