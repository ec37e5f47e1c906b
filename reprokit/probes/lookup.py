"""Looks ops up in the catalogue, and imports only those modules that an answer needs."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from reprokit.probes.operation import REGISTERED

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
        LookupError: Where the catalogue has no such op; the message names the nearest.
    """
    group = name.partition(".")[0]
    if group in GROUPS:
        _import_group(group)
    if name in REGISTERED:
        return REGISTERED[name]
    names = [item.name for item in list_operations()]
    near = get_close_matches(name, names, n=3) or names
    msg = f"unknown op `{name}`; " + ("did you mean " if len(near) <= 3 else "there are ")  # noqa: PLR2004
    raise LookupError(msg + ", ".join(f"`{item}`" for item in near))


def list_operations() -> tuple[Operation, ...]:
    """List the whole catalogue by name."""
    for group in GROUPS:
        _import_group(group)
    return tuple(REGISTERED[name] for name in sorted(REGISTERED))


def _import_group(group: str) -> None:
    for module in _MODULES.get(group, (group,)):
        import_module(f"reprokit.probes.catalogue.{module}")
