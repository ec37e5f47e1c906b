"""What `reprokit report` takes for many machines and probes: cold wall seconds, memory, size.

    uv run python benchmarks/report.py            # all shapes
    uv run python benchmarks/report.py failures   # those whose name holds a word

The manifests are of `benchmarks/comparison_scale.py`'s probes: 10 machines with 500 probes each, 2
runs of each probe, most with their bits, every tenth with block digests. What else they have is
their shape's. Each run is a process of its own; the median of five counts, after a first one. A
bare Typer command is timed beside.
"""

from __future__ import annotations

import os
import random
import struct
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from comparison_scale import (
    BARE,
    MEASURED,
    ROOT,
    TEMPLATE,
    make_array,
    make_probe,
    measure,
    show,
    vary_line,
)

from reprokit.model.record import ArrayFacts, Failure, Record, Status
from reprokit.store.manifests import encode_text, read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprokit.model.manifest import Manifest, ProbeRecord

MACHINES, PROBES = 10, 500
MOST_S = 2.0
MOST_BYTES = 2_000_000
ELEMENTS = 1_000
FAILING = 9
"""The machine that fails."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What stands in the manifests.

    Attributes:
        name: What is told of it.
        make: Makes a probe of its number, the machine's, and that of the commit.
        commits: How many manifests each machine has.
    """

    name: str
    make: Callable[[int, int, int], ProbeRecord]
    commits: int = 1


def part_every(step: int, number: int, machine: int, _: int) -> ProbeRecord:
    """Let one probe in `step` part odd machines from even ones, by one ulp of one element."""
    plain = make_plain(number)
    return give_array(plain, number, moved=number % step == 0 and machine % 2 == 1)


def make_plain(number: int) -> ProbeRecord:
    """Make a probe on which all machines agree."""
    return make_probe(number, 0)


def give_array(probe: ProbeRecord, seed: int, *, moved: bool) -> ProbeRecord:
    """Give a probe the array of its size that a seed draws, or one that is moved."""
    assert probe.record.result is not None
    elements = probe.record.result.shape[0]
    return give_result(probe, make_array(elements, seed=seed, moved=moved))


def give_result(probe: ProbeRecord, array: ArrayFacts) -> ProbeRecord:
    """Give a probe another result, in all of its runs."""
    runs = tuple(
        replace(run, digest=array.digest, warm_digest=array.digest) for run in probe.record.runs
    )
    return replace(probe, record=replace(probe.record, result=array, runs=runs))


def part_far(number: int, machine: int, _: int) -> ProbeRecord:
    """Let one probe in 10 part the machines in every ninth of 1,000 elements."""
    probe = make_plain(number)
    if number % 10:
        return probe
    source = random.Random(number)  # noqa: S311 - numbers of a benchmark
    numbers = struct.pack(f"<{ELEMENTS}f", *(source.uniform(0.5, 1) for _ in range(ELEMENTS)))
    words = list(struct.unpack(f"<{ELEMENTS}I", numbers))
    for index in range(0, ELEMENTS if machine % 2 else 0, 9):
        words[index] += 1 + index % 5
    bits = struct.pack(f"<{ELEMENTS}I", *words)
    array = ArrayFacts(
        digest=sha256(bits).hexdigest(), dtype="float32", shape=(ELEMENTS,), bits=bits.hex()
    )
    definition = replace(probe.definition, arguments={"shape": (ELEMENTS,)})
    return give_result(replace(probe, definition=definition), array)


def fail_on_one(number: int, machine: int, _: int, *, alike: bool) -> ProbeRecord:
    """Let one machine fail each probe, with 20 lines that are the same each time, or are not."""
    probe = make_plain(number)
    if machine != FAILING:
        return probe
    name = "probe" if alike else probe.id
    lines = [
        f'  File "site-packages/project/layers/module_{line}.py", line {line * 17}, in {name}'
        for line in range(19)
    ]
    printed = "\n".join([*lines, "RuntimeError: [metal::load] no library of this name"])
    failure = Failure(reason="RuntimeError: no library of this name", stderr=printed)
    return replace(probe, record=Record(status=Status.FAILED, failure=failure))


def move_some(number: int, _: int, commit: int) -> ProbeRecord:
    """Let one probe in 10 give other bytes at each commit; machines agree."""
    moves = number % 10 == 0 and commit
    return give_array(make_plain(number), number + PROBES * commit * bool(moves), moved=False)


SHAPES = (
    Shape(name="1 probe in 25 parts", make=partial(part_every, 25)),
    Shape(name="every 2nd parts", make=partial(part_every, 2)),
    Shape(name="all part", make=partial(part_every, 1)),
    Shape(name="1 in 10 parts in 112 elements", make=part_far),
    Shape(name="one fails all, equal failures", make=partial(fail_on_one, alike=True)),
    Shape(name="one fails all, other failures", make=partial(fail_on_one, alike=False)),
    Shape(name="2 commits, 1 in 10 moves", make=move_some, commits=2),
    Shape(name="5 commits, 1 in 10 moves", make=move_some, commits=5),
)


def write_shape(folder: Path, shape: Shape) -> None:
    """Write a project's manifests with the real writer."""
    (folder / "pyproject.toml").write_text('[project]\nname = "scale"\n', encoding="ascii")
    template = read_manifest(TEMPLATE, root=ROOT)
    for machine in range(MACHINES):
        name = f"machine-{machine:04}"
        source = random.Random(name)  # noqa: S311 - times of a benchmark
        for commit in range(shape.commits):
            manifest = make_manifest(template, shape, machine, commit)
            text = encode_text(replace(manifest, machine=name))
            text = MEASURED.sub(lambda match, source=source: vary_line(match[1], source), text)
            path = folder / "manifests" / name / f"{manifest.commit[:12]}.toml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def make_manifest(template: Manifest, shape: Shape, machine: int, commit: int) -> Manifest:
    """Make the manifest of a machine at a commit; odd and even machines have other chips."""
    environment = template.environment
    hardware = replace(environment.hardware, chip=f"Chip {machine & 1}")
    date = f"2026-0{commit + 1}-01T00:00:00Z"
    return replace(
        template,
        family=f"applegpu_g1{machine & 1}s",
        environment=replace(environment, hardware=hardware),
        repository=replace(template.repository, commit=f"{commit + 1}" * 40, committed=date),
        created=date,
        probes=tuple(shape.make(number, machine, commit) for number in range(PROBES)),
    )


def measure_shape(folder: Path, shape: Shape) -> dict[str, bool]:
    """Measure a page, print what it takes, and return which goals are met."""
    write_shape(folder, shape)
    cost = measure([sys.executable, "-m", "reprokit", "report"], folder, codes=(0, 1))
    size_bytes = (folder / ".reprokit" / "report.html").stat().st_size
    show(f"{shape.name}, {size_bytes / 1e6:.2f} MB", cost)
    return {
        f"{shape.name}: in {MOST_S} s": cost.wall_s < MOST_S,
        f"{shape.name}: in {MOST_BYTES / 1e6:.0f} MB": size_bytes < MOST_BYTES,
    }


def measure_all(words: list[str]) -> None:
    """Print a row for each shape that is asked for, and which goals are met."""
    goals = {}
    with tempfile.TemporaryDirectory() as name:
        bare = Path(name) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        show("bare Typer command", measure([sys.executable, str(bare)], Path(name)))
        for number, shape in enumerate(SHAPES):
            if all(word in shape.name for word in words):
                folder = Path(name) / str(number)
                folder.mkdir()
                goals |= measure_shape(folder, shape)
    for goal, met in goals.items():
        print(f"{'met   ' if met else 'MISSED'}  {goal}")


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    measure_all(sys.argv[1:])
