"""How MLX makes numbers of random words: the same steps, one operation each.

No step may be compiled: a compiler may contract a product and a sum into one rounding, and the
bytes would be others.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from reprokit.numerics.backend import mx

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

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        unit = mx.minimum(words / mx.array(_LARGEST_WORD), mx.array(below_one(self.dtype)))
        low, high = (mx.array(it).astype(self.dtype) for it in (self.low, self.high))
        return (high - low) * unit.astype(self.dtype) + low

    def draw(self, size: int, key: mx.array) -> mx.array:
        """Draw so many by MLX itself."""
        return mx.random.uniform(self.low, self.high, (size,), dtype=self.dtype, key=key)


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

    def __call__(self, words: mx.array) -> mx.array:
        """Map words: uint32 of any shape to the dtype, same shape."""
        samples = mx.erfinv(map_to_open_interval(words)).astype(self.dtype)
        factor = mx.array(sqrt(2.0), dtype=self.dtype)
        if self.scale is not None:
            factor = factor * mx.array(self.scale).astype(self.dtype)
        samples = factor * samples
        return samples if self.loc is None else samples + mx.array(self.loc).astype(self.dtype)

    def draw(self, size: int, key: mx.array) -> mx.array:
        """Draw so many by MLX itself."""
        return mx.random.normal((size,), self.dtype, self.loc, self.scale, key)


def map_to_open_interval(words: mx.array) -> mx.array:
    """Map words to float32 on (-1, 1), as MLX does for normals."""
    return Uniform(dtype=mx.float32, low=-below_one(mx.float32), high=1.0)(words)


def below_one(dtype: mx.Dtype) -> float:
    """Return the largest number of a dtype below 1."""
    return 1.0 - mx.finfo(dtype).eps / 2
