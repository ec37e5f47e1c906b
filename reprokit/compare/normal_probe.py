"""Which probes are draws whose every step but `log` is known."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from reprokit.model.definition import DigestRule

if TYPE_CHECKING:
    from reprokit.model.definition import Definition
    from reprokit.model.record import ArrayFacts
    from reprokit.numerics.normal_steps import NormalDraw

_OPS = frozenset({"random.normal", "random.normal_same"})
"""The second has the bytes of the first by construction."""

_DTYPES = frozenset({"float32", "float16", "bfloat16"})

LARGEST_SIZE = 4096
"""Larger draws are not computed again in plain Python, which takes 20 microseconds an element."""


def find_normal_draw(definition: Definition, result: ArrayFacts) -> NormalDraw | None:
    """Find the draw that a probe's definition means, and that gave a result.

    Returns:
        The draw; None for every other op, for a normal with `loc` or `scale`, for digests that
        were not taken of the raw bytes, for more than `LARGEST_SIZE` elements, and where the
        result's dtype or size is not the draw's.
    """
    shape = definition.arguments.get("shape")
    if (
        definition.op not in _OPS
        or definition.revision != 1
        or set(definition.arguments) != {"shape"}
        or definition.rule is not DigestRule.RAW
        or definition.seed is None
        or (definition.dtype or "float32") not in _DTYPES
        or not isinstance(shape, tuple)
    ):
        return None
    size = prod(side for side in shape if isinstance(side, int))
    fits = result.dtype == (definition.dtype or "float32") and prod(result.shape) == size
    return _make_draw(definition, size) if fits and 0 < size <= LARGEST_SIZE else None


def _make_draw(definition: Definition, size: int) -> NormalDraw | None:
    from reprokit.numerics.keys import parse_key_path  # few comparisons come here
    from reprokit.numerics.normal_steps import NormalDraw

    try:
        steps = parse_key_path(definition.key)
    except ValueError:  # a stranger's manifest may say anything
        return None
    return NormalDraw(
        size=size, seed=definition.seed or 0, steps=steps, dtype=definition.dtype or "float32"
    )
