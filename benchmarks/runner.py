"""What running probes in workers costs beyond the probes' own work; medians, ratios in one run.

    uv run python benchmarks/runner.py            # worker start, digests
    uv run python benchmarks/runner.py canaries   # and a whole suite against the bare loop

- A worker's start, from its beginning until it is ready, over a bare Python that loads MLX and
  evaluates one array; one after the other, by turns.
- `digest_array` over hashlib's sha256 of the same buffer: one small array, one of 256 MiB, whose
  block digests a second thread takes.
- `reprokit snapshot --suite NAME`, its manifest written anew, over the same probes and controls in
  a bare loop, as often: once by the clock, and once by the evaluations that the snapshot itself
  timed, times what the loop takes over its own. Where others compute on the machine, the second
  still holds: it comes from one run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
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
SUITE_RUNS = 5
MACHINE = "bench"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
BARE = "import mlx.core as mx; mx.eval(mx.zeros(()))"
LOOP = """
import os, sys, time
from pathlib import Path
from reprokit.probes.suite_file import load_suite
import msgspec
from reprokit.model.definition_wire import encode_definition
from reprokit.run.execute import run_definition
probes = load_suite(sys.argv[1], Path("suites")).probes
start, timed = time.perf_counter(), 0.0
for probe in probes:
    repeats = probe.repeats or 2
    for number in range(repeats + (probe.definition.control is not None)):
        outcome = run_definition(msgspec.to_builtins(encode_definition(probe.definition)))
        if number < repeats and "run" in outcome:
            timed += outcome["run"]["cold_s"] + outcome["run"]["warm_s"]
print(time.perf_counter() - start, timed, flush=True)
os._exit(0)  # MLX 0.32 may abort when a process ends in which threads have computed
"""


def time_once(function: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(*functions: Callable[[], object]) -> list[float]:
    """Return the median seconds of calls by turns, after a first one of each."""
    times = [[time_once(function) for function in functions] for _ in range(RUNS + 1)][1:]
    return [median(column) for column in zip(*times, strict=True)]


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
        own, plain, whole = measure(
            lambda data=data: hashlib.sha256(data).hexdigest(),
            lambda data=data: digest_bytes(data),
            lambda array=array: digest_array(array),
        )
        print(
            f"digest of {array.nbytes:>11,} bytes  {own / plain:.2f} of hashlib's speed; of an "
            f"array, with block digests, {own / whole:.2f}, {(whole - own) * 1e6:.0f} us more"
        )


def measure_suite(name: str) -> None:
    """Print what a suite's snapshot takes beyond the bare loop."""
    snapshot = ["-m", "reprokit", "snapshot", "--machine", MACHINE, "--suite", name]
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        walls, works, inside = [], [], []
        for _ in range(SUITE_RUNS):
            walls.append(time_once(lambda: run_python(snapshot, clone)))
            work, timed = map(float, run_python(["-c", LOOP, name], clone).split())
            works.append(work)
            inside.append(read_timed(clone / "manifests" / MACHINE) * work / timed)
            shutil.rmtree(clone / "manifests" / MACHINE)
    print(f"snapshot of {name}: {median(walls):.1f} s, own work {median(works):.1f} s; beyond it")
    for way, own in (("by the clock", works), ("by its own times", inside)):
        shares = [1 - part / wall for part, wall in zip(own, walls, strict=True)]
        print(f"  {way:16}  {median(shares) * 100:.1f} % of the wall time ({show(shares)})")


def read_timed(folder: Path) -> float:
    """Add up the seconds of all evaluations in the one manifest of a folder."""
    (path,) = folder.glob("*.toml")
    runs = [it["runs"] for it in tomllib.loads(path.read_text())["probes"] if "runs" in it]
    return sum(sum(run["cold_s"]) + sum(run["warm_s"]) for run in runs)


def show(shares: list[float]) -> str:
    """Write each share, in per cent."""
    return ", ".join(f"{share * 100:.0f}" for share in shares)


def run_python(arguments: list[str], folder: Path) -> str:
    """Run Python in a folder and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    return done.stdout


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    worker, bare = measure(start_worker, start_bare)
    print(f"worker start  {worker * 1000:.0f} ms, {(worker - bare) * 1000:.0f} ms beyond bare MLX")
    measure_digests()
    for suite in sys.argv[1:]:
        measure_suite(suite)
