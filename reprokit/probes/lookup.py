"""Looks ops up in the catalogue, and imports only those modules that an answer needs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reprokit.model.suggestion import find_near, suggest_names
from reprokit.probes.operation import REGISTERED, OperationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprokit.probes.operation import Operation

GROUPS = (
    "attention",
    "compiled",
    "convolution",
    "elementwise",
    "invariance",
    "matmul",
    "quantized",
    "random",
    "reduction",
    "scan",
    "threads",
    "training",
)
"""The catalogue's fields: what the names of ops begin with."""

_MODULES: Mapping[str, tuple[str, ...]] = {
    "random": ("random", "random_methods", "random_stages"),
}
"""The modules of fields that have more than one."""


def find_operation(name: str) -> Operation:
    """Look an op up.

    Raises:
        OperationError: Where the catalogue has no such op; its hint names the nearest.
    """
    group = name.partition(".")[0]
    if group in GROUPS:
        _import_group(group)
    if name in REGISTERED:
        return REGISTERED[name]
    names = [item.name for item in list_operations()]
    hint = suggest_names(name, names)
    if not find_near(name, names):
        hint = f"a function of the project is `package.module:function`; of ops {hint}"
    raise OperationError(f"unknown op `{name}`", hint=hint)


def list_operations() -> tuple[Operation, ...]:
    """List the whole catalogue by name."""
    for group in GROUPS:
        _import_group(group)
    return tuple(REGISTERED[name] for name in sorted(REGISTERED))


def _import_group(group: str) -> None:
    for module in _MODULES.get(group, (group,)):
        import_module(f"reprokit.probes.catalogue.{module}")
