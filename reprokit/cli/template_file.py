"""Templates of users, read from their files."""

from __future__ import annotations

from reprokit.errors import ReprokitError, UsageError
from reprokit.render.own_template import TemplateText
from reprokit.store.regular_file import read_regular

_LARGEST_BYTES = 1024**2


def read_template(path: str) -> TemplateText | None:
    """Read a template that an option names; None where it names none.

    Raises:
        UsageError: Where it is no file, too large, or no UTF-8.
    """
    if not path:
        return None
    try:
        content = read_regular(path, most_bytes=_LARGEST_BYTES, where=path)
        return TemplateText(name=path, text=content.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError("is not UTF-8", where=path) from None
    except ReprokitError as error:
        raise UsageError(error.message, where=path) from None
