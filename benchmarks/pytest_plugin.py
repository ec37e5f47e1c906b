"""What the fixture adds to a run of tests, against plain hashlib.

    uv run python benchmarks/pytest_plugin.py [RUNS]

Each run is pytest as a whole, in a process of its own: 1,000 arrays of 4 KiB, in one test, in ten,
in a hundred and in a thousand. One side holds them against a baseline with the fixture, the other
digests the same arrays with hashlib and holds them against a JSON file; they take turns. Told are
medians of CPU seconds, which other work on the machine disturbs less than it does wall seconds,
and of wall seconds, and the median of the ratios of neighbours, which a machine that gets slower
meanwhile does not disturb. Then, for the thousand tests: what it costs to have the plugin loaded
and not use it, and what a fixture costs that does nothing.
"""

from __future__ import annotations

import hashlib
import json
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

Pair: TypeAlias = "tuple[tuple[float, float], tuple[float, float]]"

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
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    golden = {
        str(seed): hashlib.sha256(memoryview(draw(seed))).hexdigest() for seed in range(ARRAYS)
    }
    print(f"{ARRAYS} arrays of 4 KiB, medians of {runs} runs by turns")
    with tempfile.TemporaryDirectory() as folder:
        for tests in TEST_COUNTS:
            root = Path(folder) / str(tests)
            make_project(root, tests, golden)
            show(f"{tests} tests", compare(root, ("fixture",), ("hashlib", *PLAIN), runs))
        show("not used", compare(root, ("hashlib",), ("hashlib", *PLAIN), runs))
        show("no effect", compare(root, ("empty", *PLAIN), ("hashlib", *PLAIN), runs))


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


def time_run(root: Path, choice: tuple[str, ...]) -> tuple[float, float]:
    """Run the tests of a file; return CPU and wall seconds."""
    name, *options = choice
    command = [sys.executable, "-m", "pytest", "-q", f"test_{name}.py", *ALONE, *options]
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    wall_s, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, wall_s


def compare(root: Path, one: tuple[str, ...], other: tuple[str, ...], runs: int) -> list[Pair]:
    """Time two choices by turns; return CPU and wall seconds of both, for each turn."""
    for choice in (one, other):
        time_run(root, choice)
    time.sleep(SETTLING_S)
    for choice in (one, other):
        time_run(root, choice)
    turns = []
    for number in range(runs):
        if number % 2:
            turns.append((time_run(root, one), time_run(root, other)))
        else:
            turns.append((time_run(root, other), time_run(root, one))[::-1])
    return turns


def show(title: str, turns: list[Pair]) -> None:
    """Print CPU and wall seconds of both, and the ratios."""
    told = []
    for number, name in enumerate(("CPU", "wall")):
        pairs = [(own[number], plain[number]) for own, plain in turns]
        own_s, plain_s = (median(pair[side] for pair in pairs) for side in range(2))
        more = median(own / plain for own, plain in pairs) - 1
        told.append(f"{name} {own_s:.3f} s against {plain_s:.3f} s ({more:+.1%})")
    print(f"{title:>10}: {', '.join(told)}")


if __name__ == "__main__":
    main()
