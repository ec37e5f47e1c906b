"""`reprokit review`: a walk through what waits for a decision."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.accept import refuse_objections, tell_time, write_decisions
from reprokit.cli.evidence import (
    check_reason,
    choose_evidence,
    choose_reviewer,
    hold,
    list_newest_evidence,
    refuse_unattended,
)
from reprokit.cli.exits import ExitCode
from reprokit.compare.acceptance import (
    list_pending_tests,
    make_entry,
    put_reviewed,
    remove_gone,
    settle_pending,
)
from reprokit.compare.baseline_distance import tell_distance, tell_tree_distance
from reprokit.errors import BaselineError, UsageError
from reprokit.model.baseline import BaselineStatus, Review
from reprokit.model.standing import REMOVABLE, UNDECIDED, Standing, State
from reprokit.observe.project import read_settings
from reprokit.render.review import describe_decision
from reprokit.render.text import FEW, render_count
from reprokit.store.baselines import read_baselines, update_baseline

if TYPE_CHECKING:
    from reprokit.model.baseline import BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.model.settings import Settings
    from reprokit.model.standing import MachineStanding

ACCEPT, PENDING, REMOVE, SKIP, QUIT = "accept", "pending", "remove", "skip", "quit"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewOptions:
    """What the command line says; empty leaves it to the project.

    Attributes:
        machine: Whose evidence; empty for the newest of every machine that measured.
        commit: At which commit.
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
    """Walk through what is changed, new, pending and gone; each decision is durable at once.

    Raises:
        UsageError: In CI, and where nobody answers.
    """
    refuse_unattended("reprokit review")
    settings = read_settings(Path.cwd())
    by = choose_reviewer(settings, options.by)
    if options.machine:
        chosen = [choose_evidence(settings, options.machine, options.commit)]
    else:
        chosen = list(list_newest_evidence(settings))
    standings = [hold(settings, evidence) for evidence in chosen]
    waiting = [it for it in standings if it.list_states(*UNDECIDED)]
    tests = [] if options.machine else _list_tests(settings)
    if not waiting and not tests:
        typer.echo("nothing to review: every result is as it was accepted")
        return ExitCode.EXPECTED
    done: Counter[str] = Counter()
    try:
        for standing in waiting:
            refuse_objections(standing.evidence, options.allowed)
            _review_machine(_Walk(settings=settings, standing=standing, by=by), done)
        _review_tests(settings, by, tests, done)
    except _Ended:
        typer.echo("stopped")
    finally:
        _tell_outcome(done)
    return ExitCode.EXPECTED


def _tell_outcome(done: Counter[str]) -> None:
    words = {ACCEPT: "accepted", PENDING: "left pending", REMOVE: "removed", SKIP: "skipped"}
    told = [f"{done[verb]} {word}" for verb, word in words.items() if done[verb]]
    typer.echo(", ".join(told) or "nothing was decided")


@dataclass(kw_only=True, slots=True)
class _Walk:
    """A walk through one machine's results.

    Attributes:
        settings: The project's.
        standing: The results.
        by: Who decides.
        reason: The last reason given, proposed for the next decision.
    """

    settings: Settings
    standing: MachineStanding
    by: str
    reason: str = ""


def _review_machine(walk: _Walk, done: Counter[str]) -> None:
    evidence = walk.standing.evidence
    waiting = sorted(
        walk.standing.list_states(*UNDECIDED), key=lambda it: UNDECIDED.index(it.state)
    )
    typer.echo(f"{evidence.name} ({evidence.family}, {walk.standing.key}) at {evidence.commit}")
    typer.echo(f"{render_count(len(waiting), 'result')} to decide on; you are `{walk.by}`, a name")
    typer.echo("that is published with each decision (`--by` gives another)")
    if len(walk.standing.list_states(State.NEW)) > FEW:
        command = f"reprokit accept --machine {evidence.name} --new --reason TEXT"
        typer.echo(f"all that is new at once: `{command}`")
    typer.echo("")
    for position, probe in enumerate(waiting, 1):
        typer.echo(f"{position}/{len(waiting)}  {describe_decision(probe, _measure(probe))}")
        verb = _ask_verb(_list_verbs(probe))
        if verb == QUIT:
            raise _Ended
        if verb != SKIP:
            verb = _write_decision(walk, probe, verb)
        done[verb] += 1
        typer.echo("")


def _list_tests(settings: Settings) -> list[tuple[str, BaselineKey, BaselineEntry]]:
    """List what tests left pending, with family and key."""
    baselines = read_baselines(settings.manifests_path, root=settings.root)
    return [(name, *it) for name, own in baselines.items() for it in list_pending_tests(own)]


def _review_tests(
    settings: Settings,
    by: str,
    tests: list[tuple[str, BaselineKey, BaselineEntry]],
    done: Counter[str],
) -> None:
    """Walk through what tests left pending: the baseline itself holds all there is of it."""
    reason = ""
    for position, (family, key, entry) in enumerate(tests, 1):
        standing = Standing(id=entry.id, state=State.PENDING, entry=entry)
        typer.echo(f"{position}/{len(tests)}  {describe_decision(standing, '')}")
        typer.echo(f"  a test's, in {family} ({key})")
        verb = _ask_verb((ACCEPT, REMOVE, SKIP, QUIT))
        if verb == QUIT:
            raise _Ended
        review = None
        if verb == ACCEPT:
            reason = _ask_reason(reason)
            review = Review(by=by, at=tell_time(), reason=reason)
        if verb != SKIP:
            change = partial(settle_pending, key=key, entry=entry, review=review)
            update_baseline(settings.manifests_path, family, change, root=settings.root)
        done[verb] += 1
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


def _ask_verb(verbs: tuple[str, ...]) -> str:
    while True:
        answer = _ask(f"{', '.join(verbs)}?").lower()
        fitting = [verb for verb in verbs if answer and verb.startswith(answer)]
        if len(fitting) == 1:
            return fitting[0]
        typer.echo(f"answer with one of {', '.join(verbs)}, or its first letter", err=True)


def _ask(question: str, default: str | None = None) -> str:
    """Ask the reviewer; what ends the input ends the review."""
    try:
        return str(typer.prompt(question, default=default, prompt_suffix=" ")).strip()
    except typer.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise KeyboardInterrupt from None
        raise UsageError(
            "nobody answers: the input ended; what was decided before is kept",
            where="review",
            hint="run it in a terminal, or use `reprokit accept` in a script",
        ) from None


def _write_decision(walk: _Walk, probe: Standing, verb: str) -> str:
    """Write one decision; where somebody else was faster, say so and go on."""
    evidence, key = walk.standing.evidence, walk.standing.key
    try:
        if verb == REMOVE:
            write_decisions(walk.settings, evidence, lambda it: remove_gone(it, key, [probe]))
            return verb
        walk.reason = _ask_reason(walk.reason)
        entry = make_entry(
            probe,
            evidence,
            status=BaselineStatus.ACCEPTED if verb == ACCEPT else BaselineStatus.PENDING,
            review=Review(by=walk.by, at=tell_time(), reason=walk.reason),
        )
        write_decisions(walk.settings, evidence, lambda it: put_reviewed(it, key, [(probe, entry)]))
    except BaselineError as error:
        typer.echo(f"error: {error}", err=True)
        return SKIP
    return verb


def _ask_reason(last: str) -> str:
    while True:
        try:
            return check_reason(_ask("why?", default=last or None))
        except UsageError as error:
            if error.where != "--reason":
                raise
            typer.echo(error.hint, err=True)
