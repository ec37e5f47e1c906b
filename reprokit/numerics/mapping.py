"""How MLX makes numbers of random words: the same steps, one operation each.

No step may be compiled: a compiler may contract a product and a sum into one rounding, and the
bytes would be others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Sequence

_LARGEST_WORD = 2.0**32 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Uniform:
    """Numbers as `mx.random.uniform(low, high)` gives them.

    Formula: u = min(word / (2**32 - 1), below 1) in float32, cast to the dtype; then
    (high - low) * u + low, in the dtype, each step rounded.

    Attributes:
        dtype: float32, float16 or bfloat16.
        low: Lower bound.
        high: Upper bound, which rounding may reach.
    """

    dtype: mx.Dtype
    low: float = 0.0
    high: float = 1.0
    _steps: _UniformSteps = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", _prepare_uniform(self.dtype, self.low, self.high))

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        steps = self._steps
        unit = mx.minimum(words / steps.largest_word, steps.below_one)
        return steps.span * unit.astype(self.dtype) + steps.low

    def draw(self, shape: Sequence[int], key: mx.array) -> mx.array:
        """Draw by MLX itself."""
        return mx.random.uniform(self.low, self.high, shape, dtype=self.dtype, key=key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Normal:
    """Numbers as `mx.random.normal` gives them.

    Formula: erfinv(u) of a float32 uniform u on (-1, 1), cast to the dtype, times sqrt(2) * scale,
    plus loc, in the dtype.

    Attributes:
        dtype: float32, float16 or bfloat16.
        loc: Mean; None adds nothing, where 0 makes +0 of -0.
        scale: Standard deviation; None is 1.
    """

    dtype: mx.Dtype
    loc: float | None = None
    scale: float | None = None
    _steps: _NormalSteps = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", _prepare_normal(self.dtype, self.loc, self.scale))

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        steps = self._steps
        samples = steps.factor * mx.erfinv(steps.interval(words)).astype(self.dtype)
        return samples if steps.offset is None else samples + steps.offset

    def draw(self, shape: Sequence[int], key: mx.array) -> mx.array:
        """Draw by MLX itself."""
        return mx.random.normal(shape, self.dtype, self.loc, self.scale, key)


def make_open_interval() -> Uniform:
    """Make the map to float32 on (-1, 1) that MLX takes for normals."""
    return Uniform(dtype=mx.float32, low=-below_one(mx.float32), high=1.0)


def below_one(dtype: mx.Dtype) -> float:
    """Return the largest number of a dtype below 1."""
    return 1.0 - mx.finfo(dtype).eps / 2


class _UniformSteps(NamedTuple):
    """Constants of a map to uniform numbers, evaluated once: a draw has many blocks."""

    largest_word: mx.array
    below_one: mx.array
    span: mx.array
    low: mx.array


class _NormalSteps(NamedTuple):
    """Constants of a map to normals."""

    interval: Uniform
    factor: mx.array
    offset: mx.array | None


def _prepare_uniform(dtype: mx.Dtype, low: float, high: float) -> _UniformSteps:
    bottom, top = (mx.array(it).astype(dtype) for it in (low, high))
    steps = _UniformSteps(
        largest_word=mx.array(_LARGEST_WORD),
        below_one=mx.array(below_one(dtype)),
        span=top - bottom,
        low=bottom,
    )
    mx.eval(steps)
    return steps


def _prepare_normal(dtype: mx.Dtype, loc: float | None, scale: float | None) -> _NormalSteps:
    factor = mx.array(sqrt(2.0), dtype=dtype)
    if scale is not None:
        factor = factor * mx.array(scale).astype(dtype)
    offset = None if loc is None else mx.array(loc).astype(dtype)
    mx.eval(factor, offset)
    return _NormalSteps(interval=make_open_interval(), factor=factor, offset=offset)
