"""What a run of `milestone` writes: new documents, an amendment, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from reprokit.compare.amendment import list_changes, make_statement
from reprokit.errors import UsageError
from reprokit.model.milestone import Amendment
from reprokit.render.milestone import (
    add_to_json,
    draw_pictures,
    render_amendment,
    render_json,
    render_markdown,
)
from reprokit.render.milestone_view import name_picture
from reprokit.render.text import render_count
from reprokit.store.milestones import hash_document, read_untouched

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reprokit.model.milestone import Milestone, Published, Statement
    from reprokit.render.own_template import TemplateText


_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What is to be written, and told.

    Attributes:
        names: The milestone's documents, in the order in which they are listed.
        documents: Text by name of those that are written, in that order; the JSON last.
        told: Sentences for the user.
        is_first: Whether there is nothing yet that they could be written over.
        taken_out: Of an amendment that was never finished, what is not written again.
    """

    names: tuple[str, ...]
    documents: Mapping[str, str]
    told: tuple[str, ...] = ()
    is_first: bool = False
    taken_out: str = ""


def draft_milestone(
    folder: Path,
    milestone: Milestone,
    template: TemplateText | None,
    found: tuple[dict[str, Any], Published] | None,
) -> Draft:
    """Say what is to be written; nothing is.

    Args:
        folder: The folder of milestones.
        milestone: What is stated now.
        template: The user's own; None for ours.
        found: What is there of this name, as `find_published` found it.

    Raises:
        UsageError: For documents that were edited, a date before theirs, or a wrong template.
    """
    if found is None:
        return _draft_first(milestone, template)
    document, published = found
    draft = _draft_amendment(folder, milestone, document, published)
    if template is None:
        return draft
    render_markdown(milestone, (), template)  # a wrong one is told, though not used
    told = "the template is not used: what was published is not rewritten"
    return replace(draft, told=(told, *draft.told))


def _draft_first(milestone: Milestone, template: TemplateText | None) -> Draft:
    pictures = draw_pictures(milestone)
    documents = {f"{milestone.stem}.md": render_markdown(milestone, pictures, template)}
    documents |= {name_picture(milestone, it): it.svg for it in pictures}
    files = {name: hash_document(name, text) for name, text in documents.items()}
    documents[f"{milestone.stem}.json"] = render_json(milestone, files)
    return Draft(names=tuple(documents), documents=documents, is_first=True)


def _draft_amendment(
    folder: Path, milestone: Milestone, document: dict[str, Any], published: Published
) -> Draft:
    """Add what changed to the documents that are there; where nothing did, leave them."""
    names = (*published.files, published.data)
    there = read_untouched(folder, published)
    statement = make_statement(milestone.comparison)
    changes = list_changes(published.statement, statement)
    is_known = not milestone.why or milestone.why in published.reasons
    stated = _find_stated(milestone, published) if is_known else None
    if stated is not None:
        documents = {published.markdown: there.text} if there.unfinished else {}
        return Draft(names=names, documents=documents, told=(stated,), taken_out=there.unfinished)
    check_order(milestone.date, published)
    if is_known:
        _check_kept(published.statement, statement)
    amendment = Amendment(
        number=published.amendments + 1,
        date=milestone.date,
        milestone=replace(milestone, why="" if is_known else milestone.why),
        changes=changes,
    )
    addition = render_amendment(amendment)
    text = there.text + addition
    files = dict(published.files) | {published.markdown: hash_document(published.markdown, text)}
    data = add_to_json(document, amendment, files)
    told = render_count(len(changes), "change") if changes else "why it was made"
    return Draft(
        names=names,
        documents={published.markdown: text, published.data: data},
        told=(f"amended {published.stem}: {told}",),
        taken_out="" if there.unfinished == addition else there.unfinished,
    )


def _find_stated(milestone: Milestone, published: Published) -> str | None:
    """Say that a milestone states this already, now or before; None where it never did.

    What an older part of it stated rests on the same manifests: it is nothing new, and would turn
    back what was amended since.
    """
    statement = make_statement(milestone.comparison)
    for date, stated in reversed(list(zip(published.dates, published.statements, strict=True))):
        if not list_changes(stated, statement):
            if stated is published.statement:
                return f"nothing changed since {date}: {published.stem} stays as it is"
            return (
                f"{published.stem} stated this on {date}, and something else since, which stands: "
                "nothing was written; to turn it back, say why by `--why`"
            )
    return None


def _check_kept(before: Statement, after: Statement) -> None:
    """Refuse to leave out machines or probes of what was stated, where nobody says why."""
    for kind, option, old, new in (
        ("machine", "--machines", before.machines, after.machines),
        ("probe", "--probe", before.probes, after.probes),
    ):
        gone = [name for name in old if name not in new]
        if gone:
            shown = ", ".join(f"`{name}`" for name in gone[:_SHOWN])
            more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
            raise UsageError(
                f"{render_count(len(gone), kind)} that the document states would be left out: "
                f"{shown}{more}",
                where=option,
                hint="compare them too; or say by `--why` why an amendment leaves them out, or "
                "choose another name",
            )


def check_order(date: str, published: Published) -> None:
    """Refuse a date before that of what is amended."""
    if date < published.date:
        raise UsageError(
            f"an amendment of {date} cannot follow what was published on {published.date}",
            where="--date",
            hint="choose a later date, or another name for a new milestone",
        )
