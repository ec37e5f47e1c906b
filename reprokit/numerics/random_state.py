"""The global random generators of a process: MLX's, NumPy's and Python's own.

Each state is read as a value that can be compared and put back. NumPy's is there only while NumPy
is loaded; nothing here loads it.
"""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

MLX = "MLX"
NUMPY = "NumPy"
PYTHON = "Python's `random`"

LARGEST_NUMPY_SEED = 2**32 - 1

Words: TypeAlias = tuple[int, int]
"""The two uint32 words of a key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomState:
    """The states of all global generators at one moment, as this thread sees them.

    Attributes:
        mlx: The two words of MLX's key. Since MLX 0.32.1 each thread has its own.
        python: What `random.getstate()` gives.
        numpy: What `numpy.random.get_state()` gives, its array as bytes; None where NumPy is not
            loaded.
    """

    mlx: Words
    python: tuple[Any, ...]
    numpy: tuple[Any, ...] | None


def seed_generators(seed: int) -> None:
    """Seed MLX, Python's `random`, and NumPy where it is loaded.

    Args:
        seed: From 0 to 2**64 - 1. NumPy takes 32 bits: it gets the seed mod 2**32.
    """
    mx.random.seed(seed)
    random.seed(seed)
    numpy = _loaded_numpy()
    if numpy is not None:
        numpy.random.seed(seed % (LARGEST_NUMPY_SEED + 1))


@contextmanager
def seed_numpy_when_loaded(seed: int) -> Iterator[None]:
    """Seed NumPy the moment that something loads it, for a while; where it is loaded, do nothing.

    Args:
        seed: As for `seed_generators`.
    """
    finder = _SeedingFinder(seed)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _SeedingFinder:
    """Has `numpy.random` found by the finders there are, and seeds it when it has been loaded."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find `numpy.random`, and nothing else."""
        if name != "numpy.random":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_seed(module: ModuleType) -> None:
                load(module)
                module.seed(self._seed % (LARGEST_NUMPY_SEED + 1))

            spec.loader.exec_module = load_and_seed  # type: ignore[method-assign]
        return spec


def read_state() -> RandomState:
    """Read the state of every generator; draws nothing."""
    numpy = _loaded_numpy()
    return RandomState(
        mlx=_read_mlx(),
        python=random.getstate(),
        numpy=None if numpy is None else _read_numpy(numpy),
    )


def restore_state(state: RandomState) -> None:
    """Put every generator back; NumPy only where it was loaded when the state was read."""
    high, low = state.mlx
    mx.random.seed(high << 32 | low)
    random.setstate(state.python)
    numpy = _loaded_numpy()
    if numpy is not None and state.numpy is not None:
        name, words, *rest = state.numpy
        numpy.random.set_state((name, numpy.frombuffer(words, dtype="uint32"), *rest))


def count_draws(before: Words, after: Words, *, most: int) -> int | None:
    """Count the draws that lead from one state of MLX's generator to another.

    Formula: each draw without a key replaces the state by the first subkey of its split into two.

    Args:
        before: State at first.
        after: State later.
        most: How many draws to look ahead.

    Returns:
        The number of draws; None where it is none up to `most`.
    """
    state = before
    for count in range(most + 1):
        if state == after:
            return count
        key = mx.array(state, dtype=mx.uint32)
        state = _read_words(mx.random.split(key)[0])
    return None


def _loaded_numpy() -> ModuleType | None:
    return sys.modules.get("numpy")


def _read_mlx() -> Words:
    (key,) = cast("Iterable[mx.array]", mx.random.state)
    return _read_words(key)


def _read_words(key: mx.array) -> Words:
    high, low = cast("list[int]", key.tolist())
    return high, low


def _read_numpy(numpy: ModuleType) -> tuple[Any, ...]:
    name, words, *rest = numpy.random.get_state(legacy=True)
    return (name, words.tobytes(), *rest)
