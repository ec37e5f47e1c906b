"""What tests of one run share: machine, baseline, processes, and what it costs others."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import BaselineError
from reprokit.model.baseline import make_key
from reprokit.observe.environment import observe_environment
from reprokit.observe.project import read_settings
from reprokit.observe.quick_facts import find_manifests_folder
from reprokit.pytest_plugin.gathering import Gathering
from reprokit.pytest_plugin.pending import write_pending
from reprokit.pytest_plugin.session import observe_family, observe_key
from reprokit.run.device import describe_device, read_device_info
from reprokit.store import held_results
from tests.projects import Project
from tests.pytest_plugin.runs import PYPROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprokit.model.environment import Device, Gap
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]

MANY = """
@pytest.mark.parametrize("size", range(1, 9))
def test_many(reprokit, size):
    reprokit.check(mx.ones(size))

@pytest.mark.xdist_group("group")
def test_grouped(reprokit):
    reprokit.check(mx.ones(10))
"""


def run_spread(tested: TestedProject, *options: str) -> pytest.RunResult:
    """Run the tests in two workers of xdist, which are processes of their own."""
    return tested.pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-p", "no:cacheprovider", "-n", "2", *options
    )


def test_workers_send_results_to_one_writer(tested: TestedProject) -> None:
    """All of both workers' results are written once; states, counts and names are the same."""
    tested.write(MANY)
    done = run_spread(tested, "--reprokit-update", "--dist", "loadgroup")
    assert done.parseoutcomes() == {"pending": 9}
    done.stdout.fnmatch_lines(["9 new on *", "wrote 9 pending to *"])
    names = {f"test_a.py::test_many[{size}]" for size in range(1, 9)}
    assert set(tested.list_entries()) == names | {"test_a.py::test_grouped"}
    tested.path.write_text(tested.path.read_text().replace('"pending"', '"accepted"'))
    before = tested.path.read_bytes()
    alone = tested.run()
    alone.assert_outcomes(passed=9)
    tested.write(MANY.replace("mx.ones(10)", "mx.zeros(10)"))
    done = run_spread(tested)
    done.assert_outcomes(passed=8, failed=1)
    done.stdout.fnmatch_lines(["E*10 of 10 elements differ*", "8 accepted, 1 changed on *"])
    assert tested.path.read_bytes() == before


def test_a_worker_that_dies_takes_nothing_with_it(tested: TestedProject) -> None:
    """What its tests before gave is written."""
    tested.write(
        """
import os

@pytest.mark.parametrize("size", range(1, 5))
def test_many(reprokit, size):
    if size == 4:
        os._exit(3)
    reprokit.check(mx.ones(size))
"""
    )
    done = tested.pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-n", "1", "--max-worker-restart", "0", "--reprokit-update"
    )
    assert done.ret != 0
    assert set(tested.list_entries()) == {f"test_a.py::test_many[{size}]" for size in (1, 2, 3)}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('status = "pending"', 'status = "pending_review"'), "status"),
        (("[[baseline.probe]]", "<<<<<<< HEAD\n[[baseline.probe]]"), "conflict"),
        (("reprokit/baseline/1", "reprokit/baseline/9"), "newer than this reprokit"),
        (('dtype = "float32"', 'dtype = "float16"'), "bytes are no float16[3]"),
    ],
)
def test_a_wrong_baseline_is_told_and_kept(
    tested: TestedProject, edit: tuple[str, str], words: str
) -> None:
    """Tests that use it fail with its place; others run; nothing is written over it."""
    body = "def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n\ndef test_two():\n    pass\n"
    tested.write(body)
    tested.update()
    tested.path.write_text(tested.path.read_text().replace(*edit))
    before = tested.path.read_bytes()
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    assert done.parseoutcomes()["passed"] == 1
    text = done.stdout.str()
    assert f"accepted/{tested.path.name}" in text
    assert words in text
    assert tested.path.read_bytes() == before


def test_a_project_is_needed(tested: TestedProject) -> None:
    """Without one, and with wrong settings, the error is that of every command."""
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    (tested.root / "pyproject.toml").write_text(PYPROJECT + "[tool.reprokit]\nmanifests = 3\n")
    done = tested.run()
    done.assert_outcomes(errors=1)
    assert "pyproject.toml: tool.reprokit.manifests" in done.stdout.str()


def test_settings_name_the_folder(tested: TestedProject) -> None:
    """As for every command."""
    text = PYPROJECT + '[tool.reprokit]\nmanifests = "proof/bytes"\n'
    (tested.root / "pyproject.toml").write_text(text)
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    tested.update()
    assert (tested.root / "proof" / "bytes" / "accepted" / tested.path.name).is_file()


@pytest.mark.parametrize(
    "text",
    ["", "[tool.reprokit]\n", '[tool.reprokit]\nmanifests = "a/b"\n', "# reprokit\n", "[tool.x]\n"],
)
def test_the_folder_is_that_of_the_settings(tmp_path: Path, text: str) -> None:
    """Found without what settings take to be read."""
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "below").mkdir()
    settings = read_settings(tmp_path)
    found = find_manifests_folder(tmp_path / "below")
    assert found == (settings.root, settings.manifests_path)


@pytest.mark.parametrize(
    "text",
    [
        "tool = 1 # reprokit\n",
        "[tool]\nreprokit = 1\n",
        "[tool.reprokit]\nmanifests = 1\n",
        '[tool.reprokit]\nmanifests = "../a"\n',
        '[tool.reprokit]\nmanifests = "/a"\n',
        '[tool.reprokit]\nmanifests = "."\n',
        "reprokit\n",
    ],
)
def test_odd_settings_are_left_to_their_reader(tmp_path: Path, text: str) -> None:
    """Which tells what is wrong."""
    (tmp_path / "pyproject.toml").write_text(text)
    assert find_manifests_folder(tmp_path) is None


def test_family_and_key_are_those_of_a_snapshot(project: Project) -> None:
    """Found without a worker, and the same."""
    settings = read_settings(project.root)

    def ask_device() -> tuple[Device, tuple[Gap, ...]]:
        answer = describe_device()
        return read_device_info(answer["default"], answer["info"]), ()

    environment = observe_environment(settings, ask_device)
    assert observe_family() == environment.family
    assert observe_key() == make_key(environment)


def test_who_does_not_use_it_loads_nothing(tmp_path: Path) -> None:
    """Neither MLX nor anything else of ours but the plugin itself."""
    (tmp_path / "test_a.py").write_text(
        "import sys\n\ndef test_one():\n"
        "    assert 'mlx' not in sys.modules\n"
        "    own = {name for name in sys.modules if name.startswith('reprokit')}\n"
        "    assert own == {'reprokit', 'reprokit.pytest_plugin'}\n"
        "    assert not {'typer', 'msgspec', 'tomlkit', 'git'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "reprokit" not in done.stdout


def test_what_is_written_is_named_from_where_the_user_is(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder below, whose own project is another one to the command."""
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    (tested.root / "pytest.ini").write_text("[pytest]\n")
    (tested.root / "below").mkdir()
    monkeypatch.chdir(tested.root / "below")
    done = tested.run("--reprokit-update", "..")
    done.stdout.fnmatch_lines(["wrote 1 pending to ../manifests/accepted/*"])


def test_what_was_decided_meanwhile_stays(tested: TestedProject) -> None:
    """A result that somebody accepted while tests ran is not written over, which is told."""
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    tested.accept()
    before = tested.path.read_bytes()
    (entry,) = tested.list_entries().values()
    result = {
        "digest": "0" * 64,
        "dtype": "float32",
        "shape": [3],
        "bits": None,
        "block_bytes": 0,
        "blocks": [],
    }
    key = observe_key()
    gathering = Gathering()
    gathering.add(
        {
            "place": (observe_family(), key.mlx, key.wheel, key.tf32),
            "accepted": [],
            "confirmed": [entry.id],
            "others": [
                {
                    "id": entry.id,
                    "state": "new",
                    "said": "",
                    "seen": None,
                    "result": result,
                    "leaves": [],
                }
            ],
        }
    )
    write_pending(gathering, tested.root)
    assert gathering.troubles == [f"not written: `{entry.id}` was decided on meanwhile"]
    assert gathering.written == []
    assert tested.path.read_bytes() == before


def test_ci_reads_the_baseline_itself(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an earlier run kept is not what was reviewed: nobody would see that it is otherwise."""
    monkeypatch.setattr(held_results, "YOUNGEST_NS", 0)
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    tested.accept()
    tested.run().assert_outcomes(passed=1)
    stamp, family, key = held_results.stamp_file(tested.path), observe_family(), observe_key()
    assert stamp is not None
    kept = held_results.read_kept(tested.root, family, stamp, key)
    assert kept is not None
    other = hashlib.sha256(bytes(12)).hexdigest()
    forged = {name: line[:-64] + other for name, line in kept.items()}
    held_results.keep_held(tested.root, family, stamp, key, forged)
    tested.run().assert_outcomes(failed=1)  # here it is believed
    monkeypatch.setenv("CI", "1")
    tested.run().assert_outcomes(passed=1)
    kept_file = tested.root / ".reprokit" / "held" / f"{family}.txt"
    kept_file.unlink()
    tested.run().assert_outcomes(passed=1)
    assert not kept_file.exists()


def test_a_name_that_tells_a_folder_is_not_written(tested: TestedProject) -> None:
    """Baselines are published, and hold no path of a machine."""
    tested.write(
        """
import os

@pytest.mark.parametrize("folder", [os.getcwd()])
def test_one(reprokit, folder):
    reprokit.check(mx.ones(3))
"""
    )
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    assert "names a folder of this machine" in done.stdout.str()
    assert not tested.path.exists()


def test_review_accepts_what_tests_left(tested: TestedProject) -> None:
    """From new to green, with the commands that the plugin names; the commit stands in the file."""
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    project = Project(root=tested.root)
    project.git("init", "--quiet")
    project.write(".gitignore", "__pycache__/\n")  # else a run of tests is an uncommitted change
    commit = project.commit()
    tested.update()
    assert project.run("check", "--no-run", environment={"CI": "1"}).returncode == 1
    command = project.command("review", "--by", "Ada")
    done = subprocess.run(
        command,
        cwd=tested.root,
        input="accept\nall ones\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "PENDING: test_a.py::test_one" in done.stdout
    (entry,) = tested.list_entries().values()
    assert (entry.status.value, entry.review.by) == ("accepted", "Ada")
    assert (entry.review.reason, entry.review.commit) == ("all ones", commit)
    tested.run().assert_outcomes(passed=1)
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.zeros(3))\n")
    project.commit()
    tested.update()
    done = subprocess.run(
        command, cwd=tested.root, input="quit\n", capture_output=True, text=True, check=False
    )
    digest = entry.result.digest[:12]
    assert f"{digest} was accepted before; once this is removed, git alone has" in done.stdout


def test_many_are_accepted_at_once(tested: TestedProject) -> None:
    """By a script, with a glob or a whole name; what does not fit stays pending."""
    tested.write(MANY)
    Project(root=tested.root).git("init", "--quiet")
    tested.update()
    accept = ("accept", "--tests", "--by", "Ada", "--reason", "first results")
    project = Project(root=tested.root)
    one = project.run(*accept, "--probe", "test_a.py::test_many[3]")
    assert one.returncode == 0, one.stderr
    assert "accepted 1: manifests/accepted/" in one.stdout
    assert tested.list_entries()["test_a.py::test_many[3]"].review.by == "Ada"
    none = project.run(*accept, "--probe", "test_b.py::*")
    assert none.returncode == 2
    assert "no test left anything pending that fits `test_b.py::*`" in none.stderr
    rest = project.run(*accept, "--family", observe_family(), "--probe", "test_a.py::test_many*")
    assert "accepted 7" in rest.stdout
    assert tested.run().parseoutcomes() == {"passed": 8, "pending": 1}
    assert project.run(*accept, environment={"CI": "1"}).returncode == 2
    assert project.run(*accept, "--machine", "m5").returncode == 2
    assert project.run("accept", "--reason", "none is named").returncode == 2


@pytest.mark.parametrize("spread", ["load", "loadscope", "loadgroup"])
def test_spreading_needs_no_workers(tested: TestedProject, spread: str) -> None:
    """As where a project's settings say how to spread tests, and one runs a single of them."""
    tested.write(MANY)
    done = tested.pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-p", "no:cacheprovider", "--reprokit-update", "--dist", spread
    )
    assert done.ret == 0
    assert done.parseoutcomes() == {"pending": 9}
    assert "test_a.py::test_grouped" in tested.list_entries()


@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_what_is_no_file_is_refused(tested: TestedProject, kind: str) -> None:
    """A pipe would wait, and a link to zeros never end."""
    tested.write("def test_one(reprokit):\n    reprokit.check(mx.ones(3))\n")
    tested.path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(tested.path)
    else:
        tested.path.symlink_to("/dev/zero")
    done = tested.run()
    done.assert_outcomes(errors=1)
    assert f"accepted/{tested.path.name}: is no regular file" in done.stdout.str()


@pytest.mark.parametrize(
    "edit",
    [
        lambda text, digest: re.sub("digest = .*", f'digest = "{digest}"', text),
        lambda text, _: text.replace('bits = "0000', 'bits = "0100'),
        lambda text, _: re.sub("at = .*", 'at = "yesterday"', text),
    ],
)
def test_an_edit_that_a_check_refuses_is_not_green(
    tested: TestedProject, edit: Callable[[str, str], str]
) -> None:
    """As a digest put in by hand, above the bytes that were accepted."""
    body = "def test_one(reprokit):\n    reprokit.check(mx.{}(3))\n"
    tested.write(body.format("ones"))
    tested.accept()
    text = tested.path.read_text()
    digest = hashlib.sha256(bytes(12)).hexdigest()
    tested.path.write_text(edit(text, digest))
    tested.write(body.format("zeros" if digest in tested.path.read_text() else "ones"))
    with pytest.raises(BaselineError) as error:
        tested.read()
    done = tested.run()
    assert done.ret == 1
    assert error.value.message in done.stdout.str()
