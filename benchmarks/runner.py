"""What running probes in workers costs beyond the probes' own work; medians, ratios in one run.

    uv run python benchmarks/runner.py            # worker start, digests
    uv run python benchmarks/runner.py canaries   # and a whole suite against the bare loop

- A worker's start, from its beginning until it is ready, over a bare Python that loads MLX and
  evaluates one array.
- `digest_array` over hashlib's sha256 of the same buffer: one small array, one of 256 MiB, whose
  block digests a second thread takes.
- `reprokit snapshot --suite NAME` over the same probes in a bare loop, as often.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import mlx.core as mx

from reprokit.numerics.digest import digest_array, digest_bytes, view_bytes
from reprokit.run.process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
RUNS = 9
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
BARE = "import mlx.core as mx; mx.eval(mx.zeros(()))"
LOOP = """
import sys, time
from pathlib import Path
from reprokit.probes.suite_file import load_suite
import msgspec
from reprokit.model.definition_wire import encode_definition
from reprokit.run.execute import run_definition
probes = load_suite(sys.argv[1], Path("suites")).probes
start = time.perf_counter()
for probe in probes:
    for repeat in range(probe.repeats or 2):
        run_definition(msgspec.to_builtins(encode_definition(probe.definition)))
print(time.perf_counter() - start)
"""


def measure(function: Callable[[], object]) -> float:
    """Return the median seconds of a call, after a first one."""
    function()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)


def start_worker() -> None:
    """Start a worker, wait until it is ready, and stop it."""
    with WorkerProcess() as worker:
        worker.wait_until_ready()


def start_bare() -> None:
    """Start a Python that loads MLX."""
    subprocess.run([sys.executable, "-c", BARE], check=True)


def measure_digests() -> None:
    """Print how digests compare with hashlib's own speed."""
    for elements in (1024, 64 * 1024**2):
        array = mx.random.bernoulli(0.5, (elements,)).astype(mx.float32)
        mx.eval(array)
        data = view_bytes(array)
        own = measure(lambda data=data: hashlib.sha256(data).hexdigest())
        plain = measure(lambda data=data: digest_bytes(data))
        whole = measure(lambda array=array: digest_array(array))
        print(
            f"digest of {array.nbytes:>11,} bytes  {own / plain:.2f} of hashlib's speed; "
            f"with block digests {own / whole:.2f}"
        )


def measure_suite(name: str) -> None:
    """Print what a suite's snapshot takes beyond the bare loop."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        walls, works = [], []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "reprokit", "snapshot", "--suite", name],
                cwd=clone,
                check=True,
                capture_output=True,
                env=ENVIRONMENT,
            )
            walls.append(time.perf_counter() - start)
            done = subprocess.run(
                [sys.executable, "-c", LOOP, name],
                cwd=clone,
                check=True,
                capture_output=True,
                text=True,
                env=ENVIRONMENT,
            )
            works.append(float(done.stdout))
    beyond = median([wall / work - 1 for wall, work in zip(walls, works, strict=True)])
    print(f"snapshot of {name}: {median(walls):.1f} s, own work {median(works):.1f} s")
    print(f"beyond it: {beyond * 100:.1f} %")


if __name__ == "__main__":
    worker, bare = measure(start_worker), measure(start_bare)
    print(f"worker start  {worker * 1000:.0f} ms, {(worker - bare) * 1000:.0f} ms beyond bare MLX")
    measure_digests()
    for suite in sys.argv[1:]:
        measure_suite(suite)
