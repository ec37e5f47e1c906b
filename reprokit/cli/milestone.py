"""`reprokit milestone`."""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from reprokit.cli.compare import choose_exit, make_comparison
from reprokit.cli.exits import complain
from reprokit.cli.milestone_command_line import write_command
from reprokit.cli.milestone_draft import check_order, draft_milestone
from reprokit.cli.template_file import read_template
from reprokit.compare.small_agreement import find_small_agreements
from reprokit.errors import UsageError
from reprokit.model.milestone import Milestone
from reprokit.model.names import is_slug
from reprokit.observe.project import read_settings
from reprokit.render.text import make_harmless
from reprokit.store.kept_texts import keep_text
from reprokit.store.milestones import (
    find_published,
    lock_milestones,
    replace_documents,
    write_documents,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.cli.compare import Selection
    from reprokit.cli.exits import ExitCode
    from reprokit.cli.milestone_draft import Draft
    from reprokit.model.comparison import Comparison
    from reprokit.model.milestone import Published
    from reprokit.model.settings import Settings
    from reprokit.render.own_template import TemplateText


_DATED = re.compile(r"[-_]\d{4}-\d{2}-\d{2}\Z")


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """What is known before the folder of milestones is looked at.

    Attributes:
        settings: The project's.
        request: What is asked for, with the date that was chosen.
        selection: What is compared.
        comparison: What that gave.
        template: The user's own; None for ours.
    """

    settings: Settings
    request: MilestoneRequest
    selection: Selection
    comparison: Comparison
    template: TemplateText | None

    @property
    def folder(self) -> Path:
        """The folder of milestones."""
        return self.settings.milestones_path

    def find_published(self) -> tuple[dict[str, Any], Published] | None:
        """Find what is there of this name."""
        return find_published(self.folder, self.request.name, date=self.request.date)

    def draft(self, why: str, found: tuple[dict[str, Any], Published] | None) -> Draft:
        """Say what is to be written with this reason."""
        return draft_milestone(self.folder, self._make_milestone(why), self.template, found)

    def _make_milestone(self, why: str) -> Milestone:
        request = replace(
            self.request, why=why, template=_name_template(self.settings, self.request)
        )
        return Milestone(
            name=request.name,
            date=request.date,
            why=why,
            command=write_command(request, self.comparison, self.selection),
            comparison=self.comparison,
            probe_glob=self.selection.probe_glob,
            small_agreements=find_small_agreements(self.comparison),
        )


def write_milestone(request: MilestoneRequest, selection: Selection) -> ExitCode:
    """Write the documents, or amend those that are there, and print their paths.

    Raises:
        UsageError: For a name that is no slug, an option that is no UTF-8, a date that is none, a
            wrong template, documents that were edited, or another process that writes.
    """
    gc.disable()  # what is read stays until the end, and would be searched again and again
    _check_request(request, selection)
    settings = read_settings(Path.cwd())
    plan = _Plan(
        settings=settings,
        request=replace(request, date=_choose_date(request.date)),
        selection=selection,
        template=read_template(request.template),
        comparison=make_comparison(settings, selection),
    )
    with _ask_why(plan) as why, lock_milestones(settings.root):
        draft = plan.draft(why, plan.find_published())
        _write(settings, draft)
    for line in draft.told:
        complain(line)
    for name in draft.names:
        path = (plan.folder / name).relative_to(settings.root)
        typer.echo(make_harmless(path.as_posix()))
    return choose_exit(plan.comparison, strict=False)


def _check_request(request: MilestoneRequest, selection: Selection) -> None:
    _check_name(request.name)
    for option, text in (("--why", request.why), ("--probe", selection.probe_glob)):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError("is not UTF-8", where=option) from None


def _check_name(name: str) -> None:
    if not is_slug(name):
        raise UsageError(
            f"`{name}` cannot name a milestone",
            where="NAME",
            hint="use lower-case words, digits and dashes, as `r1-cross-machine`",
        )
    if _DATED.search(name):
        raise UsageError(
            f"`{name}` ends with a date, which is added to the names of its files",
            where="NAME",
            hint=f"name it `{_DATED.sub('', name)}`; `--date` chooses another date",
        )


def _choose_date(date: str) -> str:
    today = datetime.now(UTC).date()
    if not date:
        return today.isoformat()
    try:
        chosen = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError(
            f"`{date}` is no date", where="--date", hint="write it as 2026-05-20"
        ) from None
    if chosen > today + timedelta(days=1):  # where the day begins earlier than in UTC
        raise UsageError(
            f"{date} is in the future",
            where="--date",
            hint="nothing could be added to the document until then",
        )
    return chosen.isoformat()


def _name_template(settings: Settings, request: MilestoneRequest) -> str:
    """Write a template's path below the project; of one elsewhere its name alone."""
    if not request.template:
        return ""
    path = Path(request.template).resolve()
    inside = path.is_relative_to(settings.root)
    return path.relative_to(settings.root).as_posix() if inside else path.name


@contextmanager
def _ask_why(plan: _Plan) -> Iterator[str]:
    """Lend the reason; where it is typed, all that could refuse it is tried before."""
    request = plan.request
    if not request.edit:
        yield request.why.strip()
        return
    from reprokit.cli.editor import edit_text

    with lock_milestones(plan.settings.root):
        found = plan.find_published()
        plan.draft(request.why.strip(), found)
    if found:
        check_order(request.date, found[1])
    question = f"Why is the milestone {request.name} made? Lines that begin with # are left out."
    text = request.why or (found[1].reasons[0] if found else "")
    with edit_text(plan.settings.root, f"why-{request.name}", text, question) as why:
        yield why


def _write(settings: Settings, draft: Draft) -> None:
    if draft.taken_out:
        path = keep_text(settings.root, "unfinished-amendment", draft.taken_out)
        complain(
            "an amendment that was interrupted, and never published, is taken out of the document; "
            f"its text is kept in {path.relative_to(settings.root).as_posix()}"
        )
    if draft.is_first:
        write_documents(settings.milestones_path, draft.documents)
    else:
        replace_documents(settings.milestones_path, draft.documents)
