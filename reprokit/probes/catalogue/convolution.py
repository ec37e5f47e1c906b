"""Convolutions, channels last, as MLX has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.probes.catalogue.reduction import repeat
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.numerics.outcome import Related
    from reprokit.probes.operation import Count


def _estimate_2d(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Images, unfolded images, the result, and filters in two kinds and rearranged."""
    side, kernel, inputs = (int(arguments[name]) for name in ("side", "kernel", "inputs"))
    pixels = int(arguments["batch"]) * side**2
    filters = int(arguments["outputs"]) * kernel**2 * inputs
    images = pixels * inputs * (2 + kernel**2)
    return 4 * (images + pixels * int(arguments["outputs"])) + filters * (8 + item_bytes)


def _estimate_1d(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Rows, unfolded rows, the result, and filters in two kinds and rearranged."""
    length, kernel, inputs = (int(arguments[name]) for name in ("length", "kernel", "inputs"))
    places = int(arguments["batch"]) * length
    filters = int(arguments["outputs"]) * kernel * inputs
    rows = places * inputs * (2 + kernel)
    return 4 * (rows + places * int(arguments["outputs"])) + filters * (8 + item_bytes)


def _draw_operands(
    key: mx.array, dtype: mx.Dtype, images: tuple[int, ...], filters: tuple[int, ...]
) -> tuple[mx.array, mx.array]:
    """Draw images and filters, uniform in [-1, 1), from the two subkeys of the key."""
    left, right = mx.random.split(key)
    return (
        mx.random.uniform(-1.0, 1.0, images, key=left).astype(dtype),
        mx.random.uniform(-1.0, 1.0, filters, key=right).astype(dtype),
    )


@operation("convolution.conv1d", estimate=_estimate_1d)
def conv1d(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    batch: Count,
    length: Count,
    inputs: Count,
    outputs: Count,
    kernel: Count,
) -> mx.array:
    """Convolve (batch, length, inputs) with `outputs` filters of `kernel` places, padded by half.

    Catches: another order of summation over places and channels; another unfolding.
    """
    images, filters = _draw_operands(key, dtype, (batch, length, inputs), (outputs, kernel, inputs))
    return mx.conv1d(images, filters, padding=kernel // 2)


@operation("convolution.conv2d", estimate=_estimate_2d)
def conv2d(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    batch: Count,
    side: Count,
    inputs: Count,
    outputs: Count,
    kernel: Count = 3,
) -> mx.array:
    """Convolve square images (batch, side, side, inputs) with square filters, padded by half.

    Catches: another kernel (Winograd's for 3 by 3 and many channels, implicit products, an
    unfolding), each of which sums in another order.
    """
    images, filters = _draw_operands(
        key, dtype, (batch, side, side, inputs), (outputs, kernel, kernel, inputs)
    )
    return mx.conv2d(images, filters, padding=kernel // 2)


@operation("convolution.repeat_conv2d", estimate=_estimate_2d)
def repeat_conv2d(
    *,
    key: mx.array,
    dtype: mx.Dtype,
    batch: Count,
    side: Count,
    inputs: Count,
    outputs: Count,
    kernel: Count = 3,
    times: Count = 8,
) -> Related:
    """Evaluate `convolution.conv2d` several times on the same operands, in one process.

    Catches: a convolution that adds its parts in whatever order they are done (mlx 1873).
    """
    images, filters = _draw_operands(
        key, dtype, (batch, side, side, inputs), (outputs, kernel, kernel, inputs)
    )
    mx.eval(images, filters)
    return repeat("conv2d", times, lambda: mx.conv2d(images, filters, padding=kernel // 2))
