"""The words that every format shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.names import short

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.environment import Environment

UNKNOWN = "unknown"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MACHINE_HEAD = ("machine", "family", "chip", "system", "python", "mlx", "evidence")

VERDICT_WORDS = {
    Verdict.IDENTICAL: "identical",
    Verdict.DIFFERENT: "DIFFERENT",
    Verdict.NOT_COMPARABLE: "not comparable",
    Verdict.MISSING: "missing",
    Verdict.FAILED: "FAILED",
}

SEVERITY_WORDS = {Severity.NONE: "", Severity.WARNING: "warning", Severity.BLOCKING: "BLOCKING"}


def describe_chip(environment: Environment) -> str:
    """Name the chip, or its architecture where it is unknown; an emulator stands behind it."""
    hardware = environment.hardware
    chip = hardware.chip or hardware.cpu_architecture or UNKNOWN
    return f"{chip} ({hardware.emulator})" if hardware.emulator else chip


def describe_system(environment: Environment) -> str:
    """Name the operating system and its version, as `macOS 26.4.1`."""
    parts = (environment.os.name, environment.os.version)
    return " ".join(part for part in parts if part) or UNKNOWN


def describe_machine(machine: MachineEvidence) -> tuple[str, ...]:
    """Give a machine's row under MACHINE_HEAD."""
    environment = machine.environment
    return (
        machine.name,
        machine.family,
        describe_chip(environment),
        describe_system(environment),
        environment.python.version or UNKNOWN,
        environment.package_version("mlx") or UNKNOWN,
        f"{machine.origin.kind}, {machine.created[:10]}",
    )


def letter_clusters(probe: ProbeComparison) -> dict[str, str]:
    """Give each machine the letter of its cluster: A for the largest.

    Where definitions part, letters begin anew for each, and `A/2` is of the second: it is not to
    be held against `A`.
    """
    groups: dict[str, int] = {}
    letters: dict[str, str] = {}
    for cluster in probe.clusters:
        definition = probe.definitions[cluster[0]]
        index = groups[definition] = groups.get(definition, -1) + 1
        letter = _LETTERS[index] if index < len(_LETTERS) else f"#{index + 1}"
        group = list(groups).index(definition)
        letters |= dict.fromkeys(cluster, f"{letter}/{group + 1}" if group else letter)
    return letters


def describe_result(probe: ProbeComparison, machine: str) -> str:
    """Give a machine's cell in the row of a probe: cluster and 12 hex digits, or a state."""
    letter = letter_clusters(probe).get(machine)
    digest = short(probe.digests[machine]) if machine in probe.digests else ""
    if letter and probe.states[machine] == "ok":
        return f"{letter} {digest}"
    return f"{probe.states[machine]} {digest}".strip()


def count_verdicts(comparison: Comparison) -> str:
    """Sum up, as `8 identical, 5 different; 0 blocking, 5 warnings`."""
    verdicts = [
        f"{comparison.count(verdict)} {verdict.value.replace('-', ' ')}"
        for verdict in Verdict
        if comparison.count(verdict) or verdict in {Verdict.IDENTICAL, Verdict.DIFFERENT}
    ]
    blocking = comparison.count_severity(Severity.BLOCKING)
    warnings = comparison.count_severity(Severity.WARNING)
    plural = "" if warnings == 1 else "s"
    return f"{', '.join(verdicts)}; {blocking} blocking, {warnings} warning{plural}"


def describe_note(probe: ProbeComparison) -> str:
    """Give what is to be said of a probe beside its verdict."""
    if probe.reason:
        return probe.reason
    return "better than promised" if probe.better_than_promised else ""
