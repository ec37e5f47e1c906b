"""The gate on baselines: what was measured is what was accepted, and all of that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.check import Gate, GateFinding, GateVerdict
from reprokit.model.names import short
from reprokit.model.standing import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from reprokit.model.standing import MachineStanding, Standing

_JUDGED: Mapping[State, GateVerdict] = {
    State.CHANGED: GateVerdict.BLOCK,
    State.NOT_COMPARABLE: GateVerdict.BLOCK,
    State.NEW: GateVerdict.BLOCK,
    State.WITHDRAWN: GateVerdict.BLOCK,
    State.NOT_MEASURED: GateVerdict.BLOCK,
    State.GONE: GateVerdict.WARN,
    State.SKIPPED: GateVerdict.WARN,
}

_REVIEW = "run `reprokit review`, and commit manifests/accepted/"


def judge_baseline(
    standings: Sequence[MachineStanding], *, suites: Collection[str], release: bool
) -> Gate:
    """Judge every result against what was accepted for its family, and what no result stands to.

    Args:
        standings: What was measured.
        suites: The suites that a snapshot runs by itself. What was accepted of others and was not
            measured warns.
        release: Whether everything that was accepted has to be measured.
    """
    accepted = sum(len(it.list_states(State.ACCEPTED)) for it in standings)
    findings = tuple(
        finding for it in standings for finding in _find_undecided(it, suites, release=release)
    )
    return Gate(
        name="baseline",
        summary=f"{accepted} {'result is' if accepted == 1 else 'results are'} as accepted",
        findings=findings,
        step=_choose_step(standings),
    )


def _choose_step(standings: Sequence[MachineStanding]) -> str:
    lacking = [probe for it in standings for probe in it.list_states(State.NOT_MEASURED)]
    suites = dict.fromkeys(probe.entry.suite for probe in lacking if probe.entry)
    if not suites:
        return _REVIEW
    words = " ".join(f"--suite {name}" for name in suites)
    return f"measure what was not, with `reprokit snapshot {words}` on that machine; then {_REVIEW}"


def _find_undecided(
    standing: MachineStanding, suites: Collection[str], *, release: bool
) -> Iterator[GateFinding]:
    evidence = standing.evidence
    if not standing.known and standing.list_states(State.NEW):
        yield GateFinding(
            verdict=GateVerdict.BLOCK,
            machine=evidence.name,
            text=f"the family `{evidence.family}` was never reviewed: all "
            f"{len(standing.list_states(State.NEW))} results are new",
        )
        return
    for probe in standing.probes:
        if probe.state in _JUDGED:
            yield GateFinding(
                verdict=_judge_state(probe, suites, release=release),
                machine=evidence.name,
                probe=probe.id,
                text=_tell_state(probe),
            )


def _judge_state(standing: Standing, suites: Collection[str], *, release: bool) -> GateVerdict:
    suite = standing.entry.suite if standing.entry else ""
    if standing.state is State.NOT_MEASURED and not release and suite not in suites:
        return GateVerdict.WARN
    return _JUDGED[standing.state]


def _tell_state(standing: Standing) -> str:
    state = standing.state.value.replace("-", " ")
    if standing.elsewhere is None:
        return f"{state}: {standing.reason}" if standing.reason else f"{state}: nobody reviewed it"
    key, entry = standing.elsewhere
    gave = standing.probe.record.result if standing.probe else None
    same = gave is not None and gave.digest == entry.result.digest
    what = "as" if same else "not as"
    return f"{state}: {what} under {key} ({short(entry.result.digest)})"
