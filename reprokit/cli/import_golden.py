"""`reprokit import golden`: digests that were kept by hand become entries of baselines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.accept import tell_time
from reprokit.cli.evidence import choose_reviewer, refuse_unattended
from reprokit.cli.exits import ExitCode
from reprokit.compare.golden import TakenOver, group_by_family, take_over
from reprokit.errors import UsageError
from reprokit.model.baseline import BaselineStatus
from reprokit.model.names import is_slug
from reprokit.observe.project import read_settings
from reprokit.render.text import make_harmless
from reprokit.store.baselines import find_place, read_baseline, update_baseline
from reprokit.store.golden_hashes import read_golden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.baseline import Baseline
    from reprokit.model.golden import GoldenHash, GoldenProblem
    from reprokit.model.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What the command line says.

    Attributes:
        family: The family of entries whose chip is not named, or not known; empty for none.
        prefix: What is put before each name.
        by: Who takes them over; empty for git's user.
        dry_run: Whether nothing is to be written.
    """

    family: str
    prefix: str
    by: str
    dry_run: bool


def take_golden_over(files: Sequence[Path], options: ImportOptions) -> ExitCode:
    """Take over all that can be, and say of the rest why not; nothing there is written over.

    Returns:
        1 where something was not taken over.

    Raises:
        UsageError: In CI; for a family that can be none; where a file is no JSON object.
    """
    if options.family and not is_slug(options.family):
        raise UsageError(f"`{options.family}` can be no family's name", where="--family")
    if not options.dry_run:
        refuse_unattended("reprokit import golden")
    settings = read_settings(Path.cwd())
    by = options.by if options.dry_run else choose_reviewer(settings, options.by)
    read = [read_golden(path, prefix=options.prefix) for path in files]
    hashes = [own for found, _ in read for own in found]
    problems = [problem for _, wrong in read for problem in wrong]
    if not hashes and not problems:
        typer.echo(
            "nothing to take over: there is no entry in "
            + ", ".join(make_harmless(it.name) for it in files)
        )
    groups, strange = group_by_family(hashes, options.family)
    problems += strange
    for family in sorted(groups):
        taken = _take_family_over(settings, family, groups[family], by, write=not options.dry_run)
        problems += taken.problems
        _tell_family(settings, taken, dry_run=options.dry_run)
    _tell_problems(problems)
    return ExitCode.FINDING if problems else ExitCode.EXPECTED


def _take_family_over(
    settings: Settings, family: str, hashes: Sequence[GoldenHash], by: str, *, write: bool
) -> TakenOver:
    """Take over a family's hashes; the baseline is read as it is then, under its lock."""
    at = tell_time()
    taken: list[TakenOver] = []

    def change(baseline: Baseline) -> Baseline:
        taken.append(take_over(baseline, hashes, by=by, at=at))
        return taken[-1].baseline

    folder = settings.manifests_path
    if write:
        update_baseline(folder, family, change, root=settings.root)
    else:
        change(read_baseline(folder, family, root=settings.root))
    return taken[-1]


def _tell_family(settings: Settings, taken: TakenOver, *, dry_run: bool) -> None:
    family = taken.baseline.family
    place = find_place(settings.manifests_path, family).relative_to(settings.root).as_posix()
    counts = {status: sum(own.status is status for own in taken.fresh) for status in BaselineStatus}
    told = [f"{count} {status}" for status, count in counts.items() if count]
    verb = "would import" if dry_run else "imported"
    known = f"; {len(taken.known)} there already" if taken.known else ""
    typer.echo(f"{place}: {verb} {', '.join(told) or 'nothing'}{known}")


def _tell_problems(problems: Sequence[GoldenProblem]) -> None:
    if problems:
        typer.echo(f"not imported: {len(problems)}")
    for problem in problems:
        typer.echo(make_harmless(f"  {problem.place}: {problem.reason}"))
