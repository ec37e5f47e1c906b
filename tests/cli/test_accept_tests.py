"""`reprokit accept --tests` over several families, in a user's project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.baseline import BaselineStatus
from reprokit.store.baselines import encode_text
from tests.baselines import make_baseline, make_entry
from tests.projects import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

ACCEPT = ("accept", "--tests", "--by", "Ada", "--reason", "first results")
FAMILIES = ("applegpu_g13s", "applegpu_g17s")


def leave_pending(root: Path) -> tuple[Project, list[Path]]:
    """Make a project with a pending result in two families; return it, and their files."""
    project = make_project(root)
    pending = make_entry("test_a.py::test_a", suite="", status=BaselineStatus.PENDING)
    texts = {it: encode_text(make_baseline(pending, family=it)) for it in FAMILIES}
    return project, [
        project.write(f"manifests/accepted/{family}.toml", text) for family, text in texts.items()
    ]


def test_each_family_is_told_where_it_was_written(tmp_path: Path) -> None:
    """The results first, then how many there are, and the file."""
    project, files = leave_pending(tmp_path / "project")
    done = project.run(*ACCEPT)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("accepted")]
    assert told == [f"accepted 1: manifests/accepted/{it}.toml" for it in FAMILIES]
    assert all('status = "accepted"' in path.read_text() for path in files)


def test_a_baseline_that_is_wrong_leaves_all_others_alone(tmp_path: Path) -> None:
    """All are read before the first is written, and nothing is said to be accepted."""
    project, (first, second) = leave_pending(tmp_path / "project")
    second.write_text(second.read_text() + "<<<<<<< ours\n")
    before = first.read_bytes()
    done = project.run(*ACCEPT)
    assert done.returncode == 2
    assert FAMILIES[1] in done.stderr
    assert "accepted" not in done.stdout
    assert first.read_bytes() == before
