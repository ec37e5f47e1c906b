"""`reprokit compare`, and what it shares with `reprokit milestone`: choosing the evidence."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.kept_arrays import find_kept, warn_of_faults
from reprokit.cli.output import write_output
from reprokit.cli.sources import (
    find_settings,
    read_history,
    read_sources,
    resolve_commit,
    share_no_commit,
)
from reprokit.cli.terminal import read_width
from reprokit.compare.completion import (
    add_attributions,
    add_divergences,
    add_old_values,
    add_side_findings,
)
from reprokit.compare.selection import choose_commit, gather_evidence, list_commits
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.comparison import Comparison, Severity
from reprokit.render import github, json, markdown, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.cli.sources import Sources
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.settings import Settings


_LARGEST_KEPT_BYTES = 64 * 10**6
"""Larger arrays that were kept are left to `explain`, so that a comparison stays quick."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What is to be compared, as the options say it.

    Attributes:
        machines: Names or words of them, with commas between; empty for all.
        commit: First hex digits; empty for the newest common one.
        across_commits: Whether the newest of each machine is meant.
        probe_glob: Which probes.
        paths: Manifest files, folders that hold some, or machines; none for the project's.
        kept_arrays: Whether to use arrays that are kept here; what is published rests on manifests
            alone.
    """

    machines: str
    commit: str
    across_commits: bool
    probe_glob: str
    paths: tuple[str, ...] = ()
    kept_arrays: bool = True


def show_comparison(
    selection: Selection, *, format_name: str, output: str, strict: bool, verbose: bool
) -> ExitCode:
    """Compare, and write the comparison to standard output or a file."""
    gc.disable()  # what is read stays until the end, and would be searched again and again
    settings = find_settings(Path.cwd(), selection.paths)
    comparison = make_comparison(settings, selection)
    if len(comparison.machines) == 1:
        raise refuse_single(comparison, selection)
    width = None if output else read_width()
    text = _render(comparison, format_name, width=width, strict=strict, verbose=verbose)
    if output:
        write_output(output, text)
    else:
        typer.echo(text, nl=False)
    return choose_exit(comparison, strict=strict)


def refuse_single(comparison: Comparison, selection: Selection) -> UsageError:
    """Return the error of a selection that means one machine."""
    name = comparison.machines[0].name
    message = f"`{name}` is the only machine: there is nothing to compare"
    if selection.paths and not selection.machines:
        found = " ".join(comparison.notes)
        return UsageError(message, hint=found or "name a second file, folder or machine")
    hint = "name two machines; `reprokit machines` lists those there are"
    return UsageError(message, where="--machines", hint=hint)


def _render(
    comparison: Comparison, format_name: str, *, width: int | None, strict: bool, verbose: bool
) -> str:
    if format_name == "json":
        return json.render_comparison(comparison)
    if format_name == "markdown":
        return markdown.render_comparison(comparison, verbose=verbose)
    if format_name == "junit":
        from reprokit.render import junit  # few ask for it, and its writer is slow to load

        return junit.render_comparison(comparison, strict=strict)
    if format_name == "html":
        from reprokit.render import html  # as junit

        return html.render_comparison(comparison)
    if format_name == "github":
        return github.render_comparison(comparison)
    return table.render_comparison(comparison, width=width, verbose=verbose)


def choose_exit(comparison: Comparison, *, strict: bool) -> ExitCode:
    """Choose 1 for what blocks, and under `--strict` for a warning too."""
    if comparison.count_severity(Severity.BLOCKING):
        return ExitCode.FINDING
    if strict and comparison.count_severity(Severity.WARNING):
        return ExitCode.FINDING
    return ExitCode.EXPECTED


def make_comparison(settings: Settings | None, selection: Selection) -> Comparison:
    """Read the manifests that a selection means, and compare them.

    Args:
        settings: The project's; None outside any, where the selection names paths.
        selection: What is meant. Where it names single files that have no commit in common, they
            are compared across commits: there is nothing else to choose.

    Raises:
        UsageError: Where the selection means nothing, or more than one thing.
        ManifestError: Where a manifest is wrong.
    """
    return compare_sources(settings, selection, choose_sources(settings, selection))


def choose_sources(settings: Settings | None, selection: Selection) -> Sources:
    """Read the manifests of the machines that a selection means; as `make_comparison` does."""
    if selection.commit and selection.across_commits:
        raise UsageError("`--commit` and `--across-commits` contradict each other")
    asked = [name.strip() for name in selection.machines.split(",")] if selection.machines else []
    return read_sources(settings, selection.paths, asked)


def compare_sources(
    settings: Settings | None, selection: Selection, sources: Sources
) -> Comparison:
    """Compare manifests that were read; as `make_comparison` does."""
    manifests = sources.manifests
    across = selection.across_commits or (
        sources.one_each and not selection.commit and share_no_commit(manifests)
    )
    commit = None
    if not across:
        commit = choose_commit(manifests, resolve_commit(settings, selection.commit))
    evidence = [gather_evidence(it, commit or list_commits(it)[0]) for it in manifests.values()]
    ids = _choose_probes(evidence, selection.probe_glob, settings)
    comparison = add_side_findings(compare_machines(evidence, commit=commit, ids=ids))
    largest_bytes = _LARGEST_KEPT_BYTES if selection.kept_arrays else 0
    kept = find_kept(settings, (), largest_bytes=largest_bytes)
    comparison = add_attributions(add_divergences(comparison, kept=kept))
    warn_of_faults(kept)
    if any(len(list_commits(it)) > 1 for it in manifests.values()):
        comparison = add_old_values(comparison, read_history(settings, sources))
    return replace(comparison, notes=(*comparison.notes, *sources.notes))


def _choose_probes(
    evidence: Sequence[MachineEvidence], glob: str, settings: Settings | None
) -> list[str]:
    known = dict.fromkeys(name for machine in evidence for name in machine.probes)
    chosen = [name for name in known if fnmatchcase(name, glob)]
    if not chosen:
        from reprokit.cli.choice import refuse_glob  # loads the suites, which compare needs not

        raise refuse_glob(
            glob,
            settings,
            asked="that these machines have measured",
            known=list(known),
            command="reprokit snapshot --suite {suite} --probe {glob}",
        )
    return chosen
