"""Pages of HTML by templates: whatever text they write is made harmless and escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from reprokit.render.html_view import view_comparison
from reprokit.render.own_template import fill_own, make_loader
from reprokit.render.pictures.palette import DARK, LIGHT
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison
    from reprokit.render.own_template import TemplateText


def render_comparison(comparison: Comparison) -> str:
    """Write a comparison as one page that needs no network and no script.

    Whatever a stranger's manifest says is shown as text: its markup is escaped, its control
    characters are visible marks, and the page's own rules keep it from loading anything.
    """
    return render_template("report/comparison.html.jinja", page=view_comparison(comparison))


def render_template(name: str, own: TemplateText | None = None, **values: Any) -> str:  # noqa: ANN401
    """Fill a template of `reprokit/templates/`, or a user's, which may extend or include those.

    Args:
        name: Its file.
        own: The user's that is used in its stead, in a sandbox.
        values: What stands for each of its names; beside them it has `light` and `dark`, the
            palettes.

    Raises:
        UsageError: Where the user's is no template, or asks for what there is not; with its line.
    """
    if own is None:
        return _load_environment().get_template(name).render(values)
    from jinja2.sandbox import SandboxedEnvironment  # ours need none, and run faster without

    loader = ChoiceLoader([make_loader(own), _OURS])
    environment = SandboxedEnvironment(autoescape=True, loader=loader, **_OPTIONS)
    environment.globals |= _PALETTES
    return fill_own(environment, own, values, page="docs/report.md")


@cache
def _load_environment() -> Environment:
    environment = Environment(autoescape=True, loader=_OURS, **_OPTIONS)
    environment.globals |= _PALETTES
    return environment


def _finalize(value: object) -> object:
    """Make texts harmless before they are escaped; what is HTML already stays as it is."""
    return make_harmless(value) if type(value) is str else value


_OURS = PackageLoader("reprokit")
_OPTIONS: dict[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "finalize": _finalize,
}
_PALETTES = {"light": LIGHT, "dark": DARK}
