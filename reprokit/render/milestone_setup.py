"""A milestone's setup, method, provenance, and what it lacks."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reprokit.model.manifest import OriginKind
from reprokit.model.names import short
from reprokit.render.cells import UNKNOWN, describe_chip, describe_system
from reprokit.render.markdown_template import Table, write_code
from reprokit.render.text import FEW, name_probes, render_count, render_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence
    from reprokit.model.environment import Environment
    from reprokit.model.manifest import Manifest
    from reprokit.model.milestone import Milestone

_DASH = "-"
_KEEPING = "`snapshot --keep-arrays`"
_UNMOVED = " A milestone rests on manifests alone, and would not change."


def view_setup(machines: Sequence[MachineEvidence]) -> Table:
    """Give the table of machines: a row for each fact, those left out that apply to none."""
    facts = [_describe_setup(machine) for machine in machines]
    rows = [(name, *(fact[name] for fact in facts)) for name in (facts[0] if facts else ())]
    names = (write_code(machine.name) for machine in machines)
    return Table(head=("", *names), rows=tuple(row for row in rows if set(row[1:]) != {_DASH}))


def _describe_setup(machine: MachineEvidence) -> dict[str, str]:
    environment = machine.environment
    hardware = environment.hardware
    mlx = environment.find_package("mlx")
    memory = hardware.memory_bytes
    variables = [f"{it.name}={it.value}" for it in environment.variables]
    return {
        "chip": describe_chip(environment),
        "family": machine.family,
        "memory": f"{memory / 1024**3:.0f} GiB" if memory else UNKNOWN,
        "device": environment.device.default or _DASH,
        "system": describe_system(environment),
        "build": _tell(environment, "os.build", environment.os.build),
        "C library": _tell(environment, "os.libc", environment.os.libc),
        "Python": environment.python.version or UNKNOWN,
        "mlx": mlx.version if mlx else UNKNOWN,
        "mlx wheel": _tell(
            environment, "packages.mlx.wheel", mlx.wheel if mlx else None, empty=UNKNOWN
        ),
        "uv.lock": _tell(environment, "lock.sha256", short(environment.lock.sha256 or "")),
        "variables": ", ".join(variables) or _DASH,
        "installation": _describe_drift(environment),
        "commit": machine.commit + (" with uncommitted changes" if machine.dirty else ""),
        "evidence": f"{machine.origin.kind}, {machine.created}",
    }


def _tell(environment: Environment, fact: str, value: str | None, *, empty: str = _DASH) -> str:
    """Write a fact; what is unknown with its reason, and a dash where it does not apply."""
    reason = next((gap.reason for gap in environment.gaps if gap.fact == fact), None)
    return value or (f"{UNKNOWN}: {reason}" if reason else empty)


def _describe_drift(environment: Environment) -> str:
    if not environment.drift:
        return _DASH
    told = [f"{it.package}: {it.kind.value.replace('-', ' ')}" for it in environment.drift[:FEW]]
    left = len(environment.drift) - len(told)
    return "; ".join([*told, *([f"{left} more"] if left else [])])


_METHOD = (
    "Each probe is one seeded op with fixed arguments. Its digest is the sha256 of the array's "
    "little-endian C-order bytes, unless a note says otherwise; machines of equal digest form a "
    "cluster, A the largest. Digests are held against each other only where all that fixes a probe "
    "is equal: op, revision, arguments, dtype, seed, key and device."
)


def list_method(milestone: Milestone) -> tuple[str, ...]:
    """Say how the results came about."""
    return (_METHOD, *list_scope(milestone), *list_origins(milestone.comparison.machines))


def list_scope(milestone: Milestone) -> Iterator[str]:
    """Say which probes are compared, where not all are."""
    if milestone.probe_glob != "*":
        yield f"Only probes whose id fits `{milestone.probe_glob}` are compared."


def list_origins(machines: Sequence[MachineEvidence]) -> Iterator[str]:
    """Say who measured, and how."""
    measured = [it for it in machines if it.origin.kind is OriginKind.MEASURED]
    published = [it for it in machines if it.origin.kind is OriginKind.PUBLISHED]
    if measured:
        yield (
            f"Measured by reprokit on {render_list([it.name for it in measured])}, each repeat in "
            "a process that had not run the probe before, which runs it twice: `cold`, then `warm`."
        )
    if published:
        sources = dict.fromkeys(source for it in published for source in it.origin.sources)
        yield (
            f"Published by others, and not measured by reprokit: "
            f"{render_list([it.name for it in published])}"
            + (f", from {render_list(list(sources))}." if sources else ".")
        )


def list_snapshots(comparison: Comparison) -> tuple[str, ...]:
    """List the commands that measure again and compare, each behind a comment of what was run.

    They run in a work tree of the commit beside the project, which has no evidence of its own: a
    manifest is committed after the commit that it is of, and a snapshot leaves what is there.
    A manifest does not keep the options it was made with: the commands are told from what it holds.
    """
    commits: dict[str, dict[str, list[Manifest]]] = {}
    for machine in comparison.machines:
        for manifest in machine.manifests:
            if manifest.origin.kind is OriginKind.MEASURED:
                machines = commits.setdefault(short(manifest.commit), {})
                machines.setdefault(manifest.machine, []).append(manifest)
    return tuple(line for it in commits.items() for line in _list_lines(*it))


def _list_lines(commit: str, machines: Mapping[str, Sequence[Manifest]]) -> Iterator[str]:
    """List what is run at one commit: a machine's lines stand together."""
    yield f"$ git worktree add --detach ../again-{commit} {commit}"
    for manifests in machines.values():
        for manifest in manifests:
            yield from _list_commands(manifest)
        yield from _list_comparison(commit, [it.path for it in manifests if it.path])


def _list_commands(manifest: Manifest) -> Iterator[str]:
    counts = {len(it.record.runs) for it in manifest.probes if it.record.runs}
    told = []
    for suite in manifest.suites:
        count = sum(it.suite == suite.name for it in manifest.probes)
        told.append(f"{render_count(count, 'probe')} of {suite.name} ({short(suite.sha256)})")
    runs = " or ".join(map(str, sorted(counts))) or "no"
    noun = "run" if counts == {1} else "runs"
    measured = f"{', '.join(told)}; {runs} {noun} of each"
    dirty = (
        "; with uncommitted changes, which are in no commit" if manifest.repository.dirty else ""
    )
    yield f"# {manifest.machine}, {manifest.created}: {measured}{dirty}"
    words = ["uv", "run", "reprokit", "snapshot", "--machine", manifest.machine]
    words += [word for suite in manifest.suites for word in ("--suite", suite.name)]
    words += ["--repeat", str(max(counts))] if counts else []
    folder = f"../again-{short(manifest.commit)}"
    yield f"$ (cd {folder} && uv sync --locked && {shlex.join(words)})"


def _list_comparison(commit: str, paths: Sequence[str]) -> Iterator[str]:
    """Write the command that holds a machine's manifests against those that are written anew.

    A single one has the commit's name there. Of several the names depend on what is observed: then
    folders are held against each other.
    """
    if paths:
        folder = PurePosixPath(paths[0]).parent
        words = ["uv", "run", "reprokit", "compare"]
        if len(paths) == 1:
            words += [paths[0], f"../again-{commit}/{folder}/{commit}.toml"]
        else:
            words += [str(folder), f"../again-{commit}/{folder}", "--commit", commit]
        yield f"$ {shlex.join(words)}"


def list_unmeasured(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """List what is not in the document, each with where that is known from."""
    suites = dict.fromkeys(suite for machine in comparison.machines for suite in machine.suites)
    told = {suite.name for suite in suites if suite.excludes}
    found = [(f"suite {suite.name}", suite.excludes) for suite in suites if suite.excludes]
    silent = {
        probe.suite: None
        for machine in comparison.machines
        for probe in machine.probes.values()
        if probe.suite not in told
    }
    if silent:
        found.append(
            (
                f"suite {render_list(list(silent))}",
                "What it does not measure is not told in the manifests.",
            )
        )
    found += _list_distance_gaps(comparison)
    found += _list_cost_gaps(comparison)
    return tuple(dict.fromkeys(found))


def _list_distance_gaps(comparison: Comparison) -> Iterator[tuple[str, str]]:
    gaps: dict[str, list[str]] = {}
    for probe in comparison.probes:
        for divergence in probe.divergences:
            if divergence.gap and divergence.distance is None:
                gaps.setdefault(divergence.gap, []).append(probe.id)
    for gap, probes in gaps.items():
        names = name_probes(list(dict.fromkeys(probes)))
        unmoved = _UNMOVED if _KEEPING in gap else ""
        yield (
            "distance",
            f"How far the machines part in {names}: {gap[0].lower()}{gap[1:]}{unmoved}",
        )


def _list_cost_gaps(comparison: Comparison) -> Iterator[tuple[str, str]]:
    lacking = [
        machine.name
        for machine in comparison.machines
        if not any(machine.name in probe.costs for probe in comparison.probes)
    ]
    if lacking:
        yield (
            "memory, time and repeats",
            (
                f"Nothing is known of {render_list(lacking)}: neither peak memory and times, nor "
                "whether results repeat there."
            ),
        )


def view_provenance(comparison: Comparison) -> Table:
    """Give the table of manifests."""
    rows = (
        (machine.name, write_code(manifest.path), write_code(manifest.sha256))
        for machine in comparison.machines
        for manifest in machine.manifests
    )
    return Table(head=("machine", "manifest", "sha256"), rows=tuple(rows))
