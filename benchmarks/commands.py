"""How long the commands take, in ratios to what they are bound by; medians of several runs.

    uv run python benchmarks/commands.py

- `--help`, `machines` and `env` against a bare Typer command of the same Typer version, side by
  side: machines differ.
- `compare` of the committed manifests, in seconds.
- `snapshot` of `core`, in a clone of this repository: its seconds, and what it takes beyond the
  probes' own work (cold and warm evaluations, and hashing, as a bare loop in one process does
  them).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
RUNS = 9
BARE = """
import typer
app = typer.Typer(add_completion=False)
@app.command()
def hello() -> None:
    '''Say hello.'''
    typer.echo("hello")
app(prog_name="hello")
"""
LOOP = """
import time
from pathlib import Path
from reprokit.probes.suite_file import load_suite
import msgspec
from reprokit.model.definition_wire import encode_definition
from reprokit.run.execute import run_definition
probes = load_suite("core", Path("suites")).probes
start = time.perf_counter()
for repeat in range(2):
    for probe in probes:
        outcome = run_definition(msgspec.to_builtins(encode_definition(probe.definition)))
        assert outcome["status"] == "ok", outcome
print(time.perf_counter() - start)
"""
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def time_once(command: list[str], folder: Path = ROOT) -> float:
    """Run a command once and return its wall seconds."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def time_together(commands: dict[str, list[str]]) -> dict[str, float]:
    """Run commands in turn, several times, and return the median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(RUNS + 1):
        for name, command in commands.items():
            seconds = time_once(command)
            if run:  # the first compiles bytecode
                times[name].append(seconds)
    return {name: median(values) for name, values in times.items()}


def measure_commands() -> None:
    """Print the light commands' medians and ratios."""
    reprokit = [sys.executable, "-m", "reprokit"]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        medians = time_together(
            {
                "bare Typer command": [sys.executable, str(bare)],
                "reprokit --help": [*reprokit, "--help"],
                "reprokit machines": [*reprokit, "machines"],
                "reprokit env": [*reprokit, "env"],
                "reprokit compare": [*reprokit, "compare", "--machines", "m1,m3,m5"],
            }
        )
    base = medians["bare Typer command"]
    for name, seconds in medians.items():
        print(f"{name:20}  {seconds * 1000:6.0f} ms  {seconds / base:.2f} x bare")


def measure_snapshot() -> None:
    """Print what a snapshot of `core` takes, and what beyond the probes' own work."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        snapshot = [sys.executable, "-m", "reprokit", "snapshot", "--suite", "core"]
        walls, works = [], []
        for _ in range(3):
            walls.append(time_once(snapshot, clone))
            done = subprocess.run(
                [sys.executable, "-c", LOOP],
                cwd=clone,
                check=True,
                capture_output=True,
                text=True,
                env=ENVIRONMENT,
            )
            works.append(float(done.stdout))
    ratios = [wall / work for wall, work in zip(walls, works, strict=True)]
    print(f"snapshot of core      {median(walls):6.2f} s")
    print(f"the probes' own work  {median(works):6.2f} s")
    print(f"beyond it             {(median(ratios) - 1) * 100:6.1f} %")


if __name__ == "__main__":
    measure_commands()
    measure_snapshot()
