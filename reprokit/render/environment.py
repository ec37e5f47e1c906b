"""An environment, and the difference of two, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING

from reprokit.model.environment_facts import flatten_environment
from reprokit.model.units import format_bytes
from reprokit.render.json import write_json
from reprokit.render.text import make_harmless, render_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.environment import Environment, Repository
    from reprokit.model.environment_difference import EnvironmentDifference

ENVIRONMENT_SCHEMA = "reprokit/environment/1"
DIFFERENCE_SCHEMA = "reprokit/environment-difference/1"
DIGEST_LENGTH = 64
LONGEST_CELL = 60


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


def render_text(environment: Environment, repository: Repository) -> str:
    """Write an environment as lines of name and value; what is unknown says why."""
    facts = flatten_environment(replace(environment, drift=()))
    reasons = {gap.fact: gap.reason for gap in environment.gaps}
    lines = [
        (name, _shorten(name, value) if value is not None else f"unknown: {reasons[name]}")
        for name, value in facts.items()
        if value is not None or name in reasons
    ]
    lines += [(name, f"unknown: {why}") for name, why in reasons.items() if name not in facts]
    lines += _list_repository(repository)
    width = max(len(name) for name, _ in lines)
    text = "".join(f"{name.ljust(width)}  {make_harmless(value)}\n" for name, value in lines)
    return text + _render_drift(environment)


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
    """Write digests by their first 12 digits and sizes in units, for people."""
    if name.endswith("_bytes") and value.isdecimal():
        return format_bytes(int(value))
    return value


def _render_drift(environment: Environment) -> str:
    if not environment.drift:
        return ""
    rows = [(it.severity.value, it.kind.value, it.package, it.detail) for it in environment.drift]
    return f"\ndrift\n{render_table(('severity', 'kind', 'package', 'detail'), rows)}\n"


def render_differences(names: tuple[str, str], differences: Sequence[EnvironmentDifference]) -> str:
    """Write differences as a table, the likeliest causes of other bytes first."""
    if not differences:
        return f"{names[0]} and {names[1]}: no difference in what was observed\n"
    rows = [
        (item.impact.value, item.fact, _cell(item.before), _cell(item.after), item.reason)
        for item in differences
    ]
    return render_table(("can change bytes", "fact", *names, "because"), rows) + "\n"


def _cell(value: str | None) -> str:
    if value is None:
        return "-"
    if len(value) == DIGEST_LENGTH and all(digit in "0123456789abcdef" for digit in value):
        return value[:12]
    return value if len(value) <= LONGEST_CELL else f"{value[: LONGEST_CELL - 1]}…"


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
