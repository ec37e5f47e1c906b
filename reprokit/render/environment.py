"""An environment, and the difference of two, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING

from reprokit.model.environment_facts import flatten_environment
from reprokit.model.names import short
from reprokit.model.units import format_bytes
from reprokit.render.json import write_json
from reprokit.render.text import measure_table, render_table, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Environment, Repository
    from reprokit.model.environment_difference import EnvironmentDifference

ENVIRONMENT_SCHEMA = "reprokit/environment/1"
DIFFERENCE_SCHEMA = "reprokit/environment-difference/1"
DIGEST_LENGTH = 64
LONGEST_CELL = 60
LONGEST_NAME = 34
"""Longer names, as those of libraries, do not push all values to the right."""


def render_json(environment: Environment, repository: Repository) -> str:
    """Write an environment as JSON text."""
    return write_json(
        {
            "schema": ENVIRONMENT_SCHEMA,
            "family": environment.family,
            "repository": asdict(repository),
            **asdict(environment),
        }
    )


def render_text(
    environment: Environment, repository: Repository, *, width: int | None = None
) -> str:
    """Write an environment as lines of name and value; what is unknown says why.

    Args:
        environment: What was observed.
        repository: The code's state.
        width: Columns there are; digests are then told by their first 12 digits. None for lines
            of any length, with all of it.
    """
    facts = flatten_environment(replace(environment, drift=()))
    reasons = {gap.fact: gap.reason for gap in environment.gaps}
    lines = [
        (name, _shorten(name, value) if value is not None else f"unknown: {reasons[name]}")
        for name, value in facts.items()
        if value is not None or name in reasons
    ]
    lines += [(name, f"unknown: {why}") for name, why in reasons.items() if name not in facts]
    lines += _list_repository(repository)
    return _render_pairs(lines, width) + _render_drift(environment, width)


def _render_pairs(pairs: Sequence[tuple[str, str]], width: int | None) -> str:
    """Align values behind names; behind a name of unusual length a value stands further right."""
    usual = [len(name) for name, _ in pairs if len(name) <= LONGEST_NAME]
    column = max(usual, default=0)
    lines = [
        f"{name.ljust(column)}  {value if width is None else _cut_digest(value)}"
        for name, value in pairs
    ]
    return "".join(f"{wrap(line, width, indent=' ' * (column + 2))}\n" for line in lines)


def _list_repository(repository: Repository) -> list[tuple[str, str]]:
    """List what there is to say: zeros and noes go without saying, but for `dirty`."""
    if not repository.commit:
        return []
    pairs = ((item.name, getattr(repository, item.name)) for item in fields(repository))
    return [
        (f"repository.{name}", ", ".join(value) if isinstance(value, tuple) else _write(value))
        for name, value in pairs
        if value or name == "dirty"
    ]


def _write(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _shorten(name: str, value: str) -> str:
    """Write sizes in units, for people."""
    if name.endswith("_bytes") and value.isdecimal():
        return format_bytes(int(value))
    return value


def _render_drift(environment: Environment, width: int | None) -> str:
    if not environment.drift:
        return ""
    rows = [(it.severity.value, it.kind.value, it.package, it.detail) for it in environment.drift]
    table = render_table(("severity", "kind", "package", "detail"), rows, width=width)
    return f"\ndrift\n{table}\n"


def render_differences(
    names: tuple[str, str],
    differences: Sequence[EnvironmentDifference],
    *,
    width: int | None = None,
) -> str:
    """Write differences as a table, the likeliest causes of other bytes first.

    Args:
        names: What the two environments are called.
        differences: The differences.
        width: Columns there are; where a table has no room, each difference has three lines.
            None for as many columns as it takes.
    """
    if not differences:
        return f"{names[0]} and {names[1]}: no difference in what was observed\n"
    rows = [
        (item.impact.value, item.fact, _cell(item.before), _cell(item.after), item.reason)
        for item in differences
    ]
    head = ("can change bytes", "fact", *names, "because")
    if width is None or measure_table(head, rows) <= width:
        return render_table(head, rows) + "\n"
    column = max(map(len, names))
    lines = [
        line
        for impact, fact, before, after, reason in rows
        for line in (
            wrap(f"{impact}: {fact}: {reason}", width, indent="  "),
            wrap(f"    {names[0].ljust(column)}  {before}", width, indent=" " * (column + 6)),
            wrap(f"    {names[1].ljust(column)}  {after}", width, indent=" " * (column + 6)),
        )
    ]
    return "\n".join(lines) + "\n"


def _cell(value: str | None) -> str:
    if value is None:
        return "-"
    value = _cut_digest(value)
    return value if len(value) <= LONGEST_CELL else f"{value[: LONGEST_CELL - 1]}…"


def _cut_digest(value: str) -> str:
    """Write a digest by its first 12 digits, and all else as it is."""
    is_digest = len(value) == DIGEST_LENGTH and all(it in "0123456789abcdef" for it in value)
    return short(value) if is_digest else value


def render_differences_json(
    names: tuple[str, str], differences: Sequence[EnvironmentDifference]
) -> str:
    """Write differences as JSON text."""
    return write_json(
        {
            "schema": DIFFERENCE_SCHEMA,
            "before": names[0],
            "after": names[1],
            "differences": [asdict(item) for item in differences],
        }
    )
