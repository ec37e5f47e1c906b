"""`snapshot --keep-arrays` on two machines, and what `explain` and `compare` tell from it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

WORK = '''
"""Results that part by what the machine says of itself."""
import os
import mlx.core as mx
from reprokit.results import Staged

SHIFT = int(os.environ.get("SAMPLE_SHIFT", "0"))

def move(numbers, every):
    bits = numbers.view(mx.uint32)
    places = mx.arange(bits.size, dtype=mx.uint32)
    return mx.where(places % every == every - 1, bits + SHIFT, bits).view(mx.float32)

def some(*, n: int):
    return move(mx.arange(n, dtype=mx.float32) + 1, 1024)

def all(*, n: int):
    return move(mx.arange(n, dtype=mx.float32) + 1, 1)

def tree(*, n: int):
    numbers = mx.arange(n, dtype=mx.float32) + 1
    stages = {"first": numbers, "second": move(numbers, 1000)}
    return Staged(result={"a": move(numbers, 500), "b": numbers}, stages=stages)
'''

SUITE = """\
schema = "reprokit/suite/1"
name = "small"
about = "Arrays of a megabyte."

[[probe]]
id = "some"
op = "mine.work:some"
arguments = { n = 262144 }
expectation = "machine"

[[probe]]
id = "all"
op = "mine.work:all"
arguments = { n = 262144 }
expectation = "machine"

[[probe]]
id = "tree"
op = "mine.work:tree"
arguments = { n = 5000 }
expectation = "machine"

[[probe]]
id = "streamed"
op = "random.normal_streamed"
seed = 0
arguments = { shape = [5000] }
expectation = "machine"
"""

SLOW_PROBE = """
[[probe]]
id = "slow"
op = "random.normal_chunked"
dtype = "bfloat16"
seed = 0
arguments = { shape = [300000000], chunk_elements = 65536 }
expectation = "family"
"""


def take(project: Project, machine: str, shift: str) -> str:
    """Take a snapshot as a machine whose results are shifted, and return what it told."""
    done = project.run(
        "snapshot", "--machine", machine, "--keep-arrays", environment={"SAMPLE_SHIFT": shift}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A project that two machines have measured, and what the second snapshot told."""
    project = make_project(tmp_path_factory.mktemp("arrays") / "project")
    project.write("mine/__init__.py", "")
    project.write("mine/work.py", WORK)
    project.write("suites/small.toml", SUITE)
    project.commit("functions")
    take(project, "m1", "0")
    return project, take(project, "m2", "2")


def arrays_of(project: Project) -> Path:
    """Return where arrays are kept."""
    return project.root / ".reprokit" / "arrays"


def explain(project: Project, *arguments: str) -> dict[str, Any]:
    """Explain a probe, as JSON."""
    done = project.run("explain", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    explanation: dict[str, Any] = json.loads(done.stdout)
    return explanation


def test_every_array_is_kept_once_under_its_digest(measured: tuple[Project, str]) -> None:
    """Results, leaves and stages of both machines; what is equal on both is one file."""
    project, told = measured
    files = list(arrays_of(project).iterdir())
    contents = [path.read_bytes() for path in files]
    assert [hashlib.sha256(it).hexdigest() for it in contents] == [it.name for it in files]
    assert sorted(map(len, contents)) == [20_000] * 3 + [1_048_576] * 3
    assert "kept 5 arrays (2.2 MB) in .reprokit/arrays" in told
    assert "not kept: streamed: a streamed array is never held whole" in told
    assert not project.git("status", "--porcelain", "--", ".reprokit")


def test_a_few_elements_of_a_megabyte_are_told(measured: tuple[Project, str]) -> None:
    """Which, and by how many ulps: no manifest has room for them."""
    project, _ = measured
    (pair,) = explain(project, "some")["pairs"]
    assert (pair["distance"]["differing"], pair["distance"]["size"]) == (256, 262144)
    assert (pair["distance"]["max_ulp"], pair["distance"]["mean_ulp"]) == (2, 2.0)
    elements = pair["witness"]["elements"]
    assert [it["index"] for it in elements] == list(range(1023, 262144, 1024))
    assert pair["gap"] == ""
    told = project.run("explain", "some").stdout
    assert "float32[262144], kept by a snapshot" in told
    assert "256 of 262,144 elements, first 1,023, at most 2 ulp" in told
    assert "and 236 more (`--verbose` shows them)" in told


def test_of_very_many_elements_the_first_are_listed(measured: tuple[Project, str]) -> None:
    """The distance is over all of them."""
    project, _ = measured
    (pair,) = explain(project, "all")["pairs"]
    assert pair["distance"]["differing"] == pair["witness"]["elements_total"] == 262144
    assert len(pair["witness"]["elements"]) == 1000
    told = project.run("explain", "all").stdout
    assert "and 262,124 more (`--verbose` shows the first 4,096 of them)" in told
    assert "and 258,048 more\n" in project.run("explain", "all", "--verbose").stdout


def test_leaves_and_steps_are_measured(measured: tuple[Project, str]) -> None:
    """The first step that parts is told with its distance."""
    project, _ = measured
    (pair,) = explain(project, "tree")["pairs"]
    assert pair["stage"] == "second"
    parts = {it["name"]: it["distance"] for it in (*pair["stages"], *pair["leaves"])}
    assert parts["first"] is parts["b"] is None
    assert parts["second"]["differing"] == 5
    assert parts["a"]["differing"] == 10


def test_a_comparison_tells_distances_too(measured: tuple[Project, str]) -> None:
    """Of every probe that parts, without being asked."""
    project, _ = measured
    done = project.run("compare", "--format", "json")
    distances = {
        probe["id"]: probe["divergences"][0]["distance"]
        for probe in json.loads(done.stdout)["probes"]
        if probe["divergences"]
    }
    assert {name: it and it["differing"] for name, it in distances.items()} == {
        "some": 256,
        "all": 262144,
        "tree": None,
    }


def test_a_milestone_rests_on_manifests_alone(measured: tuple[Project, str]) -> None:
    """It reads no kept arrays, and says that keeping them would not change it."""
    project, _ = measured
    assert project.run("milestone", "kept", "--date", "2026-11-23").returncode == 0
    folder = project.root / "milestones"
    text = (folder / "kept-2026-11-23.md").read_text()
    assert "elements differ. A milestone rests on manifests alone, and would not change.\n" in text
    assert "of 262,144 elements" not in text
    shutil.rmtree(folder)


def test_arrays_of_other_folders_are_used(measured: tuple[Project, str], tmp_path: Path) -> None:
    """Without them runs of bytes are told, and what would tell more; bad files are not believed."""
    project, _ = measured
    copy = tmp_path / "arrays"
    shutil.move(arrays_of(project), copy)
    try:
        (pair,) = explain(project, "some")["pairs"]
        assert pair["distance"] is None
        assert pair["gap"] == (
            "Manifests keep arrays of at most 4096 bytes, and this one has 1.0 MB; `snapshot "
            "--keep-arrays` on m1 and m2 would let `explain` tell which elements differ."
        )
        assert "`snapshot --keep-arrays` on m1 and m2" in " ".join(
            project.run("explain", "some").stdout.split()
        )
        (pair,) = explain(project, "some", "--arrays", str(copy))["pairs"]
        assert pair["distance"]["differing"] == 256
        spoiled = copy / pair["baseline_digest"]
        spoiled.write_bytes(spoiled.read_bytes()[:-1] + b"\xff")
        done = project.run("explain", "some", "--arrays", str(copy), "--format", "json")
        assert f"{spoiled}: has another sha256 than its name, and is not used" in done.stderr
        (pair,) = json.loads(done.stdout)["pairs"]
        assert pair["distance"] is None
        assert "`snapshot --keep-arrays` on m1 would let" in pair["gap"]
    finally:
        shutil.move(copy, arrays_of(project))
    assert "m1" in take(project, "m1", "0")  # which mends what was spoiled, on the way
    (pair,) = explain(project, "some")["pairs"]
    assert pair["distance"]["differing"] == 256


def test_what_is_no_folder_is_refused(measured: tuple[Project, str]) -> None:
    """Before anything is searched for."""
    project, _ = measured
    done = project.run("explain", "some", "--arrays", "nowhere")
    assert done.returncode == 2
    assert "nowhere: is no folder" in done.stderr


def test_a_snapshot_that_verifies_keeps_arrays_as_well(project: Project) -> None:
    """The manifest that is there stays as it is."""
    assert project.run("snapshot", "--machine", "here").returncode == 0
    assert not arrays_of(project).exists()
    before = project.manifests()[0].read_bytes()
    told = take(project, "here", "0")
    assert "3 probes gave the same bytes again" in told
    assert "kept 3 arrays (20.0 kB) in .reprokit/arrays" in told
    assert "not kept" not in told
    assert project.manifests()[0].read_bytes() == before
    assert sorted(it.stat().st_size for it in arrays_of(project).iterdir()) == [8, 32, 20_000]


def start_slow_snapshot(project: Project) -> tuple[subprocess.Popen[str], str]:
    """Start a snapshot, wait until all but its slow probe are finished, and interrupt it."""
    process = subprocess.Popen(
        project.command("snapshot", "--machine", "here", "--keep-arrays"),
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if line.startswith("3/4"):
            break
    for _ in range(6):  # as somebody would who sees nothing happen on a busy machine
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
            break
    return process, told


def test_a_finished_probe_whose_array_is_lost_is_run_again(project: Project) -> None:
    """What an interrupted snapshot has kept stays; only what is missing is made again."""
    with (project.root / "suites/small.toml").open("a") as file:
        file.write(SLOW_PROBE)
    project.commit("slow")
    start_slow_snapshot(project)
    kept = sorted(arrays_of(project).iterdir(), key=lambda it: it.stat().st_size)
    assert [it.stat().st_size for it in kept] == [8, 32, 20_000]
    inodes = [it.stat().st_ino for it in kept[:2]]
    kept[2].unlink()
    process, told = start_slow_snapshot(project)
    assert process.returncode == 130
    assert "continuing: 3 of 4 probes were finished before" in told
    assert "run again, since their arrays are not kept: uniform\n" in told
    assert kept[2].stat().st_size == 20_000
    assert [it.stat().st_ino for it in kept[:2]] == inodes
