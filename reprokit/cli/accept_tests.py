"""`reprokit accept --tests`: what tests left pending becomes accepted, for scripts."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.accept import tell_time
from reprokit.cli.evidence import check_reason, choose_reviewer, refuse_unattended
from reprokit.cli.exits import ExitCode
from reprokit.compare.acceptance import list_pending_tests, settle_pending
from reprokit.errors import UsageError
from reprokit.model.baseline import Review
from reprokit.observe.project import read_settings
from reprokit.render.text import make_harmless
from reprokit.store.baselines import find_place, list_families, read_baseline, update_baseline

if TYPE_CHECKING:
    from reprokit.model.baseline import Baseline
    from reprokit.model.settings import Settings


def accept_tests(*, glob: str, family: str, reason: str, by: str) -> ExitCode:
    """Accept what tests left pending, in all families or in one.

    All baselines are read before the first is written; each that was written is told at once.

    Args:
        glob: Which results; a name that stands for itself fits as well, brackets and all.
        family: The family; empty for all.
        reason: Why.
        by: Who; empty for git's user.

    Raises:
        UsageError: In CI; where nothing that is pending fits.
        BaselineError: Where a baseline is wrong; then nothing is written.
    """
    refuse_unattended("reprokit accept")
    settings = read_settings(Path.cwd())
    review = Review(by=choose_reviewer(settings, by), at=tell_time(), reason=check_reason(reason))
    families = [family] if family else list_families(settings.manifests_path)
    for own in families:
        read_baseline(settings.manifests_path, own, root=settings.root)
    counts = [_accept_family(settings, own, glob, review) for own in families]
    if not any(counts):
        where = f" in `{family}`" if family else ""
        raise UsageError(
            f"no test left anything pending{where} that fits `{glob}`",
            where="--probe",
            hint="a glob must fit a whole name, as `tests/test_a.py::*`",
        )
    return ExitCode.EXPECTED


def _accept_family(settings: Settings, family: str, glob: str, review: Review) -> int:
    accepted: list[str] = []

    def change(baseline: Baseline) -> Baseline:
        for key, entry in list_pending_tests(baseline):
            if entry.id == glob or fnmatchcase(entry.id, glob):
                baseline = settle_pending(baseline, key, entry, review)
                accepted.append(f"  {entry.id}  {entry.result.digest[:12]}")
        return baseline

    update_baseline(settings.manifests_path, family, change, root=settings.root)
    for line in accepted:
        typer.echo(make_harmless(line))
    if accepted:
        place = find_place(settings.manifests_path, family).relative_to(settings.root)
        typer.echo(f"accepted {len(accepted)}: {place.as_posix()}")
    return len(accepted)
