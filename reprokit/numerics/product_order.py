"""A product of matrices as a loop makes it, in plain Python: each product rounded, or fused.

A loop over the inner index adds one product after the other to each element. Where the compiler
contracts multiplication and addition, each step is rounded once, else twice. So two libraries of
one source part in most elements, and their bytes tell which of the two each did.
"""

from __future__ import annotations

import sys
from array import array
from operator import add
from typing import TYPE_CHECKING

from reprokit.numerics.threefry_words import derive_key_words, draw_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.numerics.threefry_words import Pair

_BELOW_ONE = 1.0 - 2.0**-24
_FLOAT32 = "f"


def draw_operands(
    seed: int, steps: Sequence[Pair], shape: tuple[int, int, int]
) -> tuple[array[float], array[float]]:
    """Draw both operands of the catalogue's `matmul.uniform`.

    Formula: 2 · min(word / 2**32, below 1) - 1 in float32; the words are those of the two subkeys
    of the key.

    Args:
        seed: Of the key.
        steps: How the key follows from the seed, as `keys.parse_key_path` gives it.
        shape: m, k, n.

    Returns:
        float32, (m, k) and (k, n), in C order.
    """
    rows, inner, columns = shape
    sizes = (rows * inner, inner * columns)
    left, right = (
        _map_words(draw_words(derive_key_words(seed, (*steps, (index, 2))), size))
        for index, size in enumerate(sizes)
    )
    return left, right


def _map_words(words: Sequence[int]) -> array[float]:
    """Map words to float32 on [-1, 1), each step rounded."""
    units = array(_FLOAT32, words)  # an integer is rounded once: below 2**53 it is exact in float64
    return array(_FLOAT32, [2.0 * min(it * 2.0**-32, _BELOW_ONE) - 1.0 for it in units])


def multiply_in_order(
    left: array[float], right: array[float], shape: tuple[int, int, int], *, fused: bool
) -> bytes:
    """Multiply (m, k) by (k, n), adding products by rising inner index to 0.

    Formula: c = c + a·b for each inner index; a·b is rounded to float32 first, or not (fused).
    Of a fused step the sum is rounded to float64 before float32, which is another number than one
    rounding gives in one of some 2**29 steps: then the bytes are not the loop's.

    Args:
        left: float32, in C order.
        right: float32, in C order.
        shape: m, k, n.
        fused: Whether product and sum are rounded together.

    Returns:
        The product's float32 bytes, little-endian, in C order.
    """
    rows, inner, columns = shape
    lines = [right[at * columns : (at + 1) * columns] for at in range(inner)]
    result = array(_FLOAT32)
    for row in range(rows):
        line = array(_FLOAT32, bytes(4 * columns))
        for factor, other in zip(left[row * inner : (row + 1) * inner], lines, strict=True):
            products = [factor * it for it in other]
            line = array(_FLOAT32, map(add, line, products if fused else array(_FLOAT32, products)))
        result.extend(line)
    if sys.byteorder == "big":
        result.byteswap()
    return result.tobytes()
