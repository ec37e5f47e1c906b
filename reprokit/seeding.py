"""Seed right before the draws that matter, and find out when something drew in between.

A seed fixes a result only if it is the last thing that happens to the random state before the
first draw. One draw in between, in a model's constructor or a library's import, gives other LoRA
layers without any sign: the loss of the first step is still the same.

    from reprokit import seeding

    with seeding.seeded(42) as state:
        state.guard("LoRA layers")
        linear_to_lora_layers(model, ...)

Of global generators only: explicit keys (`mx.random.key`) and `numpy.random.default_rng` have
states of their own, and need no guard.
"""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from operator import index
from typing import TYPE_CHECKING, Literal, TypeAlias

from reprokit.errors import ReprokitError
from reprokit.numerics.keys import LARGEST_SEED
from reprokit.numerics.random_state import (
    MLX,
    NUMPY,
    PYTHON,
    count_draws,
    read_state,
    restore_state,
    seed_generators,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from reprokit.numerics.random_state import RandomState

__all__ = ["OnConsumed", "SeedConsumedError", "SeededState", "SeedingWarning", "seeded"]

OnConsumed: TypeAlias = Literal["warn", "raise"]
"""What a guard does where random state was consumed."""

_MOST_DRAWS = 256
"""So far a guard counts MLX's draws; a split takes some microseconds."""

_HINT = "seed last: call `state.reseed()`, or enter `seeded`, right before the guarded use"


class SeedingWarning(UserWarning):
    """Random state was consumed between seeding and a guarded use."""


class SeedConsumedError(ReprokitError):
    """Random state was consumed between seeding and a guarded use."""


class SeededState:
    """The random state that a seeding left; `seeded` makes one.

    Args:
        seed: What to seed with, at once.
        on_consumed: Whether a guard warns or raises.

    Raises:
        TypeError: For a seed that is no integer.
        ValueError: For a seed that is not from 0 to 2**64 - 1, or another `on_consumed`.
    """

    def __init__(self, seed: int, *, on_consumed: OnConsumed = "warn") -> None:
        if on_consumed not in ("warn", "raise"):
            msg = f'`on_consumed` is "warn" or "raise", and not {on_consumed!r}'
            raise ValueError(msg)
        self.seed = _read_seed(seed)
        self._on_consumed = on_consumed
        self.reseed()

    def reseed(self) -> None:
        """Seed again, in this thread; what guards compare with is the state from now on."""
        seed_generators(self.seed)
        self._accept_state()

    def consumed(self) -> dict[str, str]:
        """Tell which generators are not as seeding left them, and why; empty where all are.

        >>> import mlx.core as mx
        >>> with seeded(42) as state:
        ...     noise = mx.random.normal((8,))
        ...     state.consumed()
        {'MLX': '1 draw'}
        """
        now = read_state()
        found = {
            MLX: self._explain_mlx(now),
            NUMPY: self._explain_numpy(now),
            PYTHON: "" if now.python == self._left.python else "drawn from, or seeded",
        }
        return {name: reason for name, reason in found.items() if reason}

    def guard(self, use: str) -> GuardedUse:
        """Report, now, where random state was consumed since seeding.

        As a context it also says where the use ends: a later guard then asks only what was
        consumed since.

        >>> import mlx.core as mx
        >>> with seeded(42, on_consumed="raise") as state:
        ...     with state.guard("weights"):
        ...         weights = mx.random.normal((8,))
        ...     with state.guard("dropout"):
        ...         mask = mx.random.bernoulli(0.9, (8,))

        Args:
            use: What is about to draw, for the message.

        Returns:
            A context for the use; it may be ignored.

        Raises:
            SeedConsumedError: Where state was consumed and `on_consumed` is "raise"; otherwise
                it is a SeedingWarning.
        """
        consumed = self.consumed()
        if consumed:
            listed = ", ".join(f"{name} ({reason})" for name, reason in consumed.items())
            message = f"random state was consumed between seed {self.seed} and {use}: {listed}"
            if self._on_consumed == "raise":
                raise SeedConsumedError(message, hint=_HINT)
            warnings.warn(f"{message}; hint: {_HINT}", SeedingWarning, stacklevel=2)
        return GuardedUse(self)

    def _accept_state(self) -> None:
        self._left = read_state()
        self._thread = threading.get_ident()

    def _explain_mlx(self, now: RandomState) -> str:
        if now.mlx == self._left.mlx:
            return ""
        if threading.get_ident() != self._thread:
            return "this thread has a state of its own, and was not seeded"
        draws = count_draws(self._left.mlx, now.mlx, most=_MOST_DRAWS)
        if draws is None:
            return f"more than {_MOST_DRAWS} draws, or another seed"
        return f"{draws} draw" + ("s" if draws > 1 else "")

    def _explain_numpy(self, now: RandomState) -> str:
        if now.numpy == self._left.numpy:
            return ""
        if self._left.numpy is None:
            return "loaded after seeding, and not seeded"
        return "drawn from, or seeded"


def _read_seed(seed: object) -> int:
    """Read a seed: an integer of Python's, NumPy's or MLX's, and no truth value."""
    try:
        number = index(None if isinstance(seed, bool) else seed)  # type: ignore[arg-type]
    except TypeError:
        msg = f"`seed` is an integer from 0 to 2**64 - 1, and not {seed!r}"
        raise TypeError(msg) from None
    if not 0 <= number <= LARGEST_SEED:
        msg = f"`seed` is from 0 to 2**64 - 1, and not {number}"
        raise ValueError(msg)
    return number


class GuardedUse:
    """The use that a guard was called for, as a context; `SeededState.guard` makes one."""

    def __init__(self, state: SeededState) -> None:
        self._state = state

    def __enter__(self) -> SeededState:
        return self._state

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the use: what it drew is not held against a later guard."""
        self._state._accept_state()  # noqa: SLF001 - one class in two parts


@contextmanager
def seeded(
    seed: int, *, on_consumed: OnConsumed = "warn", restore: bool = False
) -> Iterator[SeededState]:
    """Seed all global generators at once, and guard their state.

    Seeded are MLX's, Python's `random` and, where it is loaded, NumPy's (which takes the seed mod
    2**32). MLX's state belongs to the thread since MLX 0.32.1: this seeds, and a guard looks at,
    that of the thread which calls.

    >>> import mlx.core as mx
    >>> with seeded(42):
    ...     once = mx.random.uniform(shape=(4,))
    >>> with seeded(42):
    ...     again = mx.random.uniform(shape=(4,))
    >>> once.tolist() == again.tolist()
    True

    Args:
        seed: From 0 to 2**64 - 1.
        on_consumed: Whether a guard warns (SeedingWarning) or raises (SeedConsumedError).
        restore: Put the generators back as they were before, at the end. By default the context
            restores nothing: draws after it go on from where it ended.

    Yields:
        The state, to guard uses with.

    Raises:
        TypeError: For a seed that is no integer.
        ValueError: For a seed out of range, or another `on_consumed`.
    """
    before = read_state() if restore else None
    try:
        yield SeededState(seed, on_consumed=on_consumed)
    finally:
        if before is not None:
            restore_state(before)
