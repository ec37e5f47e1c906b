"""`reprokit review`: a walk through what waits for a decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.accept import refuse_objections, tell_time
from reprokit.cli.evidence import (
    choose_reviewer,
    hold,
    list_chosen_evidence,
    list_common_evidence,
    refuse_unattended,
)
from reprokit.cli.exits import ExitCode, complain
from reprokit.cli.questions import ask_reason, ask_verb
from reprokit.compare.acceptance import (
    list_pending_tests,
    make_entry,
    put_reviewed,
    remove_gone,
    settle_pending,
)
from reprokit.compare.baseline import choose_machine
from reprokit.compare.baseline_distance import tell_distance, tell_tree_distance
from reprokit.errors import BaselineError, UsageError
from reprokit.model.baseline import BaselineStatus, Review
from reprokit.model.names import short
from reprokit.model.standing import REMOVABLE, UNDECIDED, Standing, State
from reprokit.observe.project import read_settings
from reprokit.render.review import describe_decision
from reprokit.render.text import FEW, render_count
from reprokit.store.baselines import read_baselines, update_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reprokit.model.baseline import Baseline, BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding

ACCEPT, PENDING, REMOVE, SKIP, QUIT = "accept", "pending", "remove", "skip", "quit"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewOptions:
    """What the command line says; empty leaves it to the project.

    Attributes:
        machine: Whose evidence; empty for every machine that measured.
        commit: At which commit; empty for the code as it is.
        by: Who decides.
        allowed: Words of objections that are waived.
    """

    machine: str
    commit: str
    by: str
    allowed: tuple[str, ...]


class _Ended(Exception):  # noqa: N818 - no error: how a walk ends
    """The reviewer wants to stop."""


def review_results(options: ReviewOptions) -> ExitCode:
    """Walk through what waits for a decision; each decision is durable at once.

    Returns:
        2 where a machine's evidence is not fit for a baseline, which ends no walk through others'.

    Raises:
        UsageError: In CI, and where nobody answers.
    """
    refuse_unattended("reprokit review")
    settings = read_settings(Path.cwd())
    walk = _Walk(settings=settings, by=choose_reviewer(settings, options.by))
    tests = [] if options.machine else _list_tests(settings)
    chosen = _choose_evidence(settings, options, needed=not tests)
    waiting = [it for it in chosen if hold(settings, it).list_states(*UNDECIDED)]
    if not waiting and not tests:
        typer.echo("nothing to review: every result is as it was accepted")
        return ExitCode.EXPECTED
    fit = _leave_out_unfit(waiting, options)
    try:
        for evidence in fit:
            _review_machine(walk, hold(settings, evidence))
        _review_tests(walk, tests)
    except _Ended:
        typer.echo("stopped")
    finally:
        _tell_outcome(walk.done)
    return ExitCode.EXPECTED if len(fit) == len(waiting) else ExitCode.TROUBLE


def _choose_evidence(
    settings: Settings, options: ReviewOptions, *, needed: bool
) -> Sequence[MachineEvidence]:
    """Choose what is reviewed: of the code as it is, or at the commit that was asked for.

    Raises:
        UsageError: Where there is none, and nothing else to review.
    """
    if options.machine:
        return list_chosen_evidence(settings, options.machine, options.commit)
    common = list_common_evidence(settings, options.commit)
    for name, newest in common.lacking.items():
        complain(f"left out: `{name}` measured nothing at {common.commit}, its newest is {newest}")
    if needed and common.lacking and not common.machines:
        raise UsageError(
            f"no machine measured anything at {common.commit}, the code as it is",
            where="review",
            hint="take a snapshot; or decide on what is older with `--commit REV`",
        )
    return common.machines


def _leave_out_unfit(
    waiting: Sequence[MachineEvidence], options: ReviewOptions
) -> list[MachineEvidence]:
    """Leave out evidence that no baseline should rest on, and say so; refuse what was asked for.

    Raises:
        UsageError: Where one machine was asked for, and its evidence is not fit.
    """
    fit = []
    for evidence in waiting:
        try:
            refuse_objections(evidence, options.allowed)
        except UsageError as error:
            if options.machine:
                raise
            complain(f"left out: {error}")
        else:
            fit.append(evidence)
    return fit


def _tell_outcome(done: Counter[str]) -> None:
    words = {ACCEPT: "accepted", PENDING: "left pending", REMOVE: "removed", SKIP: "skipped"}
    told = [f"{done[verb]} {word}" for verb, word in words.items() if done[verb]]
    typer.echo(", ".join(told) or "nothing was decided")


@dataclass(kw_only=True, slots=True)
class _Walk:
    """A walk through results.

    Attributes:
        settings: The project's.
        by: Who decides.
        done: How often each verb was the answer.
        asked: What was asked, so that another machine's equal result is not asked again.
        reason: The last reason given, proposed for the next decision.
    """

    settings: Settings
    by: str
    done: Counter[str] = field(default_factory=Counter)
    asked: set[tuple[object, ...]] = field(default_factory=set)
    reason: str = ""


def _review_machine(walk: _Walk, standing: MachineStanding) -> None:
    evidence = standing.evidence
    waiting = sorted(
        (
            it
            for it in standing.list_states(*UNDECIDED)
            if _name_question(standing, it) not in walk.asked
        ),
        key=lambda it: UNDECIDED.index(it.state),
    )
    if not waiting:
        return
    typer.echo(f"{evidence.name} ({evidence.family}, {standing.key}) at {evidence.commit}")
    typer.echo(f"{render_count(len(waiting), 'result')} to decide on; you are `{walk.by}`, a name")
    typer.echo("that is published with each decision (`--by` gives another)")
    if len(standing.list_states(State.NEW)) > FEW:
        command = f"reprokit accept --machine {evidence.name} --new --reason TEXT"
        typer.echo(f"all that is new at once: `{command}`")
    typer.echo("")
    for position, probe in enumerate(waiting, 1):
        typer.echo(f"{position}/{len(waiting)}  {describe_decision(probe, _measure(probe))}")
        verb = ask_verb(_list_verbs(probe))
        if verb == QUIT:
            raise _Ended
        walk.asked.add(_name_question(standing, probe))
        if verb != SKIP:
            verb = _write_decision(walk, standing, probe, verb)
        walk.done[verb] += 1
        typer.echo("")


def _name_question(standing: MachineStanding, probe: Standing) -> tuple[object, ...]:
    """Name what is decided: equal for machines of a family that gave the same bytes."""
    measured = probe.probe
    if measured is None:
        order = probe.entry.order if probe.entry else (probe.id, "")
        return (standing.evidence.family, standing.key, *order)
    owner = choose_machine(measured, standing.evidence.name)
    result = measured.record.result
    gave = (measured.definition.digest, result.digest if result else "")
    return (standing.evidence.family, standing.key, probe.id, owner, *gave)


def _list_tests(settings: Settings) -> list[tuple[str, BaselineKey, BaselineEntry]]:
    """List what tests left pending, with family and key."""
    baselines = read_baselines(settings.manifests_path, root=settings.root)
    return [(name, *it) for name, own in baselines.items() for it in list_pending_tests(own)]


def _review_tests(walk: _Walk, tests: Sequence[tuple[str, BaselineKey, BaselineEntry]]) -> None:
    """Walk through what tests left pending: the baseline itself holds all there is of it."""
    for position, (family, key, entry) in enumerate(tests, 1):
        standing = Standing(id=entry.id, state=State.PENDING, entry=entry)
        typer.echo(f"{position}/{len(tests)}  {describe_decision(standing, '')}")
        typer.echo(f"  a test's, in {family} ({key})")
        if entry.review.replaces:
            told = f"{short(entry.review.replaces)} was accepted before; once this is removed, "
            typer.echo(f"  {told}git alone has that entry")
        verb = ask_verb((ACCEPT, REMOVE, SKIP, QUIT))
        if verb == QUIT:
            raise _Ended
        review = _ask_review(walk) if verb == ACCEPT else None
        if verb != SKIP:
            change = partial(settle_pending, key=key, entry=entry, review=review)
            verb = _try_to_write(walk, family, change, verb)
        walk.done[verb] += 1
        typer.echo("")


def _measure(probe: Standing) -> str:
    """Say how far a result is from what it is held against, or from another key's."""
    record = probe.probe.record if probe.probe else None
    other = probe.entry or (probe.elsewhere[1] if probe.elsewhere else None)
    if record is None or record.result is None or other is None:
        return ""
    moved = record.result.digest != other.result.digest
    if moved and record.leaves and other.leaves:
        return tell_tree_distance(other.leaves, record.leaves)
    return tell_distance(other.result, record.result)


def _list_verbs(probe: Standing) -> tuple[str, ...]:
    return (REMOVE, SKIP, QUIT) if probe.state in REMOVABLE else (ACCEPT, PENDING, SKIP, QUIT)


def _write_decision(walk: _Walk, standing: MachineStanding, probe: Standing, verb: str) -> str:
    """Write one decision; return the verb that was done."""
    evidence, key = standing.evidence, standing.key
    if verb == REMOVE:
        remove = partial(remove_gone, key=key, gone=[probe])
        return _try_to_write(walk, evidence.family, remove, verb)
    status = BaselineStatus.ACCEPTED if verb == ACCEPT else BaselineStatus.PENDING
    review = _ask_review(walk)

    def put(baseline: Baseline) -> Baseline:
        entry = make_entry(probe, evidence, status=status, review=review)
        return put_reviewed(baseline, key, [(probe, entry)])

    return _try_to_write(walk, evidence.family, put, verb)


def _try_to_write(
    walk: _Walk, family: str, change: Callable[[Baseline], Baseline], verb: str
) -> str:
    """Write a decision; where somebody else was faster, say so, and it counts as skipped."""
    try:
        update_baseline(walk.settings.manifests_path, family, change, root=walk.settings.root)
    except BaselineError as error:
        typer.echo(f"error: {error}", err=True)
        return SKIP
    return verb


def _ask_review(walk: _Walk) -> Review:
    walk.reason = ask_reason(walk.reason)
    return Review(by=walk.by, at=tell_time(), reason=walk.reason)
