"""Draws by MLX and by the methods of `reprokit.random`: time, peak of memory, and equal bytes.

    uv run python benchmarks/random_draws.py [--sizes MIB ...] [--dtype NAME] [--json FILE]

Each case runs in a process of its own: once cold, then in turn with `mx.random` itself, so that
every time has a ratio taken beside it. A case is told by its medians; memory is MLX's own peak over
the output, and the resident size over that of the process before. `--canary` takes bfloat16
(46341, 46341), 4.29 GB, once.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = (
    *("normal mx", "normal same", "normal chunked", "normal portable"),
    *("uniform mx", "uniform same", "uniform chunked", "uniform portable"),
    *("normal same streamed", "normal portable streamed"),
)
RUNS = 5
MEBIBYTE = 2**20
CANARY = (46341, 46341)


def measure(case: str, shape: tuple[int, ...], dtype_name: str, runs: int) -> dict[str, Any]:
    """Measure one case, in this process."""
    import mlx.core as mx

    from reprokit import random
    from reprokit.numerics.digest import view_bytes
    from reprokit.numerics.outcome import Streamed
    from reprokit.numerics.streaming import digest_stream

    dtype, key = getattr(mx, dtype_name), mx.random.key(0)
    distribution, method, *streamed = case.split()

    def draw_by_mlx() -> mx.array:
        draw = getattr(mx.random, distribution)
        return draw(shape=shape, dtype=dtype, key=key)

    def draw() -> mx.array:
        return getattr(random, distribution)(shape, key=key, dtype=dtype, method=method)

    def stream() -> object:
        pieces = getattr(random, f"{distribution}_pieces")
        parts = pieces(shape, key=key, dtype=dtype, method=method)
        return digest_stream(Streamed(shape=shape, dtype=dtype, pieces=parts))

    work = draw_by_mlx if method == "mx" else stream if streamed else draw
    size_bytes = dtype.size
    for length in shape:
        size_bytes *= length
    cold_s, peak = time_once(work)
    resident = read_resident()
    times, beside = [], []
    for _ in range(runs):
        beside.append(time_once(draw_by_mlx)[0])
        times.append(time_once(work)[0])
    result = {
        "case": case,
        "size_mib": round(size_bytes / MEBIBYTE, 3),
        "cold_s": round(cold_s, 3),
        "warm_s": round(median(times), 4) if times else None,
        "ratio": round(median(map(_divide, times, beside)), 3) if times else None,
        "peak_ratio": round(peak / size_bytes, 4),
        "resident_mib": round(resident / MEBIBYTE),
    }
    if not streamed and runs:
        ours, theirs = draw() if method != "mx" else draw_by_mlx(), draw_by_mlx()
        mx.eval(ours, theirs)
        result["same_bytes"] = view_bytes(ours) == view_bytes(theirs)
    return result


def _divide(one: float, other: float) -> float:
    return one / other


def time_once(work: Callable[[], Any]) -> tuple[float, int]:
    """Call once, and return seconds and MLX's peak of memory beyond what it held."""
    import mlx.core as mx

    mx.clear_cache()
    held = mx.get_active_memory()
    mx.reset_peak_memory()
    start = time.perf_counter()
    value = work()
    if isinstance(value, mx.array):
        mx.eval(value)
    return time.perf_counter() - start, mx.get_peak_memory() - held


BASE = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def read_resident() -> int:
    """Return the peak resident size beyond that of the process at its start, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - BASE) * unit


def run_case(case: str, shape: tuple[int, ...], dtype: str, runs: int) -> dict[str, Any]:
    """Measure one case in a process of its own."""
    arguments = json.dumps([case, shape, dtype, runs])
    done = subprocess.run(
        [sys.executable, __file__, "--one", arguments], check=True, capture_output=True, text=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    """Measure all cases at all sizes, and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=float, nargs="*", default=[64, 512])
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--canary", action="store_true")
    parser.add_argument("--cases", nargs="*", default=CASES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--json")
    parser.add_argument("--one")
    options = parser.parse_args()
    if options.one:
        case, shape, dtype, runs = json.loads(options.one)
        print(json.dumps(measure(case, tuple(shape), dtype, runs)))
        return
    item = 4 if options.dtype == "float32" else 2
    shapes = [(int(size * MEBIBYTE) // item // 256, 256) for size in options.sizes]
    jobs = [(shape, options.runs) for shape in shapes] + [(CANARY, 0)] * options.canary
    results = []
    print("case                      size MiB  cold s  warm s  x mx  peak x output  resident MiB")
    for shape, runs in jobs:
        for case in options.cases:
            found = run_case(case, shape, options.dtype, runs)
            results.append(found)
            warm = "-" if found["warm_s"] is None else f"{found['warm_s']:.3f}"
            ratio = "-" if found["ratio"] is None else f"{found['ratio']:.2f}"
            same = {True: "same bytes", False: "other bytes"}.get(found.get("same_bytes"), "")
            print(
                f"{found['case']:24}  {found['size_mib']:8.1f}  {found['cold_s']:6.2f}  {warm:>6}  "
                f"{ratio:>4}  {found['peak_ratio']:13.4f}  {found['resident_mib']:12}  {same}",
                flush=True,
            )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
