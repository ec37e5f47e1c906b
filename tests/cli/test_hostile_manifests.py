"""The real command on manifests and files of strangers: nothing they hold is obeyed."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from reprokit.cli.app import app
from reprokit.cli.options import OutputFormat
from reprokit.model.definition import Definition
from reprokit.model.environment import (
    Device,
    Drift,
    DriftKind,
    DriftSeverity,
    Environment,
    Gap,
    Hardware,
    Interpreter,
    Lock,
    NativeLibrary,
    OperatingSystem,
    Package,
    Repository,
    Variable,
)
from reprokit.model.manifest import Manifest, Origin, OriginKind, SuiteReference
from reprokit.model.record import ArrayFacts, Failure, NamedArray, Record, Relation, Status
from reprokit.store.manifests import encode_text
from tests.builders import COMMIT, make_digest, make_manifest, make_probe, make_record, make_run
from tests.projects import Project
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVIL = (
    "\x1b[31mred\x1b]0;t\x07\x9b2J\x7f\u202eltr\u2066\u200b\ufeff\u2028|`*_<script>alert(1)</script>"
    "<img src=x onerror=alert(1)>[a](javascript:alert(1)) @everyone &lt; ]]> --> \\ ' \"\n"
    "# head\n::error::x\r\n| a | b |\n$(touch owned) %0A"
)
ENVIRONMENT = Environment(
    hardware=Hardware(
        chip=EVIL,
        model=EVIL,
        cpu_architecture=EVIL,
        cpu_features=(EVIL,),
        core_levels=(EVIL,),
        gpu_architecture=EVIL,
        emulator=EVIL,
        virtual=EVIL,
    ),
    os=OperatingSystem(name=EVIL, version=EVIL, build=EVIL, kernel=EVIL, libc=EVIL),
    python=Interpreter(implementation=EVIL, version=EVIL, build=EVIL, compiler=EVIL, manager=EVIL),
    packages=(
        Package(
            name="mlx",
            version=EVIL,
            wheel=EVIL,
            source=EVIL,
            installer=EVIL,
            locked_file=EVIL,
            locked_sha256=EVIL,
            record_sha256=EVIL,
            libraries=(NativeLibrary(path=EVIL, sha256=EVIL),),
        ),
        Package(name=EVIL, version=EVIL),
    ),
    lock=Lock(sha256=EVIL),
    device=Device(default=EVIL, name=EVIL, architecture=EVIL, driver=EVIL),
    variables=(Variable(name=EVIL, value=EVIL),),
    drift=(Drift(kind=DriftKind.EDITED, package=EVIL, detail=EVIL, severity=DriftSeverity.HIGH),),
    gaps=(Gap(fact=EVIL, reason=EVIL),),
)


def make_evil(machine: str, word: str) -> Manifest:
    """Make a manifest with the same text wherever a text may stand."""
    relation = Relation(name=EVIL, holds=False, facts={"a": EVIL, "b": float("nan"), EVIL: 1})
    array = ArrayFacts(digest=make_digest(word), dtype=EVIL, shape=(8,))
    other = Definition(op=EVIL, arguments={EVIL: (EVIL, word)}, dtype=EVIL, key=EVIL, device=EVIL)
    good = replace(make_record(word), relation=relation)
    tree = replace(
        good,
        result=array,
        leaves=(NamedArray(name=EVIL, array=array),),
        stages=(NamedArray(name=EVIL, array=array),),
        runs=(make_run(word),),
    )
    crashed = Record(status=Status.CRASHED, failure=Failure(reason=EVIL, stderr=EVIL))
    skipped = Record(status=Status.SKIPPED, failure=Failure(reason=EVIL))
    nan = replace(
        array, statistics=dict.fromkeys(("mean", "deviation", "smallest", "largest"), -1.0)
    )
    probes = (
        replace(make_probe("relation", record=good), relation=True),
        make_probe("tree", record=tree),
        make_probe("other", definition=other, record=good),
        make_probe("crashed", record=crashed),
        make_probe("skipped", record=skipped),
        make_probe("nan", record=Record(status=Status.OK, result=nan)),
        make_probe("same"),
    )
    manifest = make_manifest(
        machine,
        probes,
        family=machine,
        environment=ENVIRONMENT,
        repository=Repository(
            commit=COMMIT, branch=EVIL, tag=EVIL, remote=EVIL, dirty=True, submodules=(EVIL,)
        ),
        origin=Origin(kind=OriginKind.PUBLISHED, sources=(EVIL,), note=EVIL),
    )
    suites = (SuiteReference(name="core", sha256=make_digest("s"), excludes=EVIL),)
    return replace(manifest, project=EVIL, suites=suites)


@pytest.fixture
def evil(tmp_path: Path) -> Project:
    """A folder with the manifests of two machines, all of whose texts mean harm."""
    for machine, word in (("m1", "a"), ("m5", "b")):
        text = encode_text(make_evil(machine, word))
        (tmp_path / f"{machine}.toml").write_text(text, encoding="utf-8")
    return Project(root=tmp_path)


def list_files(folder: Path) -> list[str]:
    """List whatever lies below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def is_harmless(text: str) -> bool:
    """Tell whether a text has nothing in it that a terminal obeys or does not show."""
    return all(
        char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        for char in text
    )


@pytest.mark.parametrize("form", list(OutputFormat))
def test_no_format_obeys_what_a_manifest_says(evil: Project, form: OutputFormat) -> None:
    """Each text is escaped as the format needs it; nothing is run, no other file is written."""
    before = list_files(evil.root)
    done = evil.run("compare", "m1.toml", "m5.toml", "--format", form, "--verbose")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert is_harmless(done.stdout)
    assert list_files(evil.root) == before
    lines = done.stdout.splitlines()
    assert not [line for line in lines if line.startswith(("# head", "::error::x", "| a | b |"))]
    if form is OutputFormat.MARKDOWN or done.stdout.startswith("<"):
        assert not re.search(r"(?<!\\)<(script>alert|img src=x)", done.stdout)
    if form is OutputFormat.JSON:
        assert json.loads(done.stdout)["machines"][0]["chip"] == EVIL


@pytest.mark.parametrize("command", [("machines",), ("env", "diff", "m1", "m5")])
def test_other_commands_do_not_either(evil: Project, command: tuple[str, ...]) -> None:
    """Whatever shows what a manifest holds shows it escaped."""
    (evil.root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="ascii")
    for machine in ("m1", "m5"):
        (evil.root / "manifests" / machine).mkdir(parents=True)
        file = evil.root / f"manifests/{machine}/{COMMIT[:12]}.toml"
        shutil.move(evil.root / f"{machine}.toml", file)
    done = evil.run(*command)
    assert done.returncode == 0, done.stderr
    assert is_harmless(done.stdout)


def test_milestone_writes_its_documents_and_nothing_else(evil: Project) -> None:
    """Neither names nor texts of manifests lead it elsewhere."""
    (evil.root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="ascii")
    for machine in ("m1", "m5"):
        (evil.root / "manifests" / machine).mkdir(parents=True)
        file = evil.root / f"manifests/{machine}/{COMMIT[:12]}.toml"
        shutil.move(evil.root / f"{machine}.toml", file)
    before = set(list_files(evil.root))
    done = evil.run("milestone", "r1", "--date", "2026-05-20")
    assert "Traceback" not in done.stderr
    written = set(list_files(evil.root)) - before
    assert {name for name in written if not name.startswith(("milestones", ".reprokit"))} == set()
    text = (evil.root / "milestones/r1-2026-05-20.md").read_text(encoding="utf-8")
    assert is_harmless(text)
    assert not re.search(r"(?<!\\)<(script>alert|img src=x)", text)


GOOD = (ROOT / "manifests/linux-x86-64/1491acf7db13.toml").read_bytes()


def put_pipe(path: Path) -> None:
    """Put a pipe that nobody writes to."""
    os.mkfifo(path)


def put_device(path: Path) -> None:
    """Put a link to a device that never ends."""
    path.symlink_to("/dev/zero")


def put_terminal(path: Path) -> None:
    """Put a link to whatever terminal there is."""
    path.symlink_to("/dev/tty")


def put_folder(path: Path) -> None:
    """Put a folder where a file should be."""
    path.mkdir()


def put_circle(path: Path) -> None:
    """Put a link to itself."""
    path.symlink_to(path)


def put_secret(path: Path) -> None:
    """Put a link to a file that is none of ours."""
    path.symlink_to("/etc/passwd")


def put_unreadable(path: Path) -> None:
    """Put a file that only root may read."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.write_bytes(GOOD)
    path.chmod(0)


def put_sparse(path: Path) -> None:
    """Put a file of a terabyte that takes no room."""
    with path.open("wb") as file:
        try:
            file.truncate(2**40)
        except OSError:
            file.truncate(2**30)


@pytest.mark.parametrize(
    "put",
    [
        *(put_pipe, put_device, put_terminal, put_folder),
        *(put_circle, put_secret, put_unreadable, put_sparse),
    ],
)
def test_what_is_no_good_file_is_refused_at_once(tmp_path: Path, put: object) -> None:
    """In a project's folder and as an argument: exit 2, with the file's name."""
    assert callable(put)
    project = Project(root=tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="ascii")
    folder = tmp_path / "manifests" / "m1"
    folder.mkdir(parents=True)
    put(folder / "0a8ec29f1c21.toml")
    (tmp_path / "good.toml").write_bytes(GOOD)
    for arguments in ((), ("good.toml", "manifests/m1/0a8ec29f1c21.toml")):
        done = project.run("compare", *arguments)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stderr
        assert arguments or "root:" not in done.stderr
        assert "m1/0a8ec29f1c21.toml" in done.stderr


@pytest.mark.parametrize(
    "name", [b"caf\xe9", b"a\nhint: run this", b"\x1b[2J\xe2\x80\xae", b"x" * 240]
)
def test_any_name_of_a_file_is_borne(tmp_path: Path, name: bytes) -> None:
    """Names of files and folders are strangers' too: told escaped, in notes and in errors."""
    project = Project(root=tmp_path)
    try:
        folder = tmp_path / "runs" / os.fsdecode(name)
        folder.mkdir(parents=True)
    except OSError:
        pytest.skip("this file system takes no such name")
    (folder / os.fsdecode(name + b".toml")).write_bytes(GOOD)
    (tmp_path / "runs" / "other").mkdir()
    other = GOOD.replace(b'project = "', b'project = "x', 1)
    (tmp_path / "runs" / "other" / "good.toml").write_bytes(other)
    (folder / "none.toml").write_bytes(b"x = 1")
    for form in (OutputFormat.TABLE, OutputFormat.JSON):
        done = project.run("compare", "runs", "--format", form)
        assert done.returncode == 0, done.stderr
        assert is_harmless(done.stdout)
        assert "none.toml" in done.stdout
    (folder / "broken.toml").write_bytes(GOOD[:2000])
    done = project.run("compare", "runs")
    assert done.returncode == 2
    assert "broken.toml" in done.stderr
    assert is_harmless(done.stderr)
    assert len(done.stderr.splitlines()) == 2


@pytest.fixture
def _with_cycles() -> Iterator[None]:
    """Search for cycles again after commands that stop doing so."""
    yield
    gc.enable()


EDITS = st.lists(
    st.tuples(
        st.integers(0, len(GOOD)),
        st.integers(0, 30),
        st.sampled_from([b"", b"\n", b'"', b"[", b"]", b"=", b"nan", b"9" * 30, b"-", b"\xff"])
        | st.binary(max_size=3),
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.usefixtures("_with_cycles")
@settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(EDITS)
def test_no_mutation_of_a_manifest_breaks_the_command(
    tmp_path: Path, edits: list[tuple[int, int, bytes]]
) -> None:
    """It is compared, or refused with exit 2 and a reason; never a traceback."""
    content = GOOD
    for start, length, new in edits:
        content = content[:start] + new + content[start + length :]
    (tmp_path / "good.toml").write_bytes(GOOD.replace(b"2026", b"2025", 1))
    (tmp_path / "bad.toml").write_bytes(content)
    files = [str(tmp_path / name) for name in ("good.toml", "bad.toml")]
    done = CliRunner().invoke(app, ["compare", *files])
    assert done.exit_code in {0, 1, 2}
    assert "Traceback" not in done.stderr
    assert "itself failed" not in done.stderr
    assert is_harmless(done.stdout + done.stderr)
    assert bool(done.stderr) == (done.exit_code == 2)
