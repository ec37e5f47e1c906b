"""`reprokit milestone`."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reprokit.cli.compare import choose_exit, make_comparison
from reprokit.cli.exits import complain
from reprokit.cli.milestone_command_line import write_command
from reprokit.cli.template_file import read_template
from reprokit.compare.amendment import list_changes, make_statement
from reprokit.compare.small_agreement import find_small_agreements
from reprokit.errors import UsageError
from reprokit.model.milestone import Amendment, Milestone
from reprokit.model.names import is_slug
from reprokit.observe.project import read_settings
from reprokit.render.milestone import (
    add_to_json,
    draw_pictures,
    render_amendment,
    render_json,
    render_markdown,
)
from reprokit.render.milestone_view import name_picture
from reprokit.render.text import render_count
from reprokit.store.milestones import (
    find_published,
    hash_document,
    read_untouched,
    replace_documents,
    write_documents,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reprokit.cli.compare import Selection
    from reprokit.cli.exits import ExitCode
    from reprokit.model.milestone import Published
    from reprokit.model.settings import Settings
    from reprokit.render.own_template import TemplateText


@dataclass(frozen=True, kw_only=True, slots=True)
class MilestoneRequest:
    """What is asked for beside the selection.

    Attributes:
        name: The milestone's slug.
        why: Why it is made; may be empty.
        edit: Whether an editor is opened for that.
        date: The date of what is written; empty for today, UTC.
        template: A user's own template; empty for ours.
    """

    name: str
    why: str = ""
    edit: bool = False
    date: str = ""
    template: str = ""


def write_milestone(request: MilestoneRequest, selection: Selection) -> ExitCode:
    """Write the documents, or amend those that are there, and print their paths.

    Raises:
        UsageError: For a name that is no slug, a date that is none, a wrong template, or documents
            that were edited.
    """
    gc.disable()  # what is read stays until the end, and would be searched again and again
    _check_name(request.name)
    date = _choose_date(request.date)
    template = read_template(request.template)
    settings = read_settings(Path.cwd())
    comparison = make_comparison(settings, selection)
    found = find_published(settings.milestones_path, request.name)
    why = _ask_why(request, found[1].reasons[0] if found else "")
    milestone = Milestone(
        name=request.name,
        date=date,
        why=why,
        command=write_command(
            replace(request, why=why, date=date, template=_name_template(settings, request)),
            comparison,
            selection,
        ),
        comparison=comparison,
        probe_glob=selection.probe_glob,
        small_agreements=find_small_agreements(comparison),
    )
    if found is None:
        paths = _write_first(settings, milestone, template)
    else:
        document, published = found
        if template is not None:
            render_markdown(milestone, (), template)  # a wrong one is told, though not used
            complain("the template is not used: what was published is not rewritten")
        paths = _amend(settings, milestone, document, published)
    for path in paths:
        typer.echo(path.relative_to(settings.root).as_posix())
    return choose_exit(comparison, strict=False)


def _check_name(name: str) -> None:
    if not is_slug(name):
        raise UsageError(
            f"`{name}` cannot name a milestone",
            where="NAME",
            hint="use lower-case words, digits and dashes, as `r1-cross-machine`",
        )


def _choose_date(date: str) -> str:
    if not date:
        return datetime.now(UTC).date().isoformat()
    try:
        return datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise UsageError(
            f"`{date}` is no date", where="--date", hint="write it as 2026-05-20"
        ) from None


def _name_template(settings: Settings, request: MilestoneRequest) -> str:
    """Write a template's path below the project; of one elsewhere its name alone."""
    if not request.template:
        return ""
    path = Path(request.template).resolve()
    inside = path.is_relative_to(settings.root)
    return path.relative_to(settings.root).as_posix() if inside else path.name


def _ask_why(request: MilestoneRequest, published: str) -> str:
    if not request.edit:
        return request.why.strip()
    from reprokit.cli.editor import edit_text

    question = f"Why is the milestone {request.name} made? Lines that begin with # are left out."
    return edit_text(request.why or published, question)


def _write_first(
    settings: Settings, milestone: Milestone, template: TemplateText | None
) -> tuple[Path, ...]:
    pictures = draw_pictures(milestone)
    documents = {f"{milestone.stem}.md": render_markdown(milestone, pictures, template)}
    documents |= {name_picture(milestone, it): it.svg for it in pictures}
    data = render_json(milestone, _hash_all(documents.items()))
    return write_documents(settings.milestones_path, documents | {f"{milestone.stem}.json": data})


def _hash_all(documents: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: hash_document(name, text) for name, text in documents}


def _amend(
    settings: Settings, milestone: Milestone, document: dict[str, object], published: Published
) -> tuple[Path, ...]:
    """Add what changed to the documents that are there; where nothing did, leave them."""
    folder = settings.milestones_path
    names = (*published.files, f"{published.stem}.json")
    changes = list_changes(published.statement, make_statement(milestone.comparison))
    is_known = not milestone.why or milestone.why in published.reasons
    if not changes and is_known:
        read_untouched(folder, published)
        complain(f"nothing changed since {published.date}: {published.stem} stays as it is")
        return tuple(folder / name for name in names)
    if milestone.date < published.date:
        raise UsageError(
            f"an amendment of {milestone.date} cannot follow what was published on "
            f"{published.date}",
            where="--date",
            hint="choose a later date, or another name for a new milestone",
        )
    amendment = Amendment(
        number=published.amendments + 1,
        date=milestone.date,
        milestone=replace(milestone, why="" if is_known else milestone.why),
        changes=changes,
    )
    name = f"{published.stem}.md"
    addition = render_amendment(amendment)
    written = read_untouched(folder, published, addition=addition) + addition
    files = dict(published.files) | {name: hash_document(name, written)}
    data = add_to_json(document, amendment, files)
    replace_documents(folder, {name: written, f"{published.stem}.json": data})
    told = render_count(len(changes), "change") if changes else "why it was made"
    complain(f"amended {published.stem}: {told}")
    return tuple(folder / it for it in names)
