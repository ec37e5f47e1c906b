"""Draws from MLX's generator with the steps that lead to them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.mapping import Uniform, make_open_interval
from reprokit.numerics.outcome import Staged
from reprokit.numerics.threefry import draw_words, expand_key
from reprokit.probes.catalogue.elementwise import log_of_complement
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Shape

_WORD_BYTES = 4


def _estimate_stages(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Five float32 arrays and two of float64, and the result."""
    size: int = prod(arguments["shape"])
    return size * (9 * _WORD_BYTES + item_bytes)


@operation("random.uniform_stages", estimate=_estimate_stages)
def uniform_stages(
    *, key: mx.array, dtype: mx.Dtype, shape: Shape, low: float = 0.0, high: float = 1.0
) -> Staged:
    """Draw `random.uniform` and show its steps: `words`, and `mapped`, remade from the words.

    Catches: whether a changed uniform draw has other words or another map from words to numbers.
    """
    words = draw_words(expand_key(key), prod(shape), 0, prod(shape))
    stages = {"words": words, "mapped": Uniform(dtype=dtype, low=low, high=high)(words)}
    return Staged(result=mx.random.uniform(low, high, shape, dtype=dtype, key=key), stages=stages)


@operation("random.normal_stages", estimate=_estimate_stages)
def normal_stages(*, key: mx.array, dtype: mx.Dtype, shape: Shape) -> Staged:
    """Draw `random.normal` and show its steps: `words`, `uniform`, `log`, `erfinv`.

    Formula: sqrt(2) in the dtype times erfinv(u) cast to it; u uniform float32 on (-1, 1); `log`
    is log(1 - u²), which erfinv takes inside itself and `mx.log` takes here.
    Catches: the first step that parts: another generator, another map, another `log`, another
    polynomial, another rounding to half precision.
    """
    words = draw_words(expand_key(key), prod(shape), 0, prod(shape))
    mapped = make_open_interval()(words)
    stages = {"words": words, "uniform": mapped}
    stages |= {"log": log_of_complement(mapped), "erfinv": mx.erfinv(mapped)}
    return Staged(result=mx.random.normal(shape, dtype=dtype, key=key), stages=stages)
