"""The texts that a project is set up with: `reprokit/templates/`."""

from __future__ import annotations

from importlib.resources import files
from string import Template


class _FileTemplate(Template):
    """A text with `%{name}` for a value, and `%%` for a percent sign.

    The dollar sign is left to workflows and shells.
    """

    delimiter = "%"


def fill_template(name: str, **values: str) -> str:
    """Fill a template.

    Args:
        name: Its file in `reprokit/templates/`.
        values: What stands for each of its names.

    Raises:
        KeyError: Where a name has no value.
    """
    text = (files("reprokit") / "templates" / name).read_text(encoding="utf-8")
    return _FileTemplate(text).substitute(values)
