"""Matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.error import find_largest, is_near, measure_difference
from reprokit.numerics.exact import check_exact, draw_integers, multiply_integers
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Count

_FLOAT32 = "float32"
_LONGEST_TF32 = 4095
_NEAR = 2.0**-7
"""Of the largest element: half precision rounds at 2**-9, operands cut to 11 bits at 2**-11."""


def _estimate_product(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Both operands, drawn in float32, and the product."""
    m, k, n = (int(arguments[name]) for name in "mkn")
    return (m * k + k * n) * (item_bytes + 4) + m * n * item_bytes


def _estimate_rows(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The larger product, the rows of the smaller one, and masks and errors over these."""
    rows, n = int(arguments["rows"]), int(arguments["n"])
    larger = {"m": arguments["total"], "k": arguments["k"], "n": n}
    return _estimate_product(larger, item_bytes) + rows * n * (item_bytes + 20)


def _estimate_integers(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Words, integers and numbers of both operands, and the buffer of one row's products."""
    m, k, n = (int(arguments[name]) for name in "mkn")
    return (m * k + 2 * k * n) * (item_bytes + 8) + m * n * 24


def _estimate_against_float32(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Operands in both precisions, and masks and errors over the product."""
    m, k, n = (int(arguments[name]) for name in "mkn")
    return (m * k + k * n) * (item_bytes + 8) + m * n * (item_bytes + 24)


def _draw_operands(
    key: mx.array, dtype: mx.Dtype, m: int, k: int, n: int
) -> tuple[mx.array, mx.array]:
    left_key, right_key = mx.random.split(key)
    left = mx.random.uniform(-1.0, 1.0, (m, k), key=left_key).astype(dtype)
    right = mx.random.uniform(-1.0, 1.0, (k, n), key=right_key).astype(dtype)
    return left, right


@operation("matmul.uniform", estimate=_estimate_product)
def uniform_product(*, key: mx.array, dtype: mx.Dtype, m: Count, k: Count, n: Count) -> mx.array:
    """Multiply (m, k) by (k, n), both uniform in [-1, 1) from the two subkeys of the key.

    Catches: another order of summation, another kernel at a size threshold, operands cut to
    fewer bits (TF32). The operands themselves are equal everywhere.
    """
    left, right = _draw_operands(key, dtype, m, k, n)
    return left @ right


@operation("matmul.tf32", dtypes=(_FLOAT32,), estimate=_estimate_product)
def tf32_product(*, dtype: mx.Dtype, m: Count, k: Count, n: Count) -> Related:
    """Multiply operands that lose 2**-12 of each term where they are cut to 11 bits.

    Formula: the left operand is 1 + 2**-12 in even columns and 1 in odd ones, the right operand
    the other way round by rows; each product is 1 + 2**-12 and each sum of j of them j + j·2**-12,
    exact in float32 for j up to 4095 in whatever order. With operands cut, every element is k.
    Source: ml-explore/mlx issues 3534, 3894, 4411.
    Catches: float32 operands cut to fewer bits (TF32), which GPUs do from Apple's generation 17
    and in CUDA unless MLX_ENABLE_TF32=0.
    """
    if k > _LONGEST_TF32:
        msg = f"k must be at most {_LONGEST_TF32}, not {k}: longer sums round"
        raise ValueError(msg)
    cut = mx.array([2.0**-12, 0.0], dtype=dtype)
    both = 1.0 + mx.concatenate([cut] * (k // 2 + 1))
    left = mx.contiguous(mx.broadcast_to(both[:k], (m, k)))
    right = mx.contiguous(mx.broadcast_to(both[1 : k + 1, None], (k, n)))
    result = left @ right
    expected = k + k * 2.0**-12
    difference = measure_difference(result, mx.full((m, n), expected, dtype=dtype))
    return Related(
        name="the float32 product is exact: no operand is cut",
        holds=not difference.differing,
        facts={**difference.facts, "expected": expected},
        result=result,
    )


@operation("matmul.integers", estimate=_estimate_integers)
def integer_product(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    m: Count,
    k: Count,
    n: Count,
    left_largest: Count = 1,
    right_largest: Count = 1,
) -> Related:
    """Multiply integers of which every sum is exact, and hold the product against integers.

    Formula: operands are integers up to left_largest and right_largest; k·left_largest·
    right_largest ≤ 2**24, so float32 sums are exact in any order, and the product is that of
    integer arithmetic, rounded once to the dtype. Operands are in the dtype without rounding: up
    to 2**24 in float32, 2**11 in float16, 2**8 in bfloat16.
    Source: ml-explore/mlx issues 3585, 3593, 3797 (kernels that compute something else), 4411
    (operands above 2**11 are cut by TF32).
    Catches: a kernel that is wrong for a size, and operands cut to fewer bits; never another
    order of summation. With half precision also partial sums that are rounded before they are
    added.
    """
    check_exact(k, (left_largest, right_largest), str(dtype).rpartition(".")[2])
    left_key, right_key = mx.random.split(key)
    left = draw_integers(left_key, (m, k), left_largest)
    right = draw_integers(right_key, (k, n), right_largest)
    result = left.astype(dtype) @ right.astype(dtype)
    mx.eval(result)
    exact = multiply_integers(left, right).astype(mx.float32).astype(dtype)
    difference = measure_difference(result + 0.0, exact + 0.0)  # a sum of nothing may be -0
    return Related(
        name="the product is that of integer arithmetic",
        holds=not difference.differing,
        facts=difference.facts,
        result=result,
    )


@operation("matmul.rows", estimate=_estimate_rows)
def row_product(
    *, key: mx.array, dtype: mx.Dtype, rows: Count, total: Count, k: Count, n: Count
) -> Related:
    """Multiply the first rows of (total, k) by (k, n), alone and among all rows.

    Formula: `a[:rows] @ b` against `(a @ b)[:rows]`, a and b uniform in [-1, 1). Equal bytes need
    one order of summation for both sizes, which no library promises.
    Source: ml-explore/mlx issues 3585, 3593.
    Catches: where a kernel takes over from another as rows grow (8 to 9), by other bytes; and a
    kernel that is wrong there, by its error.
    """
    if rows > total:
        msg = f"rows must be at most total, not {rows} of {total}"
        raise ValueError(msg)
    left, right = _draw_operands(key, dtype, total, k, n)
    alone = mx.contiguous(left[:rows]) @ right
    difference = measure_difference(alone, (left @ right)[:rows])
    return Related(
        name="matmul(a[:rows], b) equals matmul(a, b)[:rows]",
        holds=not difference.differing,
        facts=difference.facts,
        result=alone,
    )


@operation(
    "matmul.against_float32",
    dtypes=("bfloat16", "float16"),
    estimate=_estimate_against_float32,
)
def product_against_float32(
    *, key: mx.array, dtype: mx.Dtype, m: Count, k: Count, n: Count
) -> Related:
    """Multiply in half precision, and hold the product against float32's of the same operands.

    Formula: max |p - q| ≤ 2**-7 · max |q|, p the product in the dtype, q that in float32 of the
    operands as the dtype rounded them.
    Source: ml-explore/mlx issue 3797: (896 | 1024, 12288) by (12288, 4096) in bfloat16.
    Catches: garbage from a kernel that splits the sum (split-K) at the boundary of its dispatch.
    """
    left, right = _draw_operands(key, dtype, m, k, n)
    result = left @ right
    mx.eval(result)
    reference = left.astype(mx.float32) @ right.astype(mx.float32)
    difference = measure_difference(result.astype(mx.float32), reference)
    return Related(
        name="the product is within 2**-7 of float32's, by its largest element",
        holds=is_near(result, reference, _NEAR),
        facts={**difference.facts, "largest": find_largest(reference)},
        result=result,
    )
