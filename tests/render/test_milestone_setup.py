"""A milestone's method: the commands that measure again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.selection import gather_evidence
from reprokit.compare.verdict import compare_machines
from reprokit.model.environment import Repository
from reprokit.model.names import short
from reprokit.render.milestone_setup import list_snapshots
from tests.builders import COMMIT, make_manifest

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest

AGAIN = f"../again-{short(COMMIT)}"
MEASURE = f"$ (cd {AGAIN} && uv sync --locked && uv run reprokit snapshot --machine"


def list_lines(*manifests: Manifest) -> list[str]:
    """List the lines of one machine's manifests."""
    machine = gather_evidence(manifests, short(COMMIT))
    machine = replace(machine, manifests=manifests)
    return list(list_snapshots(compare_machines([machine], commit=short(COMMIT))))


def test_a_machines_manifests_are_measured_and_compared() -> None:
    """In one work tree; of several the names there are not known, but the folder is."""
    first = replace(make_manifest("m1"), path=f"manifests/m1/{short(COMMIT)}.toml")
    second = replace(first, path=f"manifests/m1/{short(COMMIT)}-0123abcd.toml")
    compare = "$ uv run reprokit compare manifests/m1"
    name = f"{short(COMMIT)}.toml"
    for manifests, comparison in (
        ([second], f"{compare}/{short(COMMIT)}-0123abcd.toml {AGAIN}/manifests/m1/{name}"),
        ([second, first], f"{compare} {AGAIN}/manifests/m1 --commit {short(COMMIT)}"),
    ):
        assert [it for it in list_lines(*manifests) if not it.startswith("# ")] == [
            f"$ git worktree add --detach {AGAIN} {short(COMMIT)}",
            *[f"{MEASURE} m1 --suite core --repeat 2)"] * len(manifests),
            comparison,
        ]


def test_uncommitted_changes_are_told() -> None:
    """A commit does not hold them, and a work tree of it has none to be allowed."""
    dirty = Repository(commit=COMMIT, branch="main", dirty=True, diff_sha256="0" * 64)
    manifest = make_manifest("m1", repository=dirty)
    manifest = replace(manifest, path=f"manifests/m1/{short(COMMIT)}-0123abcd.toml")
    lines = list_lines(manifest)
    assert lines[1].endswith("; 2 runs of each; with uncommitted changes, which are in no commit")
    assert not any("--allow-dirty" in it for it in lines)
    assert lines[-1].endswith(f" {AGAIN}/manifests/m1/{short(COMMIT)}.toml")
