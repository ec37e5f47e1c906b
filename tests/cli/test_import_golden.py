"""`reprokit import golden`, in a user's project."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from reprokit.pytest_plugin.session import observe_family
from reprokit.store.baselines import read_baselines
from tests.golden import make_golden, write_golden

if TYPE_CHECKING:
    from tests.projects import Project

COMMAND = ("import", "golden")


def read_statuses(project: Project) -> dict[str, dict[str, str]]:
    """Read the statuses of all entries, by family and id."""
    baselines = read_baselines(project.root / "manifests", root=project.root)
    return {
        family: {it.id: it.status.value for table in own.tables for it in table.entries}
        for family, own in baselines.items()
    }


def test_statuses_are_kept_and_unknown_ones_reported(project: Project) -> None:
    """Several files at once; what is wrong is named, and the rest is taken over."""
    m5 = write_golden(
        project.root / "golden_hashes_apple_m5.json",
        test_one=make_golden("a", status="accepted"),
        test_two=make_golden("b"),
        test_three=make_golden("c", status="draft"),
    )
    m1 = write_golden(
        project.root / "golden_hashes_apple_m1_max.json",
        test_one=make_golden("d", chip_family="apple_m1_max"),
    )
    old = write_golden(project.root / "golden_hashes.json", test_one=make_golden(chip_family=None))
    names = [path.name for path in (m5, m1, old)]
    told = project.run(*COMMAND, "--dry-run", *names)
    assert told.returncode == 1
    assert "would import 1 pending, 1 accepted" in told.stdout
    assert read_statuses(project) == {}
    done = project.run(*COMMAND, "--by", "Ada", *names)
    assert done.returncode == 1
    assert read_statuses(project) == {
        "applegpu_g13s": {"test_one": "pending"},
        "applegpu_g17g": {"test_one": "accepted", "test_two": "pending"},
    }
    assert "not imported: 2" in done.stdout
    assert "golden_hashes_apple_m5.json: test_three: `status` is `draft`" in done.stdout
    assert "golden_hashes.json: test_one: names no chip" in done.stdout
    again = project.run(*COMMAND, "--by", "Ada", "--family", "applegpu_g13d", *names[2:])
    assert again.returncode == 0, again.stdout
    assert read_statuses(project)["applegpu_g13d"] == {"test_one": "pending"}


def test_a_second_time_changes_nothing(project: Project) -> None:
    """And other hashes for the same tests are conflicts, which leave the file as it is."""
    write_golden(project.root / "hashes.json", test_one=make_golden("a"))
    assert project.run(*COMMAND, "--by", "Ada", "hashes.json").returncode == 0
    path = project.root / "manifests" / "accepted" / "applegpu_g17g.toml"
    before = path.read_bytes()
    again = project.run(*COMMAND, "--by", "Bob", "hashes.json")
    assert again.returncode == 0
    assert "imported nothing; 1 there already" in again.stdout
    write_golden(project.root / "hashes.json", test_one=make_golden("b"))
    other = project.run(*COMMAND, "--by", "Bob", "hashes.json")
    assert other.returncode == 1
    assert "pending by Ada" in other.stdout
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.json",), "missing.json"),
        (("broken.json",), "broken.json: is not JSON"),
        (("--family", "../x", "good.json"), "can be no family's name"),
    ],
)
def test_what_cannot_be_read_writes_nothing(
    project: Project, arguments: tuple[str, ...], words: str
) -> None:
    """Not of the other files either."""
    write_golden(project.root / "good.json", test_one=make_golden())
    (project.root / "broken.json").write_text("{")
    done = project.run(*COMMAND, "--by", "Ada", "good.json", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert read_statuses(project) == {}


def test_nothing_is_written_in_ci(project: Project) -> None:
    """As by every command that decides."""
    write_golden(project.root / "good.json", test_one=make_golden())
    done = project.run(*COMMAND, "--by", "Ada", "good.json", environment={"CI": "true"})
    assert done.returncode == 2
    assert "writes no baseline in CI" in done.stderr
    assert read_statuses(project) == {}


def test_a_test_gives_the_imported_digest(project: Project) -> None:
    """Accepted ones pass and pending ones do not, by the digest or by the bytes under it."""
    text = b'{"weights":[0.5,1.0]}'
    digest = hashlib.sha256(text).hexdigest()
    entry = make_golden(hash=digest, mlx_version="unknown", chip_family=None)
    write_golden(
        project.root / "hashes.json",
        test_bytes=entry | {"status": "accepted"},
        test_digest=entry | {"status": "accepted"},
        test_pending=entry,
    )
    family = ("--family", observe_family())
    prefix = ("--prefix", "test_r1.py::")
    assert project.run(*COMMAND, "--by", "Ada", *family, *prefix, "hashes.json").returncode == 0
    project.write(
        "test_r1.py",
        f"def test_bytes(reprokit):\n    reprokit.check({text!r})\n"
        f"def test_digest(reprokit):\n    reprokit.check_digest({digest!r})\n"
        f"def test_pending(reprokit):\n    reprokit.check({text!r})\n",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest", "test_r1.py"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    assert "2 passed, 1 pending" in done.stdout, done.stdout


def test_a_file_without_entries_is_told(project: Project) -> None:
    """Silence would look as if something had been taken over."""
    project.write("none.json", "{}")
    done = project.run(*COMMAND, "--by", "Ada", "none.json")
    assert (done.returncode, done.stdout) == (
        0,
        "nothing to take over: there is no entry in none.json\n",
    )
