"""How long `check --no-run` takes, with 200 probes and manifests of 10 machines at one commit.

    uv run python benchmarks/check.py

Side by side with a bare Typer command of the same Typer version, in turns; medians. The machines
are copies of a measured one under other names and families, each with a baseline of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.commands import BARE, RUNS, time_once
from reprokit.compare.acceptance import make_entry, put_reviewed
from reprokit.compare.baseline import hold_against_baseline
from reprokit.compare.selection import gather_evidence
from reprokit.model.baseline import Baseline, BaselineStatus, Review
from reprokit.model.names import short
from reprokit.store.baselines import update_baseline
from reprokit.store.manifests import read_machine, write_manifest
from tests.projects import Project, make_project

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest

PROBES = 200
MACHINES = 10
FAMILIES = 5
HEAD = 'schema = "reprokit/suite/1"\nname = "small"\nabout = "Many."\nexcludes = "All else."\n'
PROBE = """
[[probe]]
id = "normal-{index}"
op = "random.normal"
seed = {index}
arguments = {{ shape = [64] }}
expectation = "family"
"""


def make_many(root: Path) -> Project:
    """Make a project of many probes with manifests and baselines of many machines."""
    project = make_project(root)
    probes = "".join(PROBE.format(index=index) for index in range(PROBES))
    project.write("suites/small.toml", HEAD + probes)
    project.commit("many probes")
    done = project.run("snapshot", "--machine", "machine-0")
    assert done.returncode == 0, done.stderr
    folder = root / "manifests"
    (first,) = read_machine(folder, "machine-0", root=root)
    for index in range(MACHINES):
        manifest = replace(
            first,
            machine=f"machine-{index}",
            family=f"family-{index % FAMILIES}",
            path="",
            sha256="",
        )
        path = folder / manifest.machine / f"{short(first.commit)}.toml"
        write_manifest(manifest, path)
        accept_all(manifest, root)
    project.commit("evidence")
    return project


def accept_all(manifest: Manifest, root: Path) -> None:
    """Make a manifest's records the baseline of its family."""
    evidence = gather_evidence([manifest], short(manifest.commit))
    review = Review(by="Nobody", at="2026-05-20", reason="to be timed")

    def change(baseline: Baseline) -> Baseline:
        standing = hold_against_baseline(evidence, Baseline(family=baseline.family))
        decided = [
            (it, make_entry(it, evidence, status=BaselineStatus.ACCEPTED, review=review))
            for it in standing.probes
        ]
        return put_reviewed(baseline, standing.key, decided) if not baseline.tables else baseline

    update_baseline(root / "manifests", manifest.family, change, root=root)


def measure() -> None:
    """Print medians and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        project = make_many(Path(folder) / "project")
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        commands = {
            "bare Typer command": [sys.executable, str(bare)],
            "check --no-run": project.command("check", "--no-run"),
        }
        shown = subprocess.run(
            commands["check --no-run"], cwd=project.root, check=True, capture_output=True, text=True
        )
        assert f"{PROBES * MACHINES} results are as accepted" in shown.stdout, shown.stdout
        times: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(RUNS + 1):
            for name, command in commands.items():
                seconds = time_once(command, project.root)
                if run:  # the first compiles bytecode
                    times[name].append(seconds)
    base = median(times["bare Typer command"])
    for name, values in times.items():
        taken = median(values)
        print(f"{name:20}  {taken * 1000:6.0f} ms  {taken / base:.2f} x bare")


if __name__ == "__main__":
    measure()
