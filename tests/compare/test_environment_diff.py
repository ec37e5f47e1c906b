"""Differences of environments, ranked by whether they can change bytes."""

from __future__ import annotations

from dataclasses import replace

from reprokit.compare.environment_diff import RULES, compare_environments, rank_fact
from reprokit.model.environment import (
    Drift,
    DriftKind,
    DriftSeverity,
    Environment,
    Gap,
    Hardware,
    NativeLibrary,
    OperatingSystem,
    Package,
    Variable,
)
from reprokit.model.environment_difference import Impact
from reprokit.model.environment_facts import flatten_environment
from tests.builders import make_digest, make_environment

BASE = replace(
    make_environment(),
    packages=(
        Package(
            name="mlx-metal",
            version="0.32.4",
            wheel="py3-none-macosx_15_0_arm64",
            libraries=(NativeLibrary(path="mlx/lib/mlx.metallib", sha256=make_digest("a")),),
        ),
    ),
)


def test_equal_environments_have_no_difference() -> None:
    """An environment does not differ from itself."""
    assert compare_environments(BASE, BASE) == ()


def test_every_fact_has_a_rank() -> None:
    """Whatever an environment can say, a rule decides it."""
    full = replace(BASE, variables=(Variable(name="MLX_ENABLE_TF32", value="0"),))
    for fact in flatten_environment(full):
        assert rank_fact(fact)[0] in Impact
    assert len({pattern for pattern, _, _ in RULES}) == len(RULES)


def test_likely_causes_come_first() -> None:
    """Wheel, system build and TF32 stand above memory and kernel."""
    other = replace(
        BASE,
        hardware=replace(BASE.hardware, memory_bytes=1),
        os=replace(BASE.os, build="25F84", kernel="25.6.0"),
        variables=(Variable(name="MLX_ENABLE_TF32", value="0"),),
        packages=(replace(BASE.packages[0], wheel="py3-none-macosx_26_0_arm64"),),
    )
    found = compare_environments(BASE, other)
    impacts = [item.impact for item in found]
    assert impacts == sorted(impacts, key=list(Impact).index)
    high = {item.fact for item in found if item.impact is Impact.HIGH}
    assert high == {"os.build", "variables.MLX_ENABLE_TF32", "packages.mlx-metal.wheel"}
    assert {item.fact for item in found if item.impact is Impact.LOW} == {
        "hardware.memory_bytes",
        "os.kernel",
    }
    assert all(item.reason for item in found)


def test_gap_is_not_a_difference() -> None:
    """Where one side does not know, whether it differs is unknown, with the reason."""
    blind = replace(
        BASE,
        os=replace(BASE.os, version=None),
        gaps=(Gap(fact="os.version", reason="`sw_vers` is not there"),),
    )
    (difference,) = compare_environments(BASE, blind)
    assert difference.impact is Impact.UNKNOWN
    assert "`sw_vers` is not there" in difference.reason


def test_story_3_a_changed_machine_is_not_taken_for_a_changed_wheel() -> None:
    """Equal wheels on another chip: the chip is told, and of the wheel nothing."""
    m1 = Environment(
        hardware=Hardware(chip="Apple M1 Max", gpu_architecture="applegpu_g13s"),
        os=OperatingSystem(name="macOS", version="26.4.1"),
        packages=BASE.packages,
    )
    m5 = replace(m1, hardware=Hardware(chip="Apple M5", gpu_architecture="applegpu_g17g"))
    facts = {item.fact for item in compare_environments(m1, m5)}
    assert facts == {"family", "hardware.chip", "hardware.gpu_architecture"}


def test_story_9_native_libraries_drift_under_an_unchanged_lock() -> None:
    """Equal lock and version, another metallib: named, as the likeliest cause."""
    library = NativeLibrary(path="mlx/lib/mlx.metallib", sha256=make_digest("b"))
    other = replace(BASE, packages=(replace(BASE.packages[0], libraries=(library,)),))
    (difference,) = compare_environments(BASE, other)
    assert difference.fact == "packages.mlx-metal.library mlx/lib/mlx.metallib"
    assert difference.impact is Impact.HIGH


def test_drift_is_a_difference() -> None:
    """A machine whose MLX was edited is not like one whose was not."""
    drift = Drift(
        kind=DriftKind.EDITED, package="mlx", detail="`x.py`", severity=DriftSeverity.HIGH
    )
    (difference,) = compare_environments(BASE, replace(BASE, drift=(drift,)))
    assert difference.impact is Impact.HIGH
    assert difference.fact == "drift.high.mlx edited"
