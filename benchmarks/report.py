"""What `reprokit report` takes for many machines and probes: cold wall seconds, memory, size.

    uv run python benchmarks/report.py

The manifests are those of `benchmarks/comparison_scale.py`: 10 machines with 500 probes each, 2
runs of each probe, most with their bits; one probe in 25 parts the machines. Each run is a process
of its own; the median of five counts, after a first one. A bare Typer command is timed beside.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from comparison_scale import BARE, measure, show, write_manifests

MACHINES, PROBES = 10, 500
MOST_S = 2.0
MOST_BYTES = 2_000_000


def measure_report(folder: Path) -> dict[str, bool]:
    """Measure the page, print what it takes, and return which goals are met."""
    bare = folder / "bare.py"
    bare.write_text(BARE, encoding="utf-8")
    show("bare Typer command", measure([sys.executable, str(bare)], folder))
    write_manifests(folder, MACHINES, PROBES)
    cost = measure([sys.executable, "-m", "reprokit", "report"], folder, codes=(0, 1))
    show(f"report {MACHINES} x {PROBES}", cost, MACHINES * PROBES)
    size_bytes = (folder / "report.html").stat().st_size
    print(f"{'size of the page':42} {size_bytes / 1e6:8.2f} MB")
    return {
        f"{MACHINES} x {PROBES} in {MOST_S} s": cost.wall_s < MOST_S,
        f"in {MOST_BYTES / 1e6:.0f} MB": size_bytes < MOST_BYTES,
    }


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        goals = measure_report(Path(name))
    for goal, met in goals.items():
        print(f"{'met   ' if met else 'MISSED'}  {goal}")
