"""`reprokit explain`: one probe down to its elements, or one digest that somebody tells."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.kept_arrays import find_kept, warn_of_faults
from reprokit.cli.output import write_output
from reprokit.cli.probe_machines import choose_machines
from reprokit.cli.progress import show_search
from reprokit.cli.sources import find_settings, read_sources, resolve_commit, share_no_commit
from reprokit.cli.terminal import read_width
from reprokit.compare.digest_lookup import complete_digest, find_occurrences, find_probe
from reprokit.compare.explanation import SearchPlan, explain_probe
from reprokit.compare.given import make_given_evidence
from reprokit.compare.selection import (
    choose_commit,
    gather_evidence,
    list_commits,
)
from reprokit.errors import UsageError
from reprokit.model.comparison import Severity
from reprokit.numerics.digest_search import Budget
from reprokit.render import explanation as text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.explanation import Explanation
    from reprokit.model.manifest import Manifest, ProbeRecord
    from reprokit.model.settings import Settings

LARGEST_BYTES = 4096
"""As large as the arrays are whose bytes manifests keep."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST_DIGITS = re.compile(r"[0-9a-f]{8,63}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is to be explained, as arguments and options say it.

    Attributes:
        probe: Its id; empty where digests are to be found among all of them.
        digests: Hex sha256s that somebody tells.
        paths: Manifest files, folders or machines; none for the project's.
        machines: Names or words of them, with commas between; empty for all that have the probe.
        commit: A revision; empty for the newest that all have, or else the newest of each.
        across_commits: Whether the newest of each machine is meant.
        tries: Arrays to try for each digest, from each array at hand.
        seconds: Time for the same.
        arrays: Folders of arrays that were kept, beside the project's.
    """

    probe: str
    digests: tuple[str, ...]
    paths: tuple[str, ...]
    machines: str
    commit: str
    across_commits: bool
    tries: int
    seconds: float
    arrays: tuple[str, ...] = ()


def show_explanation(
    question: Question, *, format_name: str, output: str, verbose: bool
) -> ExitCode:
    """Explain a probe, or find what digests are of, and write it.

    Returns:
        1 where the probe's finding blocks; 2 where nothing is known of a digest that was given.
    """
    settings = find_settings(Path.cwd(), question.paths)
    manifests = read_sources(settings, question.paths, ()).manifests
    everything = [manifest for items in manifests.values() for manifest in items]
    question = replace(question, digests=_read_digests(question.digests, everything))
    kept = find_kept(settings, question.arrays)
    with show_search() as report:
        plan = SearchPlan(
            budget=Budget(candidates=question.tries, wall_s=question.seconds),
            largest_bytes=LARGEST_BYTES,
            processes=os.cpu_count() or 1,
            report=report,
        )
        name = question.probe or _find_probe(question.digests, everything, plan)
        machines = _gather(replace(question, probe=name), manifests, settings)
        given = _give_digests(question.digests, name, machines)
        others = _list_others(name, question.digests, everything)
        _refuse_single(name, (*machines, *given))
        explanation = explain_probe(name, (*machines, *given), others, plan, kept=kept)
    warn_of_faults(kept)
    found = tuple(it for digest in question.digests for it in find_occurrences(digest, everything))
    _write(replace(explanation, occurrences=found), format_name, output, verbose=verbose)
    return _choose_exit(explanation, question.digests)


def _read_digests(digests: Sequence[str], manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """Read digests, whole, or the first digits of one that a manifest has."""
    return tuple(_read_digest(digest.lower(), manifests) for digest in digests)


def _read_digest(digits: str, manifests: Sequence[Manifest]) -> str:
    if _DIGEST.fullmatch(digits):
        return digits
    whole = complete_digest(digits, manifests) if _FIRST_DIGITS.fullmatch(digits) else None
    if whole is None:
        raise UsageError(
            f"`{digits}` is no sha256, and no manifest has one digest that begins so",
            where="--digest",
            hint="give all 64 hex digits; 8 or more are enough for one that a manifest has",
        )
    return whole


def _list_others(
    name: str, digests: Sequence[str], manifests: Sequence[Manifest]
) -> list[ProbeRecord]:
    """List the records whose bytes may help: of the probe, and of the digests anywhere else."""
    return [
        it
        for manifest in manifests
        for it in manifest.probes
        if it.id == name or (it.record.result is not None and it.record.result.digest in digests)
    ]


def _refuse_single(name: str, machines: Sequence[MachineEvidence]) -> None:
    if len(machines) == 1:
        raise UsageError(
            f"only {machines[0].name} has measured `{name}`, or was asked for",
            hint="name a second machine, a manifest file, or a digest with `--digest`",
        )


def _write(explanation: Explanation, format_name: str, output: str, *, verbose: bool) -> None:
    if format_name == "json":
        from reprokit.render.json_explanation import render_explanation

        written = render_explanation(explanation)
    elif format_name == "markdown":
        written = text.render_markdown(explanation, verbose=verbose)
    else:
        written = text.render_text(
            explanation, width=None if output else read_width(), verbose=verbose
        )
    if output:
        write_output(output, written)
    else:
        typer.echo(written, nl=False)


def _choose_exit(explanation: Explanation, digests: Sequence[str]) -> ExitCode:
    lost = {search.digest for search in explanation.searches if not search.found}
    seen = {it.digest for it in explanation.clusters if it.digest not in lost}
    if set(digests) - seen:
        return ExitCode.TROUBLE
    blocks = explanation.severity is Severity.BLOCKING and not digests
    return ExitCode.FINDING if blocks else ExitCode.EXPECTED


def _gather(
    question: Question, manifests: Mapping[str, Sequence[Manifest]], settings: Settings | None
) -> list[MachineEvidence]:
    """Choose the evidence of each machine that has the probe."""
    everything = choose_machines(question.probe, question.machines, manifests, settings)
    chosen = {
        machine: [it for it in items if any(probe.id == question.probe for probe in it.probes)]
        for machine, items in everything.items()
    }
    across = question.across_commits or (not question.commit and share_no_commit(chosen))
    commit = None if across else choose_commit(chosen, resolve_commit(settings, question.commit))
    return [gather_evidence(items, commit or list_commits(items)[0]) for items in chosen.values()]


def _find_probe(digests: Sequence[str], manifests: Sequence[Manifest], plan: SearchPlan) -> str:
    """Find the probe that digests are of: the first that stands in a manifest, or is found."""
    if not digests:
        raise UsageError(
            "say what to explain: a probe, or a digest", hint="as `reprokit explain normal-8-key0`"
        )
    for digest in digests:
        name = find_probe(digest, manifests, plan)
        if name is not None:
            return name
    raise UsageError(
        "no manifest has this digest, and nothing near what manifests have has it",
        where="--digest",
        hint="name the probe that it is of, and search farther with `--tries` and `--seconds`",
    )


def _give_digests(
    digests: Sequence[str], name: str, machines: Sequence[MachineEvidence]
) -> list[MachineEvidence]:
    """Make evidence of the digests that no machine at hand gave."""
    records = [item.probes[name] for item in machines]
    known = {it.record.result.digest for it in records if it.record.result is not None}
    like = next((it for it in records if it.record.result is not None), None)
    unknown = [digest for digest in dict.fromkeys(digests) if digest not in known]
    if like is None and unknown:
        raise UsageError(f"no machine has a result of `{name}` to hold digests against")
    return [make_given_evidence(digest, like) for digest in unknown if like is not None]
