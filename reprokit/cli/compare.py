"""`reprokit compare`, and what it shares with `reprokit milestone`: choosing the evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.exits import ExitCode
from reprokit.cli.terminal import read_width
from reprokit.compare.selection import (
    choose_commit,
    gather_evidence,
    list_commits,
    resolve_machines,
)
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.comparison import Comparison, Severity
from reprokit.observe.project import read_settings
from reprokit.render import json, markdown, table
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import Manifest
    from reprokit.model.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What is to be compared, as the options say it.

    Attributes:
        machines: Names or words of them, with commas between; empty for all.
        commit: First hex digits; empty for the newest common one.
        across_commits: Whether the newest of each machine is meant.
        probe_glob: Which probes.
    """

    machines: str
    commit: str
    across_commits: bool
    probe_glob: str


def show_comparison(
    selection: Selection, *, format_name: str, output: str, strict: bool, verbose: bool
) -> ExitCode:
    """Compare, and write the comparison to standard output or a file."""
    comparison = make_comparison(read_settings(Path.cwd()), selection)
    if len(comparison.machines) == 1:
        raise UsageError(
            f"`{comparison.machines[0].name}` is the only machine: there is nothing to compare",
            where="--machines",
            hint="name two machines; `reprokit machines` lists those there are",
        )
    width = None if output else read_width()
    text = _render(comparison, format_name, width=width, verbose=verbose)
    if output:
        write_output(Path(output), text)
    else:
        typer.echo(text, nl=False)
    return choose_exit(comparison, strict=strict)


def _render(comparison: Comparison, format_name: str, *, width: int | None, verbose: bool) -> str:
    if format_name == "json":
        return json.render_comparison(comparison)
    if format_name == "markdown":
        return markdown.render_comparison(comparison, verbose=verbose)
    return table.render_comparison(comparison, width=width, verbose=verbose)


def write_output(path: Path, text: str) -> None:
    """Write a file that the user named.

    Raises:
        UsageError: Where it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=str(path)) from None


def choose_exit(comparison: Comparison, *, strict: bool) -> ExitCode:
    """Choose 1 for what blocks, and under `--strict` for a warning too."""
    if comparison.count_severity(Severity.BLOCKING):
        return ExitCode.FINDING
    if strict and comparison.count_severity(Severity.WARNING):
        return ExitCode.FINDING
    return ExitCode.EXPECTED


def make_comparison(settings: Settings, selection: Selection) -> Comparison:
    """Read the manifests that a selection means, and compare them.

    Raises:
        UsageError: Where the selection means nothing, or more than one thing.
        ManifestError: Where a manifest is wrong.
    """
    if selection.commit and selection.across_commits:
        raise UsageError("`--commit` and `--across-commits` contradict each other")
    manifests = _read_manifests(settings, selection.machines)
    if selection.across_commits:
        commit = None
        evidence = [gather_evidence(it, list_commits(it)[0]) for it in manifests.values()]
    else:
        commit = choose_commit(manifests, _resolve(settings, selection.commit))
        evidence = [gather_evidence(items, commit) for items in manifests.values()]
    return compare_machines(
        evidence, commit=commit, ids=_choose_probes(evidence, selection.probe_glob, settings)
    )


def _resolve(settings: Settings, revision: str) -> str | None:
    """Turn a tag, a branch or `HEAD~1` into a commit; hex digits stand for themselves."""
    if not revision or re.fullmatch(r"[0-9a-fA-F]{4,64}", revision):
        return revision or None
    from reprokit.observe.repository import resolve_revision

    return resolve_revision(settings.root, revision, (settings.manifests, settings.milestones))


def _read_manifests(settings: Settings, machines: str) -> Mapping[str, Sequence[Manifest]]:
    folder = settings.manifests_path
    known = list_machines(folder)
    asked = [name.strip() for name in machines.split(",")] if machines else []
    chosen = resolve_machines(asked, known) if asked else known
    if not chosen:
        raise UsageError(
            f"there are no manifests under {settings.manifests}/",
            hint="take a first one with `reprokit snapshot`",
        )
    return {name: tuple(read_machine(folder, name, root=settings.root)) for name in chosen}


def _choose_probes(evidence: Sequence[MachineEvidence], glob: str, settings: Settings) -> list[str]:
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
