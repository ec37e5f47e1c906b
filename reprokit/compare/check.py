"""All gates before a release, from the facts that they are about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reprokit.compare.baseline import hold_against_baseline
from reprokit.compare.baseline_gate import judge_baseline
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

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.environment import Repository


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckFacts:
    """What the gates judge.

    Attributes:
        code_commit: The code's commit: as it is checked out, or at the tag.
        repository: The state of the work tree; None where a tag is checked.
        commit: The commit of the evidence, 12 hex digits; empty where there is none.
        machines: All machines' evidence at it.
        chosen: The names of those that are held against their baselines; one that has nothing at
            the commit may be among them.
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
    tag: str = ""
    unattended: bool = False
    changes: WorkTreeChanges = NO_CHANGES


def judge(facts: CheckFacts) -> CheckReport:
    """Judge all gates, in the order in which one mends what they find."""
    chosen = tuple(it for it in facts.machines if it.name in facts.chosen)
    return CheckReport(
        commit=facts.commit,
        machines=chosen,
        gates=(*_judge_code(facts, chosen), *_judge_results(facts, chosen)),
        tag=facts.tag,
        unattended=facts.unattended,
    )


def _judge_code(facts: CheckFacts, chosen: tuple[MachineEvidence, ...]) -> list[Gate]:
    measured = [it for it in facts.machines if it.origin.kind is OriginKind.MEASURED]
    gates = [judge_tree(facts.repository, facts.changes)] if facts.repository else []
    return [
        *gates,
        judge_commit(facts.code_commit, facts.commit, chosen, absent=_list_absent(facts)),
        judge_families(facts.required_families, measured),
        _need(judge_lock(facts.lock_sha256, chosen), chosen),
        _need(judge_environment(chosen), chosen),
    ]


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
    several = len(facts.machines) > 1
    comparison = compare_machines(facts.machines, commit=facts.commit) if several else None
    strict = facts.unattended or bool(facts.tag)
    return [
        _need(judge_repeats(chosen), chosen),
        _need(judge_promises(chosen), chosen),
        _need(judge_memory(standings), chosen),
        _need(judge_baseline(standings, suites=facts.suites, release=bool(facts.tag)), chosen),
        judge_pending(facts.baselines.values(), standings, strict=strict),
        _need(judge_machines(comparison), chosen),
    ]


def _need(gate: Gate, chosen: tuple[MachineEvidence, ...]) -> Gate:
    """Let a gate say nothing good where nothing was measured."""
    if chosen:
        return gate
    nothing = GateFinding(verdict=GateVerdict.UNKNOWN, text="nothing was measured")
    return replace(gate, findings=(nothing,), step="")
