"""What `reprokit compare` takes for many manifests: cold wall seconds and peak memory.

    uv run python benchmarks/comparison_scale.py           # ours, and a bare Typer command
    uv run python benchmarks/comparison_scale.py others    # beside pyperf and asv, in one run

Manifests are of a committed one's environment and of the real writer's text: 2 runs of each probe,
most with their bits, every tenth with block digests; one probe in 25 parts the machines along one
of two lines, by one ulp of one element. Each command runs in a process of its own, its output goes
to a file; the median of RUNS counts, and the greatest memory.

pyperf and asv run in an environment of their own, which uv makes and which is thrown away. A result
is a probe on a machine, a benchmark in a file of pyperf's, a benchmark at one of two commits of
asv's. pyperf's are of 2 runs as ours are, and of the 20 processes with 3 values that it makes
itself where nobody asks for less.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from reprokit.model.definition import Definition
from reprokit.model.manifest import Manifest, ProbeRecord
from reprokit.model.probe import Expectation
from reprokit.model.record import ArrayFacts, Record, Run, Status
from reprokit.store.manifests import decode_content, encode_text, read_manifest

ROOT = Path(__file__).parents[1]
RUNS = 5
SIZES = ((20, 500, 0.6), (1000, 100, 4.0))
"""Manifests, probes in each, and the seconds that they may take."""

MOST_BYTES = 300e6
TEMPLATE = ROOT / "manifests/linux-x86-64/1491acf7db13.toml"
BLOCK_BYTES = 65_536
LARGE = 400_000
LARGE_EVERY = 5
OPS = ("elementwise.exp", "matmul.uniform", "reduction.sum", "scan.cumsum")
PARTED = 25
"""One probe in so many parts the machines."""

MEASURED = re.compile(
    r"^(cold_s|warm_s|peak_rss_bytes|memory_bytes|memory_limit_bytes) = .*$", re.MULTILINE
)
"""Lines that differ from machine to machine."""

BARE = """
import typer
app = typer.Typer(add_completion=False)
@app.command()
def hello() -> None:
    '''Say hello.'''
    typer.echo("hello")
app(prog_name="hello")
"""
OTHERS = r"""
import json, os, random, subprocess, sys
from pathlib import Path
import pyperf
from asv import util
from asv.benchmarks import Benchmarks
from asv.config import Config
from asv.results import Results
from asv.runner import BenchmarkResult

folder, files, count, runs, values = Path(sys.argv[1]), *map(int, sys.argv[2:])
seconds = lambda source: source.uniform(0.001, 0.1)

for number in range(files):
    source = random.Random(number)
    benchmarks = []
    for probe in range(count):
        made = [
            pyperf.Run(
                [seconds(source) for _ in range(values)],
                warmups=[(1, seconds(source))],
                metadata={"name": f"normal-{probe}"},
                collect_metadata=False,
            )
            for _ in range(runs)
        ]
        benchmarks.append(pyperf.Benchmark(made))
    pyperf.BenchmarkSuite(benchmarks).dump(str(folder / f"m{number:04}.json"))

git = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example"]
os.chdir(folder)
subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
config = {"version": 1, "project": "x", "repo": ".", "branches": ["main"],
          "environment_type": "virtualenv"}
Path("asv.conf.json").write_text(json.dumps(config))
config = Config.load("asv.conf.json")
names = [f"b.normal_{number}" for number in range(files * count // 2)]
benchmarks = [{"name": name, "params": [], "param_names": [], "version": "1", "unit": "seconds",
               "type": "time", "code": ""} for name in names]
Benchmarks(config, benchmarks).save()
machine = dict.fromkeys(("machine", "arch", "cpu", "num_cpu", "os", "ram"), "m")
(Path(config.results_dir) / "m").mkdir()
util.write_json(str(Path(config.results_dir) / "m" / "machine.json"), machine, 1)
for number in range(2):
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    commit = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    source = random.Random(number)
    found = Results(machine | {"python": "3"}, {}, commit, 1, "3", "virtualenv-py3", {})
    for benchmark in benchmarks:
        samples = [seconds(source) for _ in range(runs * values)]
        result = BenchmarkResult(result=[samples[0]], samples=[samples], number=[1], errcode=0,
                                 stderr="", profile=None)
        found.add_result(benchmark, result, record_samples=True)
    found.save(config.results_dir)
"""
OTHERS_SHAPES = ((20, 500, 2, 1), (20, 500, 20, 3), (1000, 100, 2, 1))
"""Files, benchmarks in each, runs of each, and values of each run."""

ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a command took: wall seconds, and the peak resident bytes of its process."""

    wall_s: float
    peak_bytes: int


def run_once(command: list[str], folder: Path, codes: tuple[int, ...] = (0,)) -> Cost:
    """Run a command in a folder; its output is read, as a pipe would."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env=ENVIRONMENT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in codes:
            output.seek(0)
            sys.exit(f"{command}: exit {process.returncode}\n{output.read().decode()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall_s=wall_s, peak_bytes=usage.ru_maxrss * unit)


def measure(
    command: list[str], folder: Path, codes: tuple[int, ...] = (0,), runs: int = RUNS
) -> Cost:
    """Return the median seconds and the greatest memory of runs, after a first one."""
    costs = [run_once(command, folder, codes) for _ in range(runs + 1)][1:]
    return Cost(
        wall_s=median(cost.wall_s for cost in costs),
        peak_bytes=max(cost.peak_bytes for cost in costs),
    )


def make_probe(number: int, variant: int) -> ProbeRecord:
    """Make a probe that parts machines along no line, or along one of two, by its number."""
    line = number // PARTED % 2 if number % PARTED == 0 else None
    moved = line is not None and bool(variant >> line & 1)
    elements = LARGE if number % 10 == LARGE_EVERY else (8, 16, 64)[number % 3]
    array = make_array(elements, seed=number, moved=moved)
    peak_bytes = array.size_bytes * 2
    run = Run(
        digest=array.digest,
        warm_digest=array.digest,
        cold_s=0.1,
        warm_s=0.1,
        peak_bytes=peak_bytes,
        peak_rss_bytes=1,
    )
    return ProbeRecord(
        id=f"{OPS[number % len(OPS)].replace('.', '-')}-{elements}-seed{number}",
        suite="random",
        definition=Definition(
            op=OPS[number % len(OPS)],
            arguments={"shape": (elements,)},
            dtype="float32",
            seed=number,
        ),
        expectation=Expectation.FAMILY,
        record=Record(status=Status.OK, result=array, runs=(run,) * 2),
    )


def make_array(elements: int, *, seed: int, moved: bool) -> ArrayFacts:
    """Make what is kept of an array: its bits where they are few, else the digests of blocks.

    Args:
        elements: How many float32 numbers it has.
        seed: Draws them.
        moved: Whether one of them is one ulp higher, or one block another.
    """
    source = random.Random(seed)  # noqa: S311 - numbers of a benchmark
    facts = ArrayFacts(digest="", dtype="float32", shape=(elements,))
    if elements == LARGE:
        count = -(-facts.size_bytes // BLOCK_BYTES)
        blocks = [source.randbytes(8).hex() for _ in range(count)]
        blocks[1] = blocks[0] if moved else blocks[1]
        digest = hashlib.sha256("".join(blocks).encode()).hexdigest()
        return replace(facts, digest=digest, block_bytes=BLOCK_BYTES, blocks=tuple(blocks))
    numbers = struct.pack(f"<{elements}f", *(source.uniform(0.5, 1) for _ in range(elements)))
    words = list(struct.unpack(f"<{elements}I", numbers))
    words[5] += moved
    bits = struct.pack(f"<{elements}I", *words)
    return replace(facts, digest=hashlib.sha256(bits).hexdigest(), bits=bits.hex())


def write_manifests(folder: Path, machines: int, probes: int) -> None:
    """Write manifests as a project keeps them, `manifests/<machine>/<commit12>.toml`.

    The real writer writes each of the four variants; what else differs by machine, its name and
    its measurements, is put into its text, and one in a hundred is held against the writer.
    """
    (folder / "pyproject.toml").write_text('[project]\nname = "scale"\n', encoding="ascii")
    template = read_manifest(TEMPLATE, root=ROOT)
    texts = [encode_text(make_manifest(template, variant, probes)) for variant in range(4)]
    for number in range(machines):
        name = f"machine-{number:04}"
        path = folder / "manifests" / name / f"{template.commit[:12]}.toml"
        path.parent.mkdir(parents=True)
        source = random.Random(name)  # noqa: S311 - times of a benchmark
        text = texts[number % 4].replace('machine = "m"', f'machine = "{name}"', 1)
        text = MEASURED.sub(lambda match, source=source: vary_line(match[1], source), text)
        path.write_text(text, encoding="utf-8")
        if number % 100 == 0:
            manifest = decode_content(text.encode(), where=name, place=name)
            assert encode_text(manifest) == text, "not what the real writer writes"


def make_manifest(template: Manifest, variant: int, probes: int) -> Manifest:
    """Make the manifest of a machine on one side of each of the two lines."""
    environment = template.environment
    hardware = replace(environment.hardware, chip=f"Chip {variant & 1}")
    system = replace(environment.os, build=f"25E{variant >> 1}")
    return replace(
        template,
        machine="m",
        family=f"applegpu_g1{variant & 1}s",
        environment=replace(environment, hardware=hardware, os=system),
        probes=tuple(make_probe(number, variant) for number in range(probes)),
    )


def vary_line(name: str, source: random.Random) -> str:
    """Write a line of measurements of two runs, or of a machine's memory."""
    if name.startswith("memory"):
        return f"{name} = {source.randrange(2**33, 2**37)}"
    if name.endswith("_s"):
        return f"{name} = [{source.uniform(0.001, 0.1):.6f}1, {source.uniform(0.001, 0.1):.6f}1]"
    return f"{name} = [{source.randrange(10**7, 10**8)}, {source.randrange(10**7, 10**8)}]"


def show(label: str, cost: Cost, results: int = 0) -> None:
    """Print a row: seconds, memory, and microseconds for each result."""
    each = f"  {cost.wall_s / results * 1e6:9.1f} us a result" if results else ""
    print(f"{label:42} {cost.wall_s:8.2f} s  {cost.peak_bytes / 1e6:6.0f} MB{each}", flush=True)


def measure_ours(folder: Path, machines: int, probes: int) -> Cost:
    """Measure `compare` of all manifests of a project, as a table and as JSON."""
    write_manifests(folder, machines, probes)
    command = [sys.executable, "-m", "reprokit", "compare"]
    costs = {}
    for form in ("table", "json"):
        costs[form] = measure([*command, "--format", form], folder, codes=(0, 1))
        show(f"compare {machines} x {probes}, {form}", costs[form], machines * probes)
    return costs["table"]


def measure_others(folder: Path) -> dict[tuple[int, int, int], tuple[float, float]]:
    """Measure pyperf's and asv's compare; return the seconds of both by files, benchmarks, runs."""
    python = folder / "others" / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", str(folder / "others")], check=True)
    install = ["uv", "pip", "install", "--quiet", "--python", str(python), "pyperf", "asv"]
    subprocess.run([*install, "--compile-bytecode"], check=True)
    costs = {}
    for files, count, runs, values in OTHERS_SHAPES:
        data = folder / f"others-{files}-{count}-{runs}"
        data.mkdir()
        shape = [str(it) for it in (files, count, runs, values)]
        subprocess.run([str(python), "-c", OTHERS, str(data), *shape], check=True)
        names = sorted(path.name for path in data.glob("m*.json"))
        label = f"{files} x {count}, {runs} runs of {values}"
        pyperf = measure([str(python), "-m", "pyperf", "compare_to", *names], data, runs=1)
        show(f"pyperf compare_to {label}", pyperf, files * count)
        asv = measure([str(python), "-m", "asv", "compare", "main~1", "main"], data, runs=1)
        show(
            f"asv compare of 2 x {files * count // 2}, {runs * values} samples", asv, files * count
        )
        costs[files, count, runs] = (pyperf.wall_s, asv.wall_s)
    return costs


def measure_all(*, others: bool) -> None:
    """Print all rows, and which goals are met."""
    goals = {}
    with tempfile.TemporaryDirectory() as name:
        bare = Path(name) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        show("bare Typer command", measure([sys.executable, str(bare)], Path(name)))
        ours = {}
        for machines, probes, most_s in SIZES:
            folder = Path(name) / f"{machines}"
            folder.mkdir()
            cost = ours[machines, probes] = measure_ours(folder, machines, probes)
            goals[f"{machines} x {probes} in {most_s} s"] = cost.wall_s < most_s
            goals[f"{machines} x {probes} in 300 MB"] = cost.peak_bytes < MOST_BYTES
        for (files, count, runs), walls in (measure_others(Path(name)) if others else {}).items():
            own = ours[files, count].wall_s
            label = f"{files} x {count}, {runs} runs"
            goals[f"{walls[0] / own:.1f} times as fast as pyperf, {label}"] = walls[0] > 20 * own
            goals[f"{walls[1] / own:.1f} times as fast as asv, {label}"] = walls[1] > own
    for goal, met in goals.items():
        print(f"{'met   ' if met else 'MISSED'}  {goal}")


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    measure_all(others="others" in sys.argv[1:])
