"""Annotations, as the log of a GitHub Actions workflow understands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.model.comparison import Severity
from reprokit.render.cells import count_verdicts
from reprokit.render.findings import list_findings
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison

_LEVELS = {Severity.BLOCKING: "error", Severity.WARNING: "warning"}

_IN_DATA = {"%": "%25"}
"""What a message escapes; line ends are made visible before."""

_IN_PROPERTY = {**_IN_DATA, ":": "%3A", ",": "%2C"}


def write_annotation(level: str, title: str, text: str) -> str:
    """Write one annotation.

    Args:
        level: `error`, `warning` or `notice`.
        title: What it is headed by.
        text: What it says, in a line.
    """
    return f"::{level} title={_escape(title, _IN_PROPERTY)}::{_escape(text, _IN_DATA)}"


def _escape(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(char, char) for char in make_harmless(text))


def write_lines(annotations: list[str], conclusion: str) -> str:
    """Write annotations and a last line, which is none whatever it says."""
    return "\n".join([*annotations, make_harmless(conclusion)]) + "\n"


def render_comparison(comparison: Comparison) -> str:
    """Write an annotation for each warning and each finding that blocks, then the counts."""
    annotations = [
        write_annotation(_LEVELS[it.severity], f"reprokit compare: {it.probe}", it.text)
        for it in list_findings(comparison)
        if it.severity in _LEVELS
    ]
    return write_lines(annotations, count_verdicts(comparison))
