"""Seeding for users' code, and its guard."""

from __future__ import annotations

import doctest
import random
import sys
import threading
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit import seeding
from reprokit.numerics.random_state import count_draws, read_state
from reprokit.seeding import SeedConsumedError, SeedingWarning, seeded

if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = st.integers(0, 2**64 - 1)


def draw_mlx() -> None:
    """Draw one number from MLX."""
    mx.random.uniform()


def draw_numpy() -> None:
    """Draw one number from NumPy's global generator."""
    np.random.random()  # noqa: NPY002 - the global generator is what is tested


def draw_python() -> None:
    """Draw one number from Python's global generator."""
    random.random()  # noqa: S311 - the global generator is what is tested


def read_words() -> list[int]:
    """Return the two words of MLX's state."""
    return list(read_state().mlx)


DRAWS: dict[str, Callable[[], None]] = {
    "MLX": draw_mlx,
    "NumPy": draw_numpy,
    "Python's `random`": draw_python,
}


@given(SEEDS)
def test_all_generators_are_seeded_at_once(seed: int) -> None:
    """On entry each generator is as its own seeding leaves it; NumPy gets the seed mod 2**32."""
    with seeded(seed):
        state = read_state()
        drawn = np.random.random()  # noqa: NPY002 - as above
    assert state.mlx == (seed >> 32, seed % 2**32)
    assert state.python == random.Random(seed).getstate()  # noqa: S311 - as above
    assert drawn == np.random.RandomState(seed % 2**32).random()


def test_guard_is_silent_where_nothing_was_drawn() -> None:
    """Explicit keys and generators of one's own consume no global state."""
    with seeded(42, on_consumed="raise") as state:
        mx.eval(mx.random.normal((8,), key=mx.random.key(0)), mx.random.split(mx.random.key(1)))
        np.random.default_rng(0).random()
        random.Random(0).random()  # noqa: S311 - as above
        state.guard("LoRA layers")
        assert state.consumed() == {}


@pytest.mark.parametrize("name", DRAWS)
def test_guard_warns_of_the_generator_that_was_drawn_from(name: str) -> None:
    """A draw before the guarded use is reported, with its generator, and no other."""
    with seeded(42) as state:
        DRAWS[name]()
        with pytest.warns(SeedingWarning, match="between seed 42 and LoRA layers: ") as caught:
            state.guard("LoRA layers")
        assert list(state.consumed()) == [name]
    assert name in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", DRAWS)
def test_guard_raises_where_it_is_told_to(name: str) -> None:
    """With on_consumed="raise" it is an error, with a hint, and the use is not reached."""
    with seeded(42, on_consumed="raise") as state:
        DRAWS[name]()
        with pytest.raises(SeedConsumedError, match="consumed between seed 42") as caught:
            state.guard("LoRA layers")
    assert name in caught.value.message
    assert caught.value.hint is not None
    assert "state.reseed()" in caught.value.hint


def test_all_generators_are_named() -> None:
    """Where several were drawn from, all are named."""
    with seeded(42) as state:
        for draw in DRAWS.values():
            draw()
        assert list(state.consumed()) == list(DRAWS)


@given(SEEDS, st.integers(0, 20))
def test_draws_from_mlx_are_counted(seed: int, draws: int) -> None:
    """The number of draws since seeding is found by replaying splits."""
    with seeded(seed) as state:
        before = read_state().mlx
        for _ in range(draws):
            draw_mlx()
        assert count_draws(before, read_state().mlx, most=20) == draws
        assert state.consumed().get("MLX", "0 draws").split()[0] == str(draws)


@pytest.mark.parametrize(
    ("draws", "reason"),
    [(1, "1 draw"), (2, "2 draws"), (256, "256 draws"), (257, "more than 256 draws")],
)
def test_counting_ends(draws: int, reason: str) -> None:
    """Counting stops at 256 draws, and reads well for one."""
    with seeded(0) as state:
        for _ in range(draws):
            draw_mlx()
        assert state.consumed()["MLX"].startswith(reason)


def test_another_seed_is_consumption() -> None:
    """Who seeds otherwise in between is found too."""
    with seeded(42) as state:
        mx.random.seed(43)
        assert state.consumed() == {"MLX": "more than 256 draws, or another seed"}


def test_the_same_seed_again_is_none() -> None:
    """What counts is the state, not the way to it."""
    with seeded(42) as state:
        draw_mlx()
        mx.random.seed(42)
        assert state.consumed() == {}


def test_reseed_mends() -> None:
    """After reseeding, the guard is silent and the draws are those of the seed."""
    with seeded(42, on_consumed="raise") as state:
        for draw in DRAWS.values():
            draw()
        state.reseed()
        state.guard("LoRA layers")
        assert read_words() == [0, 42]


def test_a_guarded_use_may_draw() -> None:
    """A guarded context ends the use: the next guard asks what was drawn since."""
    with seeded(42, on_consumed="raise") as state:
        with state.guard("weights") as same:
            draw_mlx()
        assert same is state
        with state.guard("batches"):
            draw_numpy()
        draw_mlx()
        with pytest.raises(SeedConsumedError, match="dropout: MLX"):
            state.guard("dropout")


def test_numpy_loaded_after_seeding_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy that was not there to be seeded is not taken for seeded, even if nothing drew."""
    monkeypatch.delitem(sys.modules, "numpy")
    with seeded(42) as state:
        assert state.consumed() == {}
        monkeypatch.setitem(sys.modules, "numpy", np)
        assert state.consumed() == {"NumPy": "loaded after seeding, and not seeded"}
        state.reseed()
        assert state.consumed() == {}


def test_another_thread_is_not_seeded() -> None:
    """A guard in a thread that was not seeded says so; its state is not the seeding thread's."""
    found: list[dict[str, str]] = []
    with seeded(42) as state:
        thread = threading.Thread(target=lambda: found.append(state.consumed()))
        thread.start()
        thread.join()
        assert state.consumed() == {}
    assert found == [{"MLX": "this thread has a state of its own, and was not seeded"}]


def test_nothing_is_restored_by_default() -> None:
    """After the context, draws go on from where it ended."""
    mx.random.seed(1)
    with seeded(42):
        draw_mlx()
    assert read_words() == mx.random.split(mx.random.key(42))[0].tolist()


@given(SEEDS, SEEDS)
def test_restore_puts_everything_back(outer: int, inner: int) -> None:
    """With restore=True all generators are as they were, whatever their states."""
    with seeded(outer):
        for draw in DRAWS.values():
            draw()
        np.random.normal()  # noqa: NPY002 - leaves a second number in the state
        before = read_state()
        with seeded(inner, restore=True):
            for draw in DRAWS.values():
                draw()
            np.random.normal()  # noqa: NPY002 - as above
        assert read_state() == before


def test_restore_survives_an_error() -> None:
    """What is raised inside goes out, after the generators are put back."""
    before = read_state()
    with pytest.raises(KeyError), seeded(42, restore=True):
        raise KeyError
    assert read_state() == before


def test_an_inner_seeding_is_seen_by_the_outer_guard() -> None:
    """Seedings nest; the outer guard reports what the inner one left, unless it restored."""
    with seeded(1) as outer:
        with seeded(2, restore=True):
            draw_mlx()
        assert outer.consumed() == {}
        with seeded(2):
            pass
        assert "MLX" in outer.consumed()


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    """Seeds have 64 bits; nothing is seeded with another."""
    before = read_state()
    with pytest.raises(ValueError, match=rf"`seed` is from 0 to 2\*\*64 - 1, and not {seed}"):
        seeding.SeededState(seed)
    assert read_state() == before


@pytest.mark.parametrize("seed", [1.5, 1.0, "a", None, True, [1], mx.array(1.5)])
def test_a_seed_that_is_no_integer_is_refused(seed: Any) -> None:  # noqa: ANN401 - whatever
    """The argument and its range are named, and nothing is seeded."""
    before = read_state()
    with (
        pytest.raises(TypeError, match=r"`seed` is an integer from 0 to 2\*\*64 - 1, and not"),
        seeded(seed),
    ):
        pass
    assert read_state() == before


def test_an_integer_of_numpy_is_a_seed() -> None:
    """A seed may come out of an array; it is kept as Python's integer."""
    with seeded(np.uint64(2**64 - 1)) as state:  # type: ignore[arg-type]
        assert type(state.seed) is int
        assert state.seed == 2**64 - 1
        assert read_state().mlx == (2**32 - 1, 2**32 - 1)


@pytest.mark.parametrize("word", ["error", None, ["warn"]])
def test_another_word_for_on_consumed_is_refused(word: Any) -> None:  # noqa: ANN401 - whatever
    """A slip in `on_consumed` does not end as silence."""
    with pytest.raises(ValueError, match='"warn" or "raise"'):
        seeding.SeededState(0, on_consumed=word)


def test_examples_run() -> None:
    """The examples of the docstrings give what they say."""
    assert doctest.testmod(seeding).failed == 0
    assert doctest.testmod(seeding).attempted > 0
