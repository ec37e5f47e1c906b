"""Machines that bear one name in manifests from different places."""

from __future__ import annotations

import pytest

from reprokit.compare.same_names import tell_machines_apart
from reprokit.model.collection import FoundManifest
from reprokit.model.environment import Repository
from tests.builders import make_manifest

A, B = ("0a" * 20, "0b" * 20)


def find(machine: str, argument: int, *parts: str, commit: str = A) -> FoundManifest:
    """Make a manifest of a machine that was found somewhere."""
    manifest = make_manifest(machine, repository=Repository(commit=commit))
    return FoundManifest(manifest=manifest, argument=argument, parts=parts)


def name_machines(*found: FoundManifest) -> list[str]:
    """Name the machines, in order."""
    return list(tell_machines_apart(found))


def test_other_machines_keep_their_names_in_the_order_of_arguments() -> None:
    """Where names differ, nothing is added; those of one argument are sorted."""
    found = (find("m5", 0, "x"), find("m3", 1, "y", "m3"), find("m1", 1, "y", "m1"))
    assert name_machines(*found) == ["m5", "m1", "m3"]


def test_files_of_one_folder_are_one_machine() -> None:
    """As in `manifests/m1/`: two suites, or two commits, are one machine's evidence."""
    found = (find("m1", 0, "r", "m1"), find("m1", 0, "r", "m1"), find("m1", 0, "r", "m1", commit=B))
    assert {name: len(items) for name, items in tell_machines_apart(found).items()} == {"m1": 3}


def test_folders_of_other_commits_are_one_machine() -> None:
    """Artifacts of two runs at two commits are one machine's history."""
    assert name_machines(find("m1", 0, "r", "1"), find("m1", 0, "r", "2", commit=B)) == ["m1"]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ((("r", "alice", "m1"), ("r", "bob", "m1")), ["m1@alice", "m1@bob"]),
        ((("alice", "x"), ("bob", "y")), ["m1@x", "m1@y"]),
        ((("alice",), ("deep", "er", "bob")), ["m1@alice", "m1@bob"]),
        ((("a", "Run #1"), ("b", "run-1")), ["m1@a", "m1@b"]),
        ((("Run #1",), ("run-1",)), ["m1@1", "m1@2"]),
        (((), ("r",)), ["m1@1", "m1@2"]),
        ((("é",), ("ü",)), ["m1@1", "m1@2"]),
        ((("x" * 90,), ("y" * 90,)), [f"m1@{'x' * 24}", f"m1@{'y' * 24}"]),
    ],
)
def test_folders_of_one_commit_are_told_apart(
    paths: tuple[tuple[str, ...], ...], names: list[str]
) -> None:
    """Two people's machines of one name bear the name of the folder that tells them apart."""
    for arguments in ((0, 0), (0, 1)):
        found = [find("m1", it, *parts) for it, parts in zip(arguments, paths, strict=True)]
        machines = tell_machines_apart(found)
        assert list(machines) == names
        assert [items[0].machine for items in machines.values()] == names


def test_arguments_are_told_apart_at_any_commit() -> None:
    """`compare old.toml new.toml` of one machine is about two states of it."""
    assert name_machines(find("m1", 0, "old"), find("m1", 1, "new", commit=B)) == [
        "m1@old",
        "m1@new",
    ]


def test_numbers_stand_in_order() -> None:
    """Where nothing else tells machines apart, numbers do, of one width."""
    found = [find("m1", number, *["x"] * number) for number in range(12)]
    assert name_machines(*found) == [f"m1@{number:02}" for number in range(1, 13)]
