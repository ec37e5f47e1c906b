"""Normal numbers remade step by step, held against MLX's own and the published digests."""

from __future__ import annotations

from hashlib import sha256

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.digest import view_bytes
from reprokit.numerics.float_bits import split_elements
from reprokit.numerics.keys import derive_key
from reprokit.numerics.normal_steps import (
    REACH_ULP,
    NormalDraw,
    draw_with_rounded_log,
    finish_normal,
    list_log_alternatives,
    list_log_outcomes,
    map_to_uniform,
    measure_log_change,
    round_log_of_complement,
)
from reprokit.probes.catalogue.random_stages import normal_stages
from tests.builders import QUICK

DTYPES = ("float32", "float16", "bfloat16")
KEY0, KEY42 = NormalDraw(size=8, seed=0), NormalDraw(size=8, seed=42)


def draw_by_mlx(draw: NormalDraw) -> list[int]:
    """Draw by MLX, as bits."""
    key = derive_key(draw.seed, draw.steps)
    array = mx.random.normal((draw.size,), dtype=getattr(mx, draw.dtype), key=key)
    return split_elements(bytes(view_bytes(array)), draw.dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_steps_beside_log_are_mlxs(dtype: str) -> None:
    """From MLX's words and its `log`, uniform and normal numbers are MLX's in every bit."""
    staged = normal_stages(key=derive_key(5), dtype=getattr(mx, dtype), shape=(2000,))
    words, uniform, log = (
        np.array(staged.stages[name]).tolist() for name in ("words", "uniform", "log")
    )
    assert [map_to_uniform(it) for it in words] == uniform
    expected = split_elements(bytes(view_bytes(staged.result)), dtype)
    made = [finish_normal(*pair, dtype) for pair in zip(uniform, log, strict=True)]
    assert made == expected


@pytest.mark.parametrize("word", [0, 1, 2**31 - 1, 2**31, 2**32 - 129, 2**32 - 128, 2**32 - 1])
def test_extreme_words(word: int) -> None:
    """Words that round up, and those at the ends, stay inside (-1, 1)."""
    uniform = map_to_uniform(word)
    assert abs(uniform) <= 1 - 2.0**-24
    assert round_log_of_complement(uniform) <= 0


@QUICK
@given(
    seed=st.integers(0, 2**64 - 1),
    size=st.integers(1, 40),
    steps=st.sampled_from([(), ((1, 2),), ((3, 7), (0, 2))]),
    dtype=st.sampled_from(DTYPES),
)
def test_here_logs_are_near_the_rounded_one(
    seed: int, size: int, steps: tuple[tuple[int, int], ...], dtype: str
) -> None:
    """Each element that MLX draws here has the rounded `log`, or one a step or two away."""
    draw = NormalDraw(size=size, seed=seed, steps=steps, dtype=dtype)
    rounded = split_elements(draw_with_rounded_log(draw), dtype)
    others = list_log_alternatives(draw, rounded, 2)
    for bits, base, alternatives in zip(draw_by_mlx(draw), rounded, others, strict=True):
        assert bits in {base, *alternatives}
        assert base not in alternatives


@pytest.mark.parametrize(
    ("draw", "digest"),
    [
        (KEY0, "8a8c5a6737feea9eeee3c7056f4699250e6b8440db8930fd10495ada9117c05a"),
        (KEY42, "46a0c8652eafa5b9a4fe952b09d1ba4c90fa8f0c7c82ad4b0b1377a8a096d28f"),
        (
            NormalDraw(size=4, seed=7, steps=((1, 2),)),
            "50ac95d99ae721815d81896380d01d75a8542393bc86639e54c59a770d4811e6",
        ),
    ],
)
def test_published_digests_without_mlx(draw: NormalDraw, digest: str) -> None:
    """The correctly rounded `log` gives what was published for an M1 Max (MLX issue 3568)."""
    assert sha256(draw_with_rounded_log(draw)).hexdigest() == digest


def test_alternatives_prune_the_search() -> None:
    """One step of `log` changes one element of eight, and twelve of sixty-four."""
    for draw, places in (
        (KEY0, [5]),
        (KEY42, [0, 3, 6, 7]),
        (NormalDraw(size=64, seed=0), [0, 9, 21, 22, 23, 25, 35, 40, 41, 49, 53, 55]),
    ):
        base = split_elements(draw_with_rounded_log(draw), "float32")
        alternatives = list_log_alternatives(draw, base, 1)
        assert [index for index, others in enumerate(alternatives) if others] == places


def test_alternatives_of_other_bits_lead_back() -> None:
    """From bits whose `log` is a step off, the rounded one's are an alternative."""
    draw = NormalDraw(size=64, seed=0)
    base = split_elements(draw_with_rounded_log(draw), "float32")
    for index, others in enumerate(list_log_alternatives(draw, base, 2)):
        for other in others:
            moved = [*base[:index], other, *base[index + 1 :]]
            assert base[index] in list_log_alternatives(draw, moved, 2)[index]
    strange = [bits ^ 0xFFFF for bits in base]
    assert list_log_alternatives(draw, strange, 0) == [[bits] for bits in base]


def test_change_of_log_is_the_least() -> None:
    """The steps between two numbers' logs; none where no log near gives one of them."""
    outcomes = list_log_outcomes(KEY0)[5]
    rounded = outcomes[REACH_ULP]
    assert measure_log_change(outcomes, rounded, rounded - 1) == 1
    assert measure_log_change(outcomes, rounded - 1, rounded) == -1
    assert measure_log_change(outcomes, rounded, rounded) == 0
    assert measure_log_change(outcomes, rounded, rounded + 9) is None
    assert measure_log_change(outcomes, rounded, outcomes[0]) == -3
