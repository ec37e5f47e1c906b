"""A user's own functions as probes, among them everything that a function can do wrong."""

from __future__ import annotations

import signal
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np
import pytest

from reprokit.numerics.digest import view_bytes
from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

WORK = '''
"""Functions that behave, and others."""
import ctypes, functools, os, subprocess, sys, time
import mlx.core as mx
from reprokit.results import Related, Staged
from mine.scale import FACTOR

calls = []

def tree(*, key, n: int = 4):
    return {"b": [mx.ones((3,)), mx.zeros((2, 2))], "a": mx.random.normal((n,), key=key) * FACTOR}

def staged(*, seed):
    words = mx.random.uniform(shape=(4,), key=mx.random.key(seed))
    return Staged(result=mx.log(words), stages={"uniform": words})

def related(*, holds: bool):
    return Related(name="x equals y", holds=holds, result=mx.ones((2,)), facts={"differing": 3})

def flips(*, every: int):
    calls.append(1)
    return Related(name="x equals y", holds=len(calls) % every != 0, result=mx.ones((2,)))

def turns():
    calls.append(1)
    return mx.ones((2, 3) if len(calls) == 1 else (3, 2))

def relates_late():
    calls.append(1)
    ones = mx.ones((2,))
    return ones if len(calls) == 1 else Related(name="x equals y", holds=True, result=ones)

def aborts_on_cpu():
    if os.environ.get("MLX_CONTROL"):
        os.abort()
    return mx.ones((2,))

def positional(n, m=3, key=None, /, *, scale=1.0):
    return mx.random.normal((n, m), key=key) * scale

def options(first, /, **options):
    return mx.array([first, *(options[name] for name in sorted(options))])

def hide(function):
    def hidden(*arguments, **options):
        return function(*arguments, **options)
    return hidden

@hide
def hidden_key(*, key):
    return mx.random.normal((4,), key=key)

@functools.wraps(hidden_key)
def told_key(**options):
    return hidden_key(**options)

def twice():
    return mx.zeros((2,))

def twice(*, n):
    return mx.ones((n,))

async def awaited(*, key):
    return mx.random.normal((4,), key=key)

def lazy_failure():
    return mx.ones((2,)) @ mx.ones((3,))

def clock():
    return mx.array([time.time_ns() % 1000003])

def prints():
    print("data on stdout")
    print("talk on stderr", file=sys.stderr)
    return mx.ones((2,))

def forks():
    os.fork()
    return mx.ones((2,))

def leaves_a_child():
    subprocess.Popen(["sleep", "614"])
    return mx.ones((2,))

def aborts():
    print("last words", flush=True)
    os.abort()

def segfaults():
    ctypes.string_at(0)

def exits():
    sys.exit(3)

def quits():
    os._exit(4)

def hangs():
    time.sleep(600)

def closes_pipes():
    os.closerange(3, 100)
    time.sleep(600)

def writes_on_pipes():
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, b"junk\\n")
        except OSError:
            pass
    return mx.ones((2,))

def exhausts():
    return bytearray(1 << 33)

def no_array():
    return "text"

def raises_a_secret():
    raise RuntimeError("/opt/somewhere/private.txt of jane@corp.example with hf_abcdefgh1234")

def not_a_number():
    return mx.array([float("nan"), 1.0])

def thinks(*, unknown: int):
    return mx.ones((unknown,))
'''

NAMES = (
    "lazy_failure",
    "clock",
    "prints",
    "forks",
    "leaves_a_child",
    "aborts",
    "segfaults",
    "exits",
    "quits",
    "hangs",
    "closes_pipes",
    "writes_on_pipes",
    "exhausts",
    "no_array",
    "raises_a_secret",
    "not_a_number",
    "turns",
    "relates_late",
)


def declare(name: str, extra: str = "") -> str:
    """Declare a probe of one of the functions."""
    head = f'[[probe]]\nid = "{name}"\nop = "mine.work:{name}"\nexpectation = "machine"\n'
    return f"{head}time_limit_s = {3 if name == 'hangs' else 60}\n{extra}\n"


SUITE = 'schema = "reprokit/suite/1"\nname = "small"\n' + "".join(
    [
        *(declare(name, "memory_limit_mb = 1000" * (name == "exhausts")) for name in NAMES),
        declare("tree", "seed = 7\nmatrix = { n = [4, 5] }"),
        declare("staged", 'seed = 1\ncontrol = { device = "cpu" }'),
        declare("related", "relation = true\nmatrix = { holds = [true, false] }"),
        declare("positional", "seed = 7\narguments = { n = 2, scale = 2.0 }"),
        declare("options", "arguments = { first = 1, z = 3, y = 2 }"),
        declare("hidden_key", "seed = 7"),
        declare("twice", "arguments = { n = 3 }"),
        declare("flips", "matrix = { every = [2, 3] }"),
        declare("not_a_number", "relation = true").replace('id = "', 'id = "unrelated-'),
        declare(
            "related",
            "relation = false\narguments = { holds = false }\n"
            'control = { device = "cpu", equal = false }',
        ).replace('id = "', 'id = "controlled-'),
        declare("aborts_on_cpu", 'control = { variables = { MLX_CONTROL = "1" } }'),
    ]
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str, dict[str, Any]]:
    """A project of such functions, what its snapshot printed, and the records by probe."""
    project = make_project(tmp_path_factory.mktemp("user") / "project")
    project.write("mine/__init__.py", "")
    project.write("mine/scale.py", "FACTOR = 2.0\n")
    project.write("mine/work.py", WORK)
    project.write("suites/small.toml", SUITE)
    project.commit("functions")
    done = project.run("snapshot", "--machine", "here", "--jobs", "2")
    assert done.returncode == 1, done.stderr
    (path,) = project.manifests()
    probes = tomllib.loads(path.read_text(encoding="utf-8"))["probes"]
    return project, done.stdout, {probe["id"]: probe for probe in probes}


Measured = tuple[Project, str, dict[str, Any]]


@pytest.mark.parametrize(
    ("probe", "status", "reason"),
    [
        ("lazy_failure", "failed", "ValueError"),
        ("aborts", "crashed", "SIGABRT"),
        ("segfaults", "crashed", "SIGSEGV"),
        ("exits", "crashed", "exit 3"),
        ("quits", "crashed", "exit 4"),
        ("hangs", "timed-out", "no result within 3 s"),
        ("closes_pipes", "crashed", "it closed the pipe of its results"),
        ("writes_on_pipes", "crashed", "it wrote on the pipe of its results"),
        ("exhausts", "failed", "MemoryError"),
        ("no_array", "failed", "returned a `str`, not an array"),
        (
            "turns",
            "failed",
            "the op gave float32[2, 3] at the first call and float32[3, 2] at the second, of equal",
        ),
        ("hidden_key", "failed", "a decorator hides them; give the decorator's function"),
    ],
)
def test_what_goes_wrong_is_a_record(
    measured: Measured, probe: str, status: str, reason: str
) -> None:
    """The record says how it ended, and the suite goes on."""
    record = measured[2][probe]
    assert record["status"] == status
    assert reason in record["failure"]["reason"]


@pytest.mark.parametrize("probe", ["prints", "forks", "leaves_a_child", "not_a_number"])
def test_what_is_merely_odd_is_measured(measured: Measured, probe: str) -> None:
    """Printing, forking, children and NaN harm nothing."""
    assert measured[2][probe]["status"] == "ok"


def test_parameters_of_every_kind_are_given(measured: Measured) -> None:
    """Positional-only ones by their place, and what `**options` takes by any name."""
    probes = measured[2]
    expected = mx.random.normal((2, 3), key=mx.random.key(7)) * 2.0
    assert probes["positional"]["result"]["bits"] == view_bytes(expected).hex()
    assert probes["positional"]["computes"]["arguments"] == {"n": 2, "scale": 2.0}
    assert probes["options"]["result"]["bits"] == view_bytes(mx.array([1, 2, 3])).hex()
    assert probes["twice"]["result"]["shape"] == [3]


def test_no_process_is_left_behind(measured: Measured) -> None:
    """Children of probes end with their workers."""
    assert measured
    done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "sleep 614" not in done.stdout


def test_last_words_are_kept(measured: Measured) -> None:
    """The last lines that a crashed probe printed stand in its record."""
    assert measured[2]["aborts"]["failure"]["stderr"].startswith("last words")


@pytest.mark.parametrize("probe", ["segfaults", "aborts", "hangs"])
def test_crash_and_time_out_say_where_they_were(measured: Measured, probe: str) -> None:
    """The record holds the calls, the innermost at the end, in files without their folders."""
    calls = measured[2][probe]["failure"]["stderr"].splitlines()
    own = [call for call in calls if call.endswith(f" in {probe}")]
    assert [call.partition(", line")[0] for call in own] == ['  File "<project>/mine/work.py"']
    assert calls[-1] == own[0] or calls[-1].endswith(" in string_at")
    assert f"  {calls[-1]}" in measured[1]


def test_nothing_private_is_published(measured: Measured) -> None:
    """Paths, addresses and tokens in an error do not reach the manifest."""
    project, _, probes = measured
    (path,) = project.manifests()
    text = path.read_text(encoding="utf-8")
    assert probes["raises_a_secret"]["status"] == "failed"
    for private in ("/opt/somewhere", "jane@corp", "hf_abcdefgh1234", str(project.root)):
        assert private not in text


def test_run_to_run_difference_is_a_finding(measured: Measured) -> None:
    """The distinct digests are listed with how often each came."""
    _, printed, probes = measured
    assert probes["clock"]["status"] == "unstable"
    assert len(set(probes["clock"]["runs"]["digests"])) == 2
    assert "clock: does not repeat on this machine" in printed
    assert " 1 time" in printed
    assert "1 times" not in printed


def test_tree_has_a_digest_for_each_leaf(measured: Measured) -> None:
    """Leaves are named by their path, in order; the whole has a digest of its own."""
    probe = measured[2]["tree-4"]
    assert [leaf["name"] for leaf in probe["leaves"]] == ["a", "b.0", "b.1"]
    assert probe["result"]["dtype"] == "tree"
    assert probe["leaves"][1]["shape"] == [3]
    assert measured[2]["tree-5"]["leaves"][0]["shape"] == [5]


def test_stages_and_control_are_kept(measured: Measured) -> None:
    """Each stage has its digest; the control has what came out of it."""
    probe = measured[2]["staged"]
    assert [stage["name"] for stage in probe["stages"]] == ["uniform"]
    assert probe["computes"]["control"] == {"device": "cpu"}
    assert probe["control"] == {"status": "ok", "result": probe["result"]}
    assert "relation" not in probe


def test_a_relation_and_a_control_are_both_kept(measured: Measured) -> None:
    """Each is held against what the suite expects of it."""
    _, printed, probes = measured
    probe = probes["controlled-related"]
    assert probe["relation"]["name"] == "x equals y"
    assert (probe["relation_expected"], probe["relation"]["holds"]) == (False, False)
    assert (probe["control_expected"], probe["control"]["result"]) == (False, probe["result"])
    assert "controlled-related: against expectation equals itself on cpu" in printed
    assert "controlled-related: does not hold" not in printed


def test_a_control_that_brings_its_worker_down_is_a_finding(measured: Measured) -> None:
    """The probe has its bytes, and the control its failure."""
    _, printed, probes = measured
    probe = probes["aborts_on_cpu"]
    assert (probe["status"], probe["control"]["status"]) == ("ok", "crashed")
    assert "aborts_on_cpu: crashed with MLX_CONTROL=1 (SIGABRT)" in printed


def test_a_relation_that_is_expected_and_not_there_is_a_finding(measured: Measured) -> None:
    """An op that gives no relation does not pass for one that holds."""
    assert "unrelated-not_a_number: gives no relation" in measured[1]


def test_a_relation_that_flips_is_a_finding(measured: Measured) -> None:
    """Equal bytes with a verdict that does not repeat; in one call of three it is unseen."""
    _, printed, probes = measured
    probe = probes["flips-2"]
    assert (probe["status"], probe["relation"]["holds"]) == ("ok", True)
    assert probe["runs"]["holds"] == [True, True]
    assert probe["runs"]["warm_holds"] == [False, False]
    assert "flips-2: does not repeat its relation on this machine: x equals y" in printed
    assert "holds" not in probes["flips-3"]["runs"]
    assert "flips-3: " not in printed


def test_a_relation_that_comes_late_is_a_finding(measured: Measured) -> None:
    """What is not there at the first call did not hold then."""
    _, printed, probes = measured
    probe = probes["relates_late"]
    assert (probe["status"], probe["relation"]["holds"]) == ("ok", False)
    assert (probe["runs"]["holds"], probe["runs"]["warm_holds"]) == ([False] * 2, [True] * 2)
    assert "relates_late: does not repeat its relation on this machine: x equals y" in printed


def test_a_failure_without_words_is_its_name(measured: Measured) -> None:
    """No colon stands before nothing."""
    assert measured[2]["exhausts"]["failure"]["reason"] == "MemoryError"


def test_relation_against_expectation_is_a_finding(measured: Measured) -> None:
    """A relation that should hold and does not blocks; its facts are told."""
    _, printed, probes = measured
    assert probes["related-true"]["relation"]["holds"] is True
    assert probes["related-false"]["relation"]["facts"] == {"differing": 3}
    assert "related-false: does not hold: x equals y (differing 3)" in printed
    assert "related-true: " not in printed


def read_sources(project: Project) -> dict[str, str]:
    """Return the source of each probe's definition, as `suite show` cannot tell it."""
    from reprokit.probes.suite_file import load_suite

    suite = load_suite("small", project.root / "suites", root=project.root)
    return {probe.id: probe.definition.digest for probe in suite.probes}


def test_editing_what_a_function_calls_changes_its_definition(tmp_path: Path) -> None:
    """Code that it may reach in its own package counts; comments and docstrings do not."""
    project = make_project(tmp_path / "project")
    project.write("mine/__init__.py", "")
    project.write("mine/scale.py", "FACTOR = 2.0\n")
    project.write("mine/other.py", "UNUSED = 1\n")
    project.write("mine/work.py", WORK)
    project.write("suites/small.toml", SUITE)
    before = read_sources(project)
    project.write("mine/scale.py", "# doubled\nFACTOR = 2.0\n")
    project.write("mine/other.py", "UNUSED = 2\n")
    project.write("mine/work.py", WORK.replace("Functions that behave", "Functions"))
    assert read_sources(project) == before
    project.write("mine/scale.py", "FACTOR = 3.0\n")
    after = read_sources(project)
    assert all(after[name] != before[name] for name in before)


@pytest.mark.parametrize(
    ("declaration", "problem"),
    [
        ('op = "mine.nowhere:f"', "no module `mine.nowhere`"),
        ('op = "mine.work:nothing"', "defines no function `nothing`"),
        ('op = "mine.work:tree"\nseed = 1\narguments = { m = 3 }', "has no argument `m`"),
        ('op = "mine.work:thinks"', "needs the argument `unknown`"),
        ('op = "mine.work:prints"\nseed = 1', "draws nothing"),
        ('op = "mine.work:told_key"\nseed = 1', "what a decorator adds, and `**options`, are"),
        ('op = "mine.work:awaited"\nseed = 1', "is an async function, and nothing awaits it"),
        ('op = "mine.work:awaited"\nseed = 1', "`return asyncio.run(awaited(...))`"),
        ('op = "mine.work:FACTOR"', "that has its `def` at the top of that module"),
        ('op = "mine.work:options"', "`mine.work:options` needs the argument `first`"),
        (
            'op = "mine.work:options"\narguments = { first = 1, seed = 3 }',
            "has no argument `seed`\nhint: the op is `mine.work:options(first: Any, **options)`",
        ),
    ],
)
def test_wrong_declaration_names_line_and_mend(
    tmp_path: Path, declaration: str, problem: str
) -> None:
    """`suite check` finds it without running anything."""
    project = make_project(tmp_path / "project")
    project.write("mine/__init__.py", "")
    project.write("mine/work.py", WORK)
    head = 'schema = "reprokit/suite/1"\nname = "small"\n'
    project.write(
        "suites/small.toml", f'{head}[[probe]]\nid = "x"\nexpectation = "machine"\n{declaration}\n'
    )
    done = project.run("suite", "check")
    assert done.returncode == 2
    assert problem in done.stderr
    assert "(line " in done.stderr
    assert "hint: " in done.stderr


def test_suite_show_says_what_is_covered(project: Project) -> None:
    """Users' story 8: what a probe covers, what it leaves out, and what it needs, is said."""
    text = (project.root / "suites/small.toml").read_text()
    more = 'covers = "the generator"\nexcludes = "any kernel"\n'
    project.write("suites/small.toml", text + more)
    done = project.run("suite", "show", "small")
    assert done.returncode == 0, done.stderr
    shown = done.stdout.split("\n\n")
    assert next(block for block in shown if block.startswith("uniform\n")).splitlines()[3:] == [
        "    covers the generator",
        "    leaves out any kernel",
    ]
    assert "not measured: Everything else." in done.stdout
    assert "random.normal(shape=[8]) float32 seed 0" in done.stdout
    listed = project.run("suite", "list").stdout
    assert "core" in listed
    assert "small" in listed


def test_global_generators_are_seeded_before_each_call(tmp_path: Path) -> None:
    """A function that draws without a key repeats, cold and warm and in every process.

    NumPy is seeded too, though it be loaded by nothing but the function itself.
    """
    project = make_project(tmp_path / "project")
    project.write(
        "mine/__init__.py",
        "import random\nimport mlx.core as mx\n\n"
        "def draw(*, seed):\n    return mx.random.normal((4,)) + random.random()\n\n"
        "def late(*, seed):\n    import numpy\n    return numpy.random.random(4)\n",
    )
    head = 'schema = "reprokit/suite/1"\nname = "small"\n'
    declared = 'id = "{op}"\nexpectation = "machine"\nop = "mine:{op}"\nseed = 4294967298\n'
    probes = "".join(f"[[probe]]\n{declared.format(op=op)}" for op in ("draw", "late"))
    project.write("suites/small.toml", head + probes)
    project.commit()
    done = project.run("snapshot", "--machine", "here")
    assert done.returncode == 0, done.stdout
    manifest = tomllib.loads(project.manifests()[0].read_text(encoding="utf-8"))
    expected = np.random.RandomState(4294967298 % 2**32).random(4)
    assert manifest["probes"][1]["result"]["bits"] == expected.tobytes().hex()


def test_interrupt_with_several_jobs_is_quick(tmp_path: Path) -> None:
    """Ctrl-C ends every probe that is under way, and keeps what is finished."""
    project = make_project(tmp_path / "project")
    project.write("mine/__init__.py", "")
    project.write("mine/work.py", WORK)
    project.write("mine/scale.py", "FACTOR = 2.0\n")
    names = ("prints", "hangs")
    declared = "".join(declare(name).replace("limit_s = 3\n", "limit_s = 300\n") for name in names)
    more = declare("hangs", "").replace('id = "hangs"', 'id = "again"')
    project.write(
        "suites/small.toml",
        f'schema = "reprokit/suite/1"\nname = "small"\n{declared}{more}',
    )
    project.commit()
    process = subprocess.Popen(
        project.command("snapshot", "--machine", "here", "--jobs", "2"),
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "prints" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "1 of 3 probes are finished and kept" in errors


def test_code_from_elsewhere_is_not_measured(tmp_path: Path) -> None:
    """A module of Python's own name is not run in place of the one that was hashed."""
    project = make_project(tmp_path / "project")
    project.write(
        "statistics.py", "import mlx.core as mx\n\ndef mean():\n    return mx.ones((2,))\n"
    )
    head = 'schema = "reprokit/suite/1"\nname = "small"\n'
    project.write(
        "suites/small.toml",
        f'{head}[[probe]]\nid = "x"\nexpectation = "machine"\nop = "statistics:mean"\n',
    )
    project.commit()
    done = subprocess.run(
        ["reprokit", "snapshot", "--machine", "here"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "was imported from elsewhere than the project" in done.stdout
