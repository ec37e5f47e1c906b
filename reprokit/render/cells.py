"""The words that every format shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity, Verdict
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.render.divergence_text import describe_divergence, describe_old_value
from reprokit.render.text import name_probes, render_count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence, ProbeComparison
    from reprokit.model.environment import Environment

UNKNOWN = "unknown"
EXPECTED = "as expected"
BETTER = "better than promised"
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
        letter = write_letter(index, list(groups).index(definition))
        letters |= dict.fromkeys(cluster, letter)
    return letters


def write_letter(number: int, definition: int) -> str:
    """Write the letter of a result: `A` for number 0 of definition 0, `B/2` for 1 of 1."""
    letter = _LETTERS[number] if number < len(_LETTERS) else f"#{number + 1}"
    return f"{letter}/{definition + 1}" if definition else letter


def describe_results(probe: ProbeComparison, machines: Iterable[str]) -> list[str]:
    """Give the machines' cells in the row of a probe: cluster and 12 hex digits, or a state."""
    letters = letter_clusters(probe)
    return [_describe_result(probe, name, letters.get(name)) for name in machines]


def _describe_result(probe: ProbeComparison, machine: str, letter: str | None) -> str:
    digest = short(probe.digests[machine]) if machine in probe.digests else ""
    if letter and probe.states[machine] == "ok":
        return f"{letter} {digest}"
    return f"{probe.states[machine]} {digest}".strip()


def is_expected_difference(probe: ProbeComparison) -> bool:
    """Tell whether a probe differs that promises nothing, and so is no finding."""
    return probe.verdict is Verdict.DIFFERENT and probe.severity is Severity.NONE


def describe_verdict(probe: ProbeComparison) -> str:
    """Give the word for a verdict; in capitals where it may be a finding."""
    return "different" if is_expected_difference(probe) else VERDICT_WORDS[probe.verdict]


def count_verdicts(comparison: Comparison) -> str:
    """Sum up, as `8 identical, 5 different; 0 blocking, 5 warnings`."""
    verdicts = [
        f"{comparison.count(verdict)} {verdict.value.replace('-', ' ')}"
        for verdict in Verdict
        if comparison.count(verdict) or verdict in {Verdict.IDENTICAL, Verdict.DIFFERENT}
    ]
    expected = sum(map(is_expected_difference, comparison.probes))
    if expected:
        verdicts[1] += f" ({expected} as expected)"
    blocking = comparison.count_severity(Severity.BLOCKING)
    warnings = comparison.count_severity(Severity.WARNING)
    return f"{', '.join(verdicts)}; {blocking} blocking, {render_count(warnings, 'warning')}"


def describe_note(probe: ProbeComparison, *, verbose: bool = False) -> str:
    """Give what is to be said of a probe beside its verdict.

    Args:
        probe: The probe.
        verbose: Whether to say of each that it does better than promised; else
            `describe_better` says so once.
    """
    notes = [EXPECTED] if is_expected_difference(probe) else []
    notes += [probe.reason] if probe.reason else []
    notes += describe_divergences(probe)
    notes += map(describe_old_value, probe.old_values)
    notes += [BETTER] if verbose and probe.better_than_promised else []
    return "; ".join(notes)


def describe_divergences(probe: ProbeComparison) -> list[str]:
    """Say of each pair of clusters how it parts, briefly, and which is held against which."""
    told = [(it, describe_divergence(it, brief=True)) for it in probe.divergences]
    letters = letter_clusters(probe)
    return [
        f"{letters[it.candidate[0]]} against {letters[it.baseline[0]]}: {text}"
        for it, text in told
        if text
    ]


def describe_better(comparison: Comparison, *, hint: str = "") -> str:
    """Say which probes do better than promised, or how many; empty where none does."""
    names = [probe.id for probe in comparison.probes if probe.better_than_promised]
    return f"{BETTER}: {name_probes(names, hint=hint)}" if names else ""


def list_partitions(probe: ProbeComparison) -> list[tuple[tuple[str, ...], ...]]:
    """List the partitions into several clusters, one for each definition that parts.

    Each in the order of `probe.clusters`, as attributions have it: the largest cluster first.
    """
    by_definition: dict[str, list[tuple[str, ...]]] = {}
    for cluster in probe.clusters:
        by_definition.setdefault(probe.definitions[cluster[0]], []).append(cluster)
    return [tuple(group) for group in by_definition.values() if len(group) > 1]


def _describe_unparted(probe: ProbeComparison) -> str:
    """Say of a probe that neither agrees nor parts along a line why not: `m3, m5; unstable on m1`.

    Empty of one that does. Clusters of other definitions, which are not to be held against each
    other, have a stroke between them.
    """
    if probe.verdict is Verdict.IDENTICAL or list_partitions(probe):
        return ""
    states: dict[str, list[str]] = {}
    for machine, state in probe.states.items():
        if state != Status.OK:
            states.setdefault(state, []).append(machine)
    clusters = " / ".join(", ".join(it) for it in probe.clusters) or "no cluster"
    reasons = [f"{state} on {', '.join(machines)}" for state, machines in states.items()]
    several = len({probe.definitions[it[0]] for it in probe.clusters}) > 1
    return "; ".join([clusters, *(["definitions part"] if several else []), *reasons])


def group_unparted(probes: Iterable[ProbeComparison]) -> dict[str, list[str]]:
    """Group the probes that neither agree nor part along a line by what is said of that."""
    groups: dict[str, list[str]] = {}
    for probe in probes:
        if words := _describe_unparted(probe):
            groups.setdefault(words, []).append(probe.id)
    return groups


def describe_partition(clusters: Sequence[Sequence[str]]) -> str:
    """Write clusters as `m1 | m3, m5`: none of them is the one that others are held against."""
    return " | ".join(", ".join(group) for group in clusters)
