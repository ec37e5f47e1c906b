"""Draws in other threads than the main one; MLX's random state is per thread since 0.32.1."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import prod
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.outcome import Related
from reprokit.probes.operation import operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.probes.operation import Count, Shape

Answer = TypeVar("Answer")

_START_S = 60


def _estimate_draws(arguments: Mapping[str, Any], item_bytes: int) -> int:
    """Draws of up to four threads, each with its words."""
    size: int = prod(arguments["shape"])
    return 4 * size * (item_bytes + 4)


def _run_in_threads(work: Callable[[], Answer], count: int = 1) -> list[Answer]:
    """Run in new threads at one time, on this one's device, and wait; raise what is raised there.

    Arrays are to be evaluated there: streams belong to threads.
    """
    device = mx.default_device()
    barrier = Barrier(count, timeout=_START_S)

    def run() -> Answer:
        mx.set_default_device(device)
        barrier.wait()
        return work()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


def _equal(left: mx.array, right: mx.array) -> bool:
    return digest_array(left).digest == digest_array(right).digest


def _draw(shape: Shape, key: mx.array | None = None) -> mx.array:
    """Draw normals, and evaluate them in the thread that this is."""
    array = mx.random.normal(shape, key=key)
    mx.eval(array)
    return array


@operation("threads.draws_in_threads", estimate=_estimate_draws)
def draws_in_threads(*, key: mx.array, shape: Shape) -> Related:
    """Draw normals from one key in the main thread and, at one time, in two others.

    Catches: a draw with an explicit key that depends on its thread, or on what others do.
    """
    mx.eval(key)
    here = _draw(shape, key)
    there = _run_in_threads(partial(_draw, shape, key), 2)
    return Related(
        name="an explicit key gives one draw in every thread",
        holds=all(_equal(here, array) for array in there),
        result={"main": here, "threads": there},
    )


@operation("threads.global_state", estimate=_estimate_draws)
def global_state(*, seed: int, shape: Shape) -> Related:
    """Seed the main thread and draw; seed a second likewise and draw there; draw again here.

    Formula: holds where the second thread's draw is the main one's first, and the main one's
    second is what it would be without the second thread. Told beside: whether the main thread's
    seed reaches a thread that does not seed, and whether two such threads draw the same.
    Catches: seeds that reach other threads (before 0.32.1), or do not reach their own.
    """
    mx.random.seed(seed)
    first, undisturbed = _draw(shape), _draw(shape)
    mx.random.seed(seed)
    unseeded = _run_in_threads(partial(_draw, shape), 2)
    _draw(shape)

    def seed_there() -> mx.array:
        mx.random.seed(seed)
        return _draw(shape)

    (there,) = _run_in_threads(seed_there)
    second = _draw(shape)
    return Related(
        name="a thread's seed gives the main thread's draw and leaves its state alone",
        holds=_equal(first, there) and _equal(second, undisturbed),
        facts={
            "seed_repeats": _equal(first, there),
            "main_undisturbed": _equal(second, undisturbed),
            "main_seed_reaches_thread": _equal(first, unseeded[0]),
            "unseeded_threads_equal": _equal(*unseeded),
        },
        result={"first": first, "second": undisturbed, "there": there},
    )


@operation(
    "threads.compiled_categorical",
    estimate=lambda arguments, _: (
        4 * (3 + arguments["times"]) * int(arguments["rows"] * arguments["classes"])
    ),
)
def compiled_categorical(*, seed: int, rows: Count, classes: Count, times: Count = 4) -> Related:
    """Compile a sampler here and call it several times in a thread that is seeded.

    Formula: `mx.compile` with `mx.random.state` as inputs and outputs, over equal logits.
    Told beside: whether the draws are those of the sampler as it is, uncompiled.
    Catches: a sampler frozen in worker threads: every draw of it the same (mlx 4234, mlx-lm
    1675).
    """
    sampler = partial(mx.compile, inputs=mx.random.state, outputs=mx.random.state)(
        mx.random.categorical
    )
    mx.random.seed(seed)

    def sample(choose: Callable[[mx.array], mx.array]) -> list[mx.array]:
        mx.random.seed(seed)
        draws = [choose(mx.zeros((rows, classes))) for _ in range(times)]
        mx.eval(draws)
        return draws

    (compiled,) = _run_in_threads(partial(sample, sampler))
    (eager,) = _run_in_threads(partial(sample, mx.random.categorical))
    distinct = len({digest_array(draw).digest for draw in compiled})
    return Related(
        name=f"{times} draws of a compiled sampler in a thread differ",
        holds=distinct == times,
        facts={"distinct": distinct, "equals_eager": all(map(_equal, compiled, eager))},
        result=compiled,
    )
