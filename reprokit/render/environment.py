"""An environment as text and as JSON: `reprokit/environment/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from reprokit.render.json import write_json
from reprokit.render.text import make_harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.model.environment import Environment, Repository

ENVIRONMENT_SCHEMA = "reprokit/environment/1"


def render_json(environment: Environment, repository: Repository) -> str:
    """Write an environment as JSON text."""
    facts = asdict(environment)
    return write_json(
        {
            "schema": ENVIRONMENT_SCHEMA,
            "family": environment.family,
            "repository": asdict(repository),
            **facts,
        }
    )


def render_text(environment: Environment, repository: Repository) -> str:
    """Write an environment as lines of name and value; what is unknown says why."""
    reasons = {gap.fact: gap.reason for gap in environment.gaps}
    facts: dict[str, Any] = {"family": environment.family}
    for group, value in asdict(environment).items():
        if isinstance(value, dict):
            facts |= {f"{group}.{name}": item for name, item in value.items()}
    for package in environment.packages:
        facts[f"packages.{package.name}"] = f"{package.version} ({package.wheel or 'no wheel'})"
    facts |= {f"repository.{name}": item for name, item in asdict(repository).items()}
    lines = list(_write_lines(facts, reasons))
    width = max(len(name) for name, _ in lines)
    return "".join(f"{name.ljust(width)}  {make_harmless(text)}\n" for name, text in lines)


def _write_lines(facts: Mapping[str, Any], reasons: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if value is None:
            if name in reasons:
                yield name, f"unknown: {reasons[name]}"
        else:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)
