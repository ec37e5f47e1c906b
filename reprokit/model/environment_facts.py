"""An environment as a flat list of named facts, for tables and for differences."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprokit.model.environment import Environment, Package

_GROUPS = ("hardware", "os", "python", "lock", "device")


def flatten_environment(environment: Environment) -> dict[str, str | None]:
    """Name every fact by its dotted place, as `hardware.chip`.

    Returns:
        Texts by name; None where a fact does not apply or is a gap. Packages come as
        `packages.mlx.version`, their libraries as `packages.mlx.library mlx/lib/libmlx.so`, and
        variables as `variables.MLX_ENABLE_TF32`.
    """
    facts: dict[str, str | None] = {"family": environment.family}
    for group in _GROUPS:
        shape = getattr(environment, group)
        facts |= {
            f"{group}.{item.name}": _write_value(getattr(shape, item.name))
            for item in fields(shape)
        }
    for package in environment.packages:
        facts |= _flatten_package(package)
    facts |= {f"variables.{item.name}": item.value for item in environment.variables}
    for drift in environment.drift:
        name = f"drift.{drift.severity}.{drift.package} {drift.kind}"
        facts[name] = "; ".join(filter(None, [facts.get(name), drift.detail]))
    return facts


def _flatten_package(package: Package) -> dict[str, str | None]:
    start = f"packages.{package.name}"
    facts = {
        f"{start}.{item.name}": _write_value(getattr(package, item.name))
        for item in fields(package)
        if item.name not in {"name", "libraries"}
    }
    return facts | {f"{start}.library {it.path}": it.sha256 for it in package.libraries}


def _write_value(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
