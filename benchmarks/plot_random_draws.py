"""Draws the picture of docs/large-normals.md from what benchmarks/random_draws.py measured.

Run as: uv run --with matplotlib python benchmarks/plot_random_draws.py MEASURED.json PICTURE.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "reprokit"  # the same picture, the same bytes
mpl.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot as plt  # noqa: E402 - after the choices above

STYLES = {
    "normal mx": ("mx.random.normal", "#777777", "o", "--"),
    "normal same": ("same", "#0072b2", "s", "-"),
    "normal chunked": ("chunked", "#d55e00", "^", "-"),
    "normal portable": ("portable", "#009e73", "D", "-"),
}


def main(source: str, target: str) -> None:
    """Draw peak of memory and time against size, both as multiples."""
    results = json.loads(Path(source).read_text(encoding="utf-8"))
    figure, (memory, times) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for case, (label, color, marker, line) in STYLES.items():
        found = [it for it in results if it["case"] == case and it["ratio"] is not None]
        sizes = [it["size_mib"] for it in found]
        style = {"label": label, "color": color, "marker": marker, "linestyle": line}
        memory.plot(sizes, [it["peak_ratio"] for it in found], **style)
        times.plot(sizes, [it["ratio"] for it in found], **style)
    memory.set_ylabel("peak of memory / output")
    times.set_ylabel("time / mx.random.normal")
    for axes in (memory, times):
        axes.set_xscale("log", base=2)
        axes.set_xlabel("output, MiB (bfloat16)")
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.3)
        axes.xaxis.set_major_formatter("{x:.0f}")
    memory.legend()
    figure.patch.set_facecolor("white")  # so that it can be read on a dark page too
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
