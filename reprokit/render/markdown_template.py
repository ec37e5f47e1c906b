"""Markdown by templates: whatever text a template writes is escaped, unless it is markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from reprokit.render.own_template import fill_own, make_loader
from reprokit.render.text import (
    escape_markdown,
    make_harmless,
    render_list,
    render_markdown_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jinja2 import FunctionLoader

    from reprokit.render.own_template import TemplateText

_CODE = re.compile(r"`([A-Za-z0-9 ._=,+:/<>()*?-]{1,200})`")
_FENCE = re.compile(r"`{3,}")


class Markdown(str):
    """Text that is markdown already, and is not escaped again."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table: the columns' names and the rows' cells; a cell that is no `Markdown` is escaped."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        """Tell whether it has rows."""
        return bool(self.rows)


def render_template(name: str, own: TemplateText | None = None, **values: Any) -> str:  # noqa: ANN401
    """Fill a template of `reprokit/templates/`, or a user's, which may extend or include those.

    Args:
        name: Its file.
        own: The user's that is used in its stead.
        values: What stands for each of its names.

    Raises:
        UsageError: Where the user's is no template, or asks for what there is not; with its line.
    """
    if own is None:
        return _load_environment().get_template(name).render(values)
    environment = _make_environment(make_loader(own))
    return fill_own(environment, own, values, page="docs/milestones.md")


@cache
def _load_environment() -> SandboxedEnvironment:
    return _make_environment()


def _make_environment(*loaders: FunctionLoader) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([*loaders, PackageLoader("reprokit")]),
        autoescape=False,  # what it knows is HTML; `_finalize` escapes markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "code": write_code,
        "fence": write_fence,
        "markdown": Markdown,
        "prose": write_prose,
        "sentence": render_list,
        "table": write_table,
    }
    return environment


def _finalize(value: object) -> object:
    return value if isinstance(value, Markdown) else escape_markdown(str(value))


def write_code(text: str) -> Markdown:
    """Write text as code within a line; what would end it early is left out."""
    return Markdown(f"`{make_harmless(text).replace('`', '').replace('|', '')}`")


def write_prose(text: str) -> Markdown:
    """Write a sentence of ours: names in backticks are code, all else is escaped."""
    parts = _CODE.split(text)
    return Markdown(
        "".join(f"`{it}`" if at % 2 else escape_markdown(it) for at, it in enumerate(parts))
    )


def write_fence(lines: Iterable[str], language: str = "console") -> Markdown:
    """Write lines as a block of code, which none of them can end."""
    kept = [make_harmless(line) for line in lines]
    longest = max((len(it) for line in kept for it in _FENCE.findall(line)), default=2)
    fence = "`" * (longest + 1)
    return Markdown("\n".join([f"{fence}{language}", *kept, fence]))


def write_table(table: Table) -> Markdown:
    """Write a table."""
    return Markdown(
        render_markdown_table(_write_cells(table.head), list(map(_write_cells, table.rows)))
    )


def _write_cells(cells: Sequence[str]) -> list[str]:
    return [it if isinstance(it, Markdown) else escape_markdown(it) for it in cells]
