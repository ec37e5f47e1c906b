"""`reprokit milestone`."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.compare import choose_exit, make_comparison
from reprokit.errors import UsageError
from reprokit.model.names import is_slug
from reprokit.observe.project import read_settings
from reprokit.render.milestone import Milestone, render_json, render_markdown
from reprokit.store.milestones import write_documents

if TYPE_CHECKING:
    from reprokit.cli.compare import Selection
    from reprokit.cli.exits import ExitCode
    from reprokit.model.comparison import Comparison


def write_milestone(name: str, selection: Selection, *, why: str, date: str) -> ExitCode:
    """Write the documents and print their paths.

    Raises:
        UsageError: For a name that is no slug, a date that is none, or documents in the way.
    """
    if not is_slug(name):
        raise UsageError(
            f"`{name}` cannot name a milestone",
            where="NAME",
            hint="use lower-case words, digits and dashes, as `r1-cross-machine`",
        )
    settings = read_settings(Path.cwd())
    comparison = make_comparison(settings, selection)
    date = _choose_date(date)
    milestone = Milestone(
        name=name,
        date=date,
        why=why,
        command=_write_command(name, comparison, selection, why=why, date=date),
        comparison=comparison,
    )
    documents = {
        f"{milestone.stem}.md": render_markdown(milestone),
        f"{milestone.stem}.json": render_json(milestone),
    }
    for path in write_documents(settings.milestones_path, documents):
        typer.echo(path.relative_to(settings.root).as_posix())
    return choose_exit(comparison, strict=False)


def _choose_date(date: str) -> str:
    if not date:
        return datetime.now(UTC).date().isoformat()
    try:
        return datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise UsageError(
            f"`{date}` is no date", where="--date", hint="write it as 2026-05-20"
        ) from None


def _write_command(
    name: str, comparison: Comparison, selection: Selection, *, why: str, date: str
) -> str:
    """Write the command that makes the same milestone again, whatever came since."""
    machines = ",".join(machine.name for machine in comparison.machines)
    words = ["uv", "run", "reprokit", "milestone", name, "--machines", machines]
    words += ["--commit", comparison.commit] if comparison.commit else ["--across-commits"]
    words += ["--probe", selection.probe_glob] if selection.probe_glob != "*" else []
    words += ["--why", why] if why else []
    return shlex.join([*words, "--date", date])
