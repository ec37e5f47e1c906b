"""The report: a comparison with all that belongs to it, as one page that needs no network."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from reprokit.render.history import describe_letters
from reprokit.render.html import render_template
from reprokit.render.html_view import view_comparison
from reprokit.render.report_view import view_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.comparison import Comparison
    from reprokit.model.environment_difference import FactDifference
    from reprokit.model.history import ProbeHistory
    from reprokit.render.own_template import TemplateText

_TEMPLATE = "report/report.html.jinja"


def render_report(
    comparison: Comparison,
    *,
    differences: Sequence[FactDifference] = (),
    histories: Sequence[ProbeHistory] = (),
    template: TemplateText | None = None,
) -> str:
    """Write the page.

    Args:
        comparison: What it is about.
        differences: Facts that are not the same in the machines' environments; none where all are.
        histories: How probes moved over commits.
        template: A user's own.

    Raises:
        UsageError: Where that template is wrong, with its line.
    """
    page = view_comparison(comparison)
    anchors = [probe.anchor for probe in page.probes]
    values = {
        "page": page,
        "report": view_report(comparison, anchors, differences, histories),
        "letters_note": describe_letters(histories),
        "script": read_script(),
        "script_hash": hash_script(),
    }
    if template is not None:
        from reprokit.render.json import describe_comparison  # what only a user's may ask for

        values["comparison"] = describe_comparison(comparison)
    return render_template(_TEMPLATE, template, **values)


@cache
def read_script() -> Markup:
    """Read the page's script, which filters what is shown; it is ours, and no text of others."""
    text = (files("reprokit") / "templates" / "report" / "report.js").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - as the docstring says


def hash_script() -> str:
    """Return the name by which the page's policy allows its script, and no other."""
    digest = hashlib.sha256(read_script().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
