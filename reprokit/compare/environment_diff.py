"""Differences of two environments, ranked by whether they can change bytes.

The ranks stand in RULES, each with its reason; the first rule whose pattern fits a fact counts.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from reprokit.model.environment_difference import EnvironmentDifference, Impact
from reprokit.model.environment_facts import flatten_environment

if TYPE_CHECKING:
    from reprokit.model.environment import Environment

RULES: tuple[tuple[str, Impact, str], ...] = (
    ("variables.MLX_ENABLE_TF32", Impact.HIGH, "TF32 cuts operands of products to 11 bits"),
    ("variables.MLX_METAL_GPU_ARCH", Impact.HIGH, "chooses the kernels of another GPU"),
    ("variables.MLX_DISABLE_COMPILE", Impact.HIGH, "compiled kernels use fast arithmetic"),
    ("variables.MLX_SDPA_BLOCKS", Impact.HIGH, "changes the order of sums in attention"),
    ("variables.MLX_CONV_*", Impact.HIGH, "chooses another convolution"),
    ("variables.*", Impact.MEDIUM, "changes how work is cut up, and sums with it"),
    ("drift.high.*", Impact.HIGH, "what ran was not what is locked, or not as it was installed"),
    ("drift.*", Impact.LOW, "an installation that is not as locked, beside MLX"),
    ("packages.*.library *", Impact.HIGH, "the kernels themselves"),
    ("packages.mlx*.version", Impact.HIGH, "another release of MLX"),
    ("packages.mlx*.wheel", Impact.HIGH, "one lock holds several wheels, with other kernels"),
    ("packages.*.locked_*", Impact.HIGH, "another file of the lock"),
    ("packages.*.record_sha256", Impact.HIGH, "other files under the same version"),
    ("packages.*.source", Impact.HIGH, "built elsewhere, by another compiler"),
    ("packages.*.version", Impact.MEDIUM, "another release of a package"),
    ("packages.*", Impact.LOW, "says how it was installed"),
    ("family", Impact.HIGH, "not expected to give equal bytes"),
    ("hardware.gpu_architecture", Impact.HIGH, "other GPU, other kernels and functions"),
    ("hardware.cpu_architecture", Impact.HIGH, "another instruction set"),
    ("hardware.cpu_features", Impact.HIGH, "fused operations and vector lengths decide roundings"),
    ("hardware.emulator", Impact.MEDIUM, "an emulator computes what the chip would, or should"),
    ("hardware.chip", Impact.MEDIUM, "a chip of the same architecture may run other kernels"),
    ("hardware.gpu_cores", Impact.MEDIUM, "some kernels cut work by the number of cores"),
    ("hardware.*", Impact.LOW, "does not take part in arithmetic"),
    ("os.build", Impact.HIGH, "macOS compiles Metal kernels, and its functions change by build"),
    ("os.version", Impact.HIGH, "a system's own functions change by version"),
    ("os.name", Impact.HIGH, "another system, with other functions"),
    ("os.libc", Impact.HIGH, "log, exp and others on a CPU come from the C library"),
    ("os.kernel", Impact.LOW, "does not take part in arithmetic"),
    ("device.default", Impact.HIGH, "CPU and GPU compute by other kernels"),
    ("device.architecture", Impact.HIGH, "MLX chooses kernels by it"),
    ("device.driver", Impact.HIGH, "the driver compiles kernels"),
    ("device.*", Impact.LOW, "limits of memory"),
    ("lock.sha256", Impact.MEDIUM, "some package may differ; those of MLX are listed"),
    ("lock.*", Impact.LOW, "says whether the lock is up to date"),
    ("python.version", Impact.MEDIUM, "Python's own random and hash order may change"),
    ("python.free_threaded", Impact.MEDIUM, "threads may take turns in another order"),
    ("python.*", Impact.LOW, "does not take part in MLX's arithmetic"),
)


def compare_environments(
    before: Environment, after: Environment
) -> tuple[EnvironmentDifference, ...]:
    """List what differs, the likeliest causes of other bytes first.

    A fact that is a gap on one side is told as `unknown`: whether it differs cannot be said.
    """
    facts = flatten_environment(before), flatten_environment(after)
    gaps = {gap.fact: gap.reason for item in (before, after) for gap in item.gaps}
    differences = [
        _judge(name, facts[0].get(name), facts[1].get(name), gaps)
        for name in dict.fromkeys((*facts[0], *facts[1]))
        if facts[0].get(name) != facts[1].get(name)
    ]
    return tuple(sorted(differences, key=lambda item: list(Impact).index(item.impact)))


def _judge(
    name: str, before: str | None, after: str | None, gaps: dict[str, str]
) -> EnvironmentDifference:
    if name in gaps and (before is None or after is None):
        impact, reason = Impact.UNKNOWN, f"not known on one side: {gaps[name]}"
    else:
        impact, reason = rank_fact(name)
    return EnvironmentDifference(
        fact=name, before=before, after=after, impact=impact, reason=reason
    )


def rank_fact(name: str) -> tuple[Impact, str]:
    """Say whether a difference in a fact can change bytes, and why."""
    return next((impact, reason) for pattern, impact, reason in RULES if fnmatchcase(name, pattern))
