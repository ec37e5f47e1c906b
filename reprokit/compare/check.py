"""All gates before a release, from the facts that they are about."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reprokit.compare.baseline import hold_against_baseline
from reprokit.compare.baseline_gate import judge_baseline
from reprokit.compare.check_evidence import (
    drop_measured,
    judge_apart,
    list_installations,
    list_rounds,
)
from reprokit.compare.gates import (
    judge_commit,
    judge_environment,
    judge_families,
    judge_lock,
)
from reprokit.compare.probe_gates import (
    judge_machines,
    judge_memory,
    judge_pending,
    judge_promises,
    judge_repeats,
)
from reprokit.compare.tree_gate import judge_tree
from reprokit.compare.verdict import compare_machines
from reprokit.model.baseline import Baseline
from reprokit.model.check import CheckReport, Gate, GateFinding, GateVerdict
from reprokit.model.manifest import OriginKind
from reprokit.model.work_tree import NO_CHANGES, WorkTreeChanges

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.model.comparison import Comparison, MachineEvidence
    from reprokit.model.environment import Repository
    from reprokit.model.manifest import Manifest
    from reprokit.model.standing import MachineStanding


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckFacts:
    """What the gates judge.

    Attributes:
        code_commit: The code's commit: as it is checked out, or at the tag.
        repository: The state of the work tree; None where a tag is checked.
        commit: The commit of the evidence, 12 hex digits; empty where there is none.
        machines: All machines' evidence at it, of each its newest.
        chosen: The names of those that are held against their baselines; one that has nothing at
            the commit may be among them.
        others: What these machines measured there in other environments; judged as well.
        aside: Manifests of uncommitted changes, of machines that have some without.
        lock_sha256: Of uv.lock, as it is or at the tag; None where there is none.
        baselines: By family.
        required_families: Families that must have evidence.
        suites: The suites that a snapshot runs by itself: what was accepted of them has to be
            measured.
        known_suites: The suites that there are, and those that the settings name.
        tag: The tag that is checked; empty where none is.
        unattended: Whether this is CI.
        changes: The files of the work tree that differ from its last commit.
    """

    code_commit: str
    repository: Repository | None
    commit: str
    machines: tuple[MachineEvidence, ...]
    chosen: tuple[str, ...]
    lock_sha256: str | None
    baselines: Mapping[str, Baseline]
    required_families: tuple[str, ...]
    suites: tuple[str, ...]
    known_suites: tuple[str, ...]
    others: tuple[MachineEvidence, ...] = ()
    aside: tuple[Manifest, ...] = ()
    tag: str = ""
    unattended: bool = False
    changes: WorkTreeChanges = NO_CHANGES


def judge(facts: CheckFacts) -> CheckReport:
    """Judge all gates, in the order in which one mends what they find."""
    chosen = tuple(it for it in facts.machines if it.name in facts.chosen)
    others = tuple(it for it in facts.others if it.name in facts.chosen)
    judged = (*chosen, *others)
    return CheckReport(
        commit=facts.commit,
        machines=chosen,
        gates=(*_judge_code(facts, judged), *_judge_results(facts, judged)),
        tag=facts.tag,
        unattended=facts.unattended,
    )


def list_families(facts: CheckFacts) -> frozenset[str]:
    """List the families that are judged or required."""
    there = (*facts.machines, *facts.others)
    judged = {it.family for it in there if it.name in facts.chosen}
    return frozenset({*judged, *facts.required_families})


def _judge_code(facts: CheckFacts, chosen: tuple[MachineEvidence, ...]) -> list[Gate]:
    measured = [it for it in chosen if it.origin.kind is OriginKind.MEASURED]
    lock = judge_apart(partial(judge_lock, facts.lock_sha256), chosen, _be_evidence)
    environment = judge_apart(judge_environment, list_installations(chosen), _be_evidence)
    commit = judge_commit(facts.code_commit, facts.commit, chosen, absent=_list_absent(facts))
    gates = [judge_tree(facts.repository, facts.changes)] if facts.repository else []
    return [
        *gates,
        _tell_aside(facts, commit),
        judge_families(facts.required_families, measured),
        _need(lock, chosen),
        _need(environment, chosen),
    ]


def _tell_aside(facts: CheckFacts, gate: Gate) -> Gate:
    """Add what is not judged to the gate on commits; a release has none of it."""
    aside = [it for it in facts.aside if it.machine in facts.chosen]
    if not aside:
        return gate
    verdict = GateVerdict.BLOCK if facts.tag else GateVerdict.WARN
    findings = (
        GateFinding(
            verdict=verdict,
            machine=it.machine,
            text=f"{it.path} is not judged: it was measured with uncommitted changes",
        )
        for it in aside
    )
    command = shlex.join(["git", "rm", *(it.path for it in aside)])
    remove = f"remove what is of other code: `{command}`"
    step = f"{gate.step}; {remove}" if gate.findings else remove
    return replace(gate, findings=(*gate.findings, *findings), step=step)


def _be_evidence(evidence: MachineEvidence) -> MachineEvidence:
    return evidence


def _read_evidence(standing: MachineStanding) -> MachineEvidence:
    return standing.evidence


def _list_absent(facts: CheckFacts) -> tuple[str, ...]:
    there = {it.name for it in facts.machines}
    return tuple(name for name in facts.chosen if name not in there)


def _judge_results(facts: CheckFacts, chosen: tuple[MachineEvidence, ...]) -> list[Gate]:
    standings = [
        hold_against_baseline(
            it,
            facts.baselines.get(it.family) or Baseline(family=it.family),
            suites=facts.known_suites,
        )
        for it in chosen
    ]
    standings = drop_measured(standings)
    baseline = partial(judge_baseline, suites=facts.suites, release=bool(facts.tag))
    strict = facts.unattended or bool(facts.tag)
    return [
        _need(judge_apart(judge_repeats, chosen, _be_evidence), chosen),
        _need(judge_apart(judge_promises, chosen, _be_evidence), chosen),
        _need(judge_apart(judge_memory, standings, _read_evidence), chosen),
        _need(judge_apart(baseline, standings, _read_evidence), chosen),
        judge_pending(facts.baselines.values(), list_families(facts), strict=strict),
        _need(judge_machines(_compare_all(facts)), chosen),
    ]


def _compare_all(facts: CheckFacts) -> list[Comparison]:
    """Compare all machines, be they chosen or not; nothing where there is but one."""
    if len(facts.machines) < 2:  # noqa: PLR2004 - a comparison has two sides
        return []
    rounds = list_rounds(facts.machines, facts.others)
    return [compare_machines(machines, commit=facts.commit) for machines in rounds]


def _need(gate: Gate, chosen: tuple[MachineEvidence, ...]) -> Gate:
    """Let a gate say nothing good where nothing was measured."""
    if chosen:
        return gate
    nothing = GateFinding(verdict=GateVerdict.UNKNOWN, text="nothing was measured")
    return replace(gate, findings=(nothing,), step="")
