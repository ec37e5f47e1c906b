"""Templates of users: filled in a sandbox, and their errors told with file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, TemplateError
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError

from reprokit.errors import UsageError
from reprokit.render.template_blocks import find_vain_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from jinja2.sandbox import SandboxedEnvironment

_OWN = "own:"
"""What the user's template is called among the others: no file of ours has such a name."""

_OBJECT = re.compile(r"'[\w.]+ object' has no attribute")
"""How Jinja tells of an attribute that is not there: with the name of a class of ours."""

_FAILURES = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a template's own expressions raise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateText:
    """A template of a user's: the file's name, as errors tell it, and its text."""

    name: str
    text: str


def make_loader(own: TemplateText) -> FunctionLoader:
    """Make the loader that knows the user's template, and none beside it."""
    return FunctionLoader({_OWN: (own.text, own.name, None)}.get)


def fill_own(
    environment: SandboxedEnvironment, own: TemplateText, values: Mapping[str, Any], *, page: str
) -> str:
    """Fill a user's template.

    Args:
        environment: One that has the template's loader.
        own: The template.
        values: What stands for each of its names.
        page: The page that lists those names.

    Raises:
        UsageError: Where it is no template, or asks for what there is not, or for what cannot be
            written as UTF-8; with its line.
    """
    environment.finalize = _check_writable(environment.finalize)
    try:
        vain = find_vain_part(environment, own.text, own.name)
        text = "" if vain else environment.get_template(_OWN).render(values)
        text.encode()  # a filter's block is written without a look at it
    except _FAILURES as error:
        line = _find_line(error, own.name)
        raise UsageError(
            f"the template fails: {_describe_failure(error)}",
            where=f"{own.name}: line {line}" if line else own.name,
            hint=f"{page} lists what a template may name",
        ) from None
    if vain:
        raise UsageError(vain[1], where=f"{own.name}: line {vain[0]}", hint=f"see {page}")
    if not text.strip():
        raise UsageError("the template writes nothing", where=own.name, hint=f"see {page}")
    return text


def _check_writable(finalize: Callable[[object], object] | None) -> Callable[[object], object]:
    """Let what a template writes fail at its line, where no file could hold it."""

    def check(value: object) -> object:
        written = value if finalize is None else finalize(value)
        if isinstance(written, str) and not written.isascii():
            written.encode()
        return written

    return check


def _describe_failure(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, UnicodeEncodeError):
        code = ord(error.object[error.start])
        return f"U+{code:04X} is half of a character, and cannot be written"
    if isinstance(error, TemplateNotFound):
        return f"there is no template `{error.name}`"
    return _OBJECT.sub("there is no attribute", str(error)) or type(error).__name__


def _find_line(error: Exception, name: str) -> int:
    """Return the line of the user's template at which it failed; 0 where none is known."""
    if isinstance(error, TemplateSyntaxError) and error.filename == name:
        return error.lineno
    lines = [line for file, line in _list_lines(error.__traceback__) if file == name]
    return lines[-1] if lines else 0


def _list_lines(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
