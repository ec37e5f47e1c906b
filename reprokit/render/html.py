"""A comparison as one page of HTML that needs no network and no script."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reprokit.render.html_view import view_comparison
from reprokit.render.pictures.palette import DARK, LIGHT
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison


def render_comparison(comparison: Comparison) -> str:
    """Write a comparison as a page: machines, probes, what parts in each, causes, notes.

    Whatever a stranger's manifest says is shown as text: its markup is escaped, its control
    characters are visible marks, and the page's own rules keep it from loading anything.
    """
    return render_template("comparison.html.jinja", page=view_comparison(comparison))


def render_template(name: str, **values: Any) -> str:  # noqa: ANN401 - what the template asks for
    """Fill a template of `reprokit/templates/`; it may use `report.css.jinja` and the macros.

    Args:
        name: Its file.
        values: What stands for each of its names; beside them it has `light` and `dark`, the
            palettes.

    Raises:
        jinja2.TemplateError: Where it is none, or asks for what there is not.
    """
    return _load_environment().get_template(name).render(values)


@cache
def _load_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reprokit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
    )
    environment.globals |= {"light": LIGHT, "dark": DARK}
    return environment


def _finalize(value: object) -> object:
    """Make texts harmless before they are escaped; what is HTML already stays as it is."""
    return make_harmless(value) if type(value) is str else value
