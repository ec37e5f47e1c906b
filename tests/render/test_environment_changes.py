"""What changed between environments, in a line."""

from __future__ import annotations

from dataclasses import replace

from reprokit.compare.environment_diff import compare_environments
from reprokit.model.environment import NativeLibrary, Package
from reprokit.model.environment_difference import EnvironmentDifference, Impact
from reprokit.render.environment_changes import MOST_CHANGES, describe_changes
from tests.builders import make_digest, make_environment


def make_difference(
    fact: str, before: str | None, after: str | None, impact: Impact = Impact.HIGH
) -> EnvironmentDifference:
    """Make a difference in one fact."""
    return EnvironmentDifference(
        fact=fact, before=before, after=after, impact=impact, reason="for a test"
    )


def make_package(version: str, content: str) -> Package:
    """Make a package of which all facts follow from its version and its content."""
    return Package(
        name="mlx-metal",
        version=version,
        record_sha256=make_digest(content),
        libraries=(NativeLibrary(path="mlx/lib/mlx.metallib", sha256=make_digest(content)),),
    )


def tell_packages(before: Package, after: Package) -> str:
    """Say what changed between environments of one package each."""
    environment = make_environment()
    return describe_changes(
        compare_environments(
            replace(environment, packages=(before,)), replace(environment, packages=(after,))
        )
    )


def test_a_package_is_told_once() -> None:
    """What follows from another version goes without saying; without one its files are told."""
    assert tell_packages(make_package("1.0", "a"), make_package("1.1", "b")) == (
        "can change bytes: mlx-metal 1.0 -> 1.1"
    )
    assert tell_packages(make_package("1.0", "a"), make_package("1.0", "b")) == (
        "can change bytes: other files of mlx-metal"
    )


def test_impacts_are_told_apart() -> None:
    """The likeliest first; a digest by its first digits, what is absent as such."""
    told = describe_changes(
        [
            make_difference("os.build", "25A1", "25B2"),
            make_difference("variables.MLX_ENABLE_TF32", None, "0"),
            make_difference("lock.sha256", "a" * 64, "b" * 64, Impact.MEDIUM),
            make_difference("os.libc", None, "glibc 2.41", Impact.UNKNOWN),
        ]
    )
    assert told == (
        "can change bytes: os.build 25A1 -> 25B2, variables.MLX_ENABLE_TF32 none -> 0; "
        "may change bytes: lock.sha256 aaaaaaaaaaaa -> bbbbbbbbbbbb; "
        "unknown on one side: os.libc unknown -> glibc 2.41"
    )


def test_nothing_is_said_of_nothing() -> None:
    """Equal environments have no line."""
    assert not describe_changes([])


def test_many_and_long_changes_stay_short() -> None:
    """Beyond a few the rest is counted, and a long value is cut."""
    many = [make_difference(f"variables.V{it}", "x" * 500, str(it)) for it in range(50)]
    told = describe_changes(many)
    assert told.endswith(f"and {50 - MOST_CHANGES} more")
    assert len(told) < 700
