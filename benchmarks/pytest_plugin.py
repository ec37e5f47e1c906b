"""What the fixture adds to a run of tests, against plain hashlib.

    uv run python benchmarks/pytest_plugin.py [RUNS | --instructions]

Each run is pytest as a whole, in a process of its own: 1,000 arrays of 4 KiB, in one test, in ten,
in a hundred and in a thousand. One side holds them against a baseline with the fixture, the other
digests the same arrays with hashlib and holds them against a JSON file; they take turns. Told are
medians of CPU seconds, which other work on the machine disturbs less than it does wall seconds,
and of wall seconds, and the median of the ratios of neighbours, which a machine that gets slower
meanwhile does not disturb. Then, for the thousand tests: what it costs to have the plugin loaded
and not use it, and what a fixture costs that does nothing.

With `--instructions` each side runs once under valgrind, which counts what the processor executes:
within 1 % the same each time, whatever else the machine does.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import TypeAlias

import mlx.core as mx

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.commands import ENVIRONMENT

ARRAYS = 1000
TEST_COUNTS = (1, 10, 100, 1000)
RUNS = 7
SETTLING_S = 2.5
"""So long after its last change, a run keeps the index of a baseline for the next one."""

VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")

Seconds: TypeAlias = "tuple[float, float]"
"""Of CPU, and by the clock."""

PLAIN = ("-p", "no:reprokit")
ALONE = ("-p", "no:xdist", "-p", "no:hypothesispytest")
"""Plugins that this project has for its own tests are left out: they make any run longer."""

HEAD = """\
import mlx.core as mx
import pytest

def draw(seed):
    return mx.random.normal((1024,), key=mx.random.key(seed))
"""

WITH_FIXTURE = """
@pytest.mark.parametrize("part", range({tests}))
def test_arrays(part, reprokit):
    for seed in range(part * {each}, (part + 1) * {each}):
        reprokit.check(draw(seed), name=str(seed))
"""

WITH_HASHLIB = """
import hashlib
import json
from pathlib import Path

GOLDEN = json.loads(Path("golden.json").read_text())

@pytest.mark.parametrize("part", range({tests}))
def test_arrays(part):
    for seed in range(part * {each}, (part + 1) * {each}):
        assert hashlib.sha256(memoryview(draw(seed))).hexdigest() == GOLDEN[str(seed)]
"""

EMPTY = """
@pytest.fixture
def nothing():
    return None
"""


def main() -> None:
    """Print a line for each number of tests."""
    choice = sys.argv[1] if len(sys.argv) > 1 else str(RUNS)
    runs = 0 if choice == "--instructions" else int(choice)
    golden = {
        str(seed): hashlib.sha256(memoryview(draw(seed))).hexdigest() for seed in range(ARRAYS)
    }
    how = f"medians of {runs} runs by turns" if runs else "instructions, counted by valgrind"
    print(f"{ARRAYS} arrays of 4 KiB, {how}")
    with tempfile.TemporaryDirectory() as folder:
        for tests in TEST_COUNTS:
            root = Path(folder) / str(tests)
            make_project(root, tests, golden)
            time.sleep(SETTLING_S)
            show(f"{tests} tests", root, ("fixture",), runs)
        show("not used", root, ("hashlib",), runs)
        show("no effect", root, ("empty", *PLAIN), runs)


def draw(seed: int) -> mx.array:
    """Draw what the tests draw."""
    return mx.random.normal((1024,), key=mx.random.key(seed))


def make_project(root: Path, tests: int, golden: dict[str, str]) -> None:
    """Make a project with both kinds of tests, and an accepted baseline."""
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "sample"\nversion = "1"\n')
    (root / "golden.json").write_text(json.dumps(golden))
    for name, text in (("fixture", WITH_FIXTURE), ("hashlib", WITH_HASHLIB)):
        body = text.format(tests=tests, each=ARRAYS // tests)
        (root / f"test_{name}.py").write_text(HEAD + body)
    body = (root / "test_hashlib.py").read_text().replace("(part):", "(part, nothing):")
    (root / "test_empty.py").write_text(body + EMPTY)
    time_run(root, ("fixture", "--reprokit-update"))
    (path,) = (root / "manifests" / "accepted").glob("*.toml")
    path.write_text(path.read_text().replace('"pending"', '"accepted"'))


def run_tests(root: Path, choice: tuple[str, ...], *before: str) -> str:
    """Run the tests of a file; return what is printed to standard error."""
    name, *options = choice
    command = [*before, sys.executable, "-m", "pytest", "-q", f"test_{name}.py", *ALONE, *options]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def time_run(root: Path, choice: tuple[str, ...]) -> tuple[float, float]:
    """Run the tests of a file; return CPU and wall seconds."""
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    run_tests(root, choice)
    wall_s, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, wall_s


def count_instructions(root: Path, choice: tuple[str, ...]) -> int:
    """Run the tests of a file under valgrind; return how many instructions were executed."""
    told = run_tests(root, choice, *VALGRIND)
    found = re.search(r"Collected : ([0-9]+)", told)
    assert found is not None, told
    return int(found[1])


def show(title: str, root: Path, choice: tuple[str, ...], runs: int) -> None:
    """Print what a choice and plain hashlib take, and how much more the choice takes."""
    plain = ("hashlib", *PLAIN)
    for each in (choice, plain):
        time_run(root, each)
    if not runs:
        own, other = count_instructions(root, choice), count_instructions(root, plain)
        told = f"{own / 1e6:.1f} million against {other / 1e6:.1f} million ({own / other - 1:+.2%})"
    else:
        told = tell_seconds(take_turns(root, choice, plain, runs))
    print(f"{title:>10}: {told}", flush=True)


def take_turns(
    root: Path, one: tuple[str, ...], other: tuple[str, ...], runs: int
) -> list[tuple[Seconds, Seconds]]:
    """Time two choices by turns; return CPU and wall seconds of both, for each turn."""
    turns = []
    for number in range(runs):
        if number % 2:
            turns.append((time_run(root, one), time_run(root, other)))
        else:
            turns.append((time_run(root, other), time_run(root, one))[::-1])
    return turns


def tell_seconds(turns: list[tuple[Seconds, Seconds]]) -> str:
    """Tell CPU and wall seconds of both, and the ratios."""
    told = []
    for number, name in enumerate(("CPU", "wall")):
        pairs = [(own[number], plain[number]) for own, plain in turns]
        own_s, plain_s = (median(pair[side] for pair in pairs) for side in range(2))
        more = median(own / plain for own, plain in pairs) - 1
        told.append(f"{name} {own_s:.3f} s against {plain_s:.3f} s ({more:+.1%})")
    return ", ".join(told)


if __name__ == "__main__":
    main()
