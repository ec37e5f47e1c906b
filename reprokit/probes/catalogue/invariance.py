"""Batch invariance: one row's product, alone and among other rows.

Operands are those of Thinking Machines' batch_invariant_ops and of "The Hidden Problem With MLX":
a is (rows, size) and b (size, size), both evenly spaced from -limit to limit, rounded once to the
dtype. They are made by `numerics.exact.make_linspace`, which is within 2**-13 of `mx.linspace`
at a limit of 1000 and the same bytes everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.error import all_finite, measure_difference
from reprokit.numerics.exact import make_linspace
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.probes.operation import Count

_NUMPY_DTYPES = ("float32", "float16")
"""NumPy has no bfloat16."""


def _estimate_batch(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """The integers that operands are made of, operands, and products."""
    rows, size = int(arguments["rows"]), int(arguments["size"])
    return size * size * (20 + item_bytes) + rows * size * (12 + 2 * item_bytes)


def _estimate_numpy(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """As for MLX, and the copies that are NumPy's."""
    rows, size = int(arguments["rows"]), int(arguments["size"])
    return _estimate_batch(arguments, item_bytes) + size * (size + 2 * rows) * item_bytes


def _make_operand(shape: tuple[int, int], limit: int, dtype: mx.Dtype) -> mx.array:
    operand = make_linspace(shape[0] * shape[1], limit).astype(dtype).reshape(shape)
    mx.eval(operand)
    return operand


def _multiply_with_mlx(right: mx.array) -> Callable[[mx.array], mx.array]:
    return lambda left: left @ right


def _multiply_with_numpy(right: mx.array) -> Callable[[mx.array], mx.array]:
    """Make a function that multiplies by `right` with NumPy.

    Raises:
        ImportError: Where NumPy is not installed.
    """
    try:
        import numpy as np
    except ImportError:
        msg = "the control needs NumPy, which is not installed here"
        raise ImportError(msg) from None
    matrix = np.array(right)

    def multiply(left: mx.array) -> mx.array:
        with np.errstate(all="ignore"):
            return mx.array(np.matmul(np.array(left), matrix))

    return multiply


def _relate_batch(multiply: Callable[[mx.array], mx.array], left: mx.array, name: str) -> Related:
    alone, together = multiply(mx.contiguous(left[:1])), multiply(left)
    mx.eval(alone, together)
    difference = measure_difference(alone, together[:1])
    return Related(
        name=name,
        holds=not difference.differing,
        facts={**difference.facts, "finite": all_finite(alone) and all_finite(together[:1])},
        result={"alone": alone, "together": together},
    )


def _relate_chain(
    multiply: Callable[[mx.array], mx.array], left: mx.array, steps: int, factor: float
) -> Related:
    """Follow one row, alone and among all, through a chain of products.

    The result is what stands after the last step at which all is finite. Facts are about the first
    row there, with `parts_at_step` where it parted, and `leaves_finite_at_step` where an element
    of the step's result was infinite or NaN, at which the chain ends.
    """
    alone, together = mx.contiguous(left[:1]), left
    places: dict[str, int] = {}
    step = 0
    for step in range(1, steps + 1):
        next_alone, next_together = multiply(alone) * factor, multiply(together) * factor
        mx.eval(next_alone, next_together)
        if not (all_finite(next_alone) and all_finite(next_together)):
            places["leaves_finite_at_step"] = step
            break
        alone, together = next_alone, next_together
        if "parts_at_step" not in places and measure_difference(alone, together[:1]).differing:
            places["parts_at_step"] = step
    difference = measure_difference(alone, together[:1])
    return Related(
        name="the row alone equals the row among others, step by step",
        holds="parts_at_step" not in places,
        facts={**difference.facts, **places, "steps": step},
        result={"alone": alone, "together": together},
    )


@operation("invariance.batch", estimate=_estimate_batch)
def batch(*, dtype: mx.Dtype, rows: Count, size: Count, limit: Count = 1000) -> Related:
    """Multiply one row alone and among all rows, by the same matrix.

    Formula: `matmul(a[:1], b)` against `matmul(a, b)[:1]`. In float16 products leave the finite
    numbers at a limit of 1000; at 100 the first row's do not.
    Source: "The Hidden Problem With MLX", and Thinking Machines' batch_invariant_ops.
    Catches: a sum whose order follows the number of rows, so that an answer depends on what it
    is batched with; by how much, at which sizes, in which dtypes.
    """
    left = _make_operand((rows, size), limit, dtype)
    multiply = _multiply_with_mlx(_make_operand((size, size), limit, dtype))
    return _relate_batch(multiply, left, "matmul(a[:1], b) equals matmul(a, b)[:1]")


@operation("invariance.chain", estimate=_estimate_batch)
def chain(
    *,
    dtype: mx.Dtype,
    rows: Count,
    size: Count,
    limit: Count = 1000,
    steps: Count = 100,
    halvings: int = 0,
) -> Related:
    """Multiply by the same matrix again and again, one row alone and among all rows.

    Formula: x ← (x b) · 2**-halvings, `steps` times or until an element is not finite; the
    factor is exact, and lets a chain stay finite that would not.
    Source: "The Hidden Problem With MLX": 100 products, at the end of which all is NaN.
    Catches: how soon a difference in the last bit grows to another result, and when the chain
    leaves the finite numbers, after which no difference means anything.
    """
    left = _make_operand((rows, size), limit, dtype)
    multiply = _multiply_with_mlx(_make_operand((size, size), limit, dtype))
    return _relate_chain(multiply, left, steps, 2.0**-halvings)


@operation("invariance.numpy_batch", dtypes=_NUMPY_DTYPES, estimate=_estimate_numpy)
def numpy_batch(*, dtype: mx.Dtype, rows: Count, size: Count, limit: Count = 1000) -> Related:
    """Do what `invariance.batch` does with NumPy: the control.

    Formula: `np.matmul(a[:1], b)` against `np.matmul(a, b)[:1]`.
    Source: as `invariance.batch`.
    Catches: whether the CPU's own library depends on the batch too; with OpenBLAS it does, with
    Accelerate it is said not to.
    """
    left = _make_operand((rows, size), limit, dtype)
    multiply = _multiply_with_numpy(_make_operand((size, size), limit, dtype))
    return _relate_batch(multiply, left, "np.matmul(a[:1], b) equals np.matmul(a, b)[:1]")


@operation("invariance.numpy_chain", dtypes=_NUMPY_DTYPES, estimate=_estimate_numpy)
def numpy_chain(
    *,
    dtype: mx.Dtype,
    rows: Count,
    size: Count,
    limit: Count = 1000,
    steps: Count = 100,
    halvings: int = 0,
) -> Related:
    """Do what `invariance.chain` does with NumPy: the control.

    Source: as `invariance.chain`.
    Catches: whether the chain parts, or leaves the finite numbers, by its numbers or by MLX.
    """
    left = _make_operand((rows, size), limit, dtype)
    multiply = _multiply_with_numpy(_make_operand((size, size), limit, dtype))
    return _relate_chain(multiply, left, steps, 2.0**-halvings)


@operation("invariance.quantized", estimate=_estimate_batch)
def quantized(
    *,
    dtype: mx.Dtype,
    rows: Count,
    size: Count,
    limit: Count = 1000,
    bits: Count = 4,
    group_size: Count = 64,
) -> Related:
    """Multiply one row alone and among all rows, by the matrix quantized.

    Formula: `quantized_matmul(a[:1], q)` against `quantized_matmul(a, q)[:1]`, q the quantized
    transpose of b.
    Source: "The Hidden Problem With MLX", which calls quantized models exact.
    Catches: kernels for one row, for few and for many that add in different orders.
    """
    left = _make_operand((rows, size), limit, dtype)
    right = mx.contiguous(_make_operand((size, size), limit, dtype).T)
    packed = mx.quantize(right, group_size=group_size, bits=bits)
    mx.eval(packed)

    def multiply(array: mx.array) -> mx.array:
        return mx.quantized_matmul(array, *packed, group_size=group_size, bits=bits)

    name = "quantized_matmul(a[:1], q) equals quantized_matmul(a, q)[:1]"
    return _relate_batch(multiply, left, name)
