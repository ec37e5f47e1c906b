"""What `reprokit milestone` takes for many machines and probes: cold wall seconds and peak memory.

    uv run python benchmarks/milestone.py

The manifests are those of `benchmarks/comparison_scale.py`: 10 machines with 500 probes each, 2
runs of each probe, most with their bits; one probe in 25 parts the machines. Each run is a process
of its own; the median of five counts, after a first one. Written are: the documents for the first
time, the same command again (nothing changed), and an amendment, after the machine that was left
out at first is added. The sizes of what is written are told too.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from comparison_scale import RUNS, run_once, write_manifests

MACHINES, PROBES = 10, 500
MOST_S = 2.0
COMMAND = [sys.executable, "-m", "reprokit", "milestone", "scale", "--date", "2026-05-20"]
CODES = (0, 1)


def measure_milestone(folder: Path) -> dict[str, float]:
    """Measure the three kinds of runs; return the median seconds of each."""
    write_manifests(folder, MACHINES, PROBES)
    milestones = folder / "milestones"
    most = ",".join(f"machine-{number:04}" for number in range(MACHINES - 1))
    walls: dict[str, list[float]] = {"first": [], "again": [], "amended": []}
    for number in range(RUNS + 1):
        costs = {"first": run_once(COMMAND, folder, CODES)}
        costs["again"] = run_once(COMMAND, folder, CODES)
        sizes = {path.name: path.stat().st_size for path in sorted(milestones.iterdir())}
        shutil.rmtree(milestones)
        run_once([*COMMAND, "--machines", most], folder, CODES)
        costs["amended"] = run_once(COMMAND, folder, CODES)
        assert "## Amendment 1" in (milestones / "scale-2026-05-20.md").read_text()
        shutil.rmtree(milestones)
        for name, cost in costs.items():
            if number:  # the first compiles bytecode
                walls[name].append(cost.wall_s)
    for name, size in sizes.items():
        print(f"{name:40} {size / 1e3:8.0f} kB")
    peak = max(cost.peak_bytes for cost in costs.values())
    print(f"{'peak memory':40} {peak / 1e6:8.0f} MB")
    return {name: median(values) for name, values in walls.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        medians = measure_milestone(Path(name))
    for kind, wall_s in medians.items():
        print(f"{kind:40} {wall_s:8.2f} s")
    met = "met" if max(medians.values()) < MOST_S else "MISSED"
    print(f"{met}: {MACHINES} x {PROBES} in {MOST_S} s")
