"""Several probes out of one declaration: every combination of the lists of a `matrix`."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import SuiteError
from reprokit.model.names import PROBE_PATTERN
from reprokit.model.wire import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.probes.suite_wire import ProbeWire

FIELDS = ("dtype", "seed", "key", "device")
"""What a matrix can vary beside arguments."""

BOTH = "both"
"""A device that stands for a matrix over CPU and GPU."""

MOST_PROBES = 10_000

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NOT_ID = re.compile(r"[^A-Za-z0-9._=,+-]+")
_TYPES: Mapping[str, type] = {"dtype": str, "seed": int, "key": str, "device": str}


def expand_matrix(wire: ProbeWire, where: str) -> Iterator[ProbeWire]:
    """Make the probes that a declaration stands for.

    Args:
        wire: The declaration. Its id may hold `{name}` for each name of its matrix; without such,
            the values are appended, with dashes between.
        where: Its place, for errors.

    Raises:
        SuiteError: For a value of the wrong kind, a placeholder that names nothing, an id that
            cannot be one, or too many combinations.
    """
    matrix = dict(wire.matrix)
    for name in matrix:
        if name in wire.arguments or (name == "device" and wire.device == BOTH):
            raise SuiteError(
                f"`{name}` is given beside the matrix too",
                where=f"{where}.matrix.{name}",
                hint="say it in one place",
            )
    if wire.device == BOTH:
        matrix["device"] = ["cpu", "gpu"]
    count = 1
    for values in matrix.values():
        count *= len(values)
    if count > MOST_PROBES:
        raise SuiteError(f"makes {count} probes, more than {MOST_PROBES}", where=f"{where}.matrix")
    for chosen in product(*matrix.values()):
        yield _expand_one(wire, dict(zip(matrix, chosen, strict=True)), where)


def _expand_one(wire: ProbeWire, chosen: dict[str, Any], where: str) -> ProbeWire:
    changes: dict[str, Any] = {"id": _name_probe(wire.id, chosen, where), "matrix": {}}
    arguments = dict(wire.arguments)
    for name, value in chosen.items():
        if name not in FIELDS:
            arguments[name] = value
        elif isinstance(value, _TYPES[name]) and not isinstance(value, bool):
            changes[name] = value
        else:
            raise SuiteError(
                f"`{shorten(str(value))}` is no {_TYPES[name].__name__}",
                where=f"{where}.matrix.{name}",
            )
    return msgspec.structs.replace(wire, arguments=arguments, **changes)


def _name_probe(template: str, chosen: Mapping[str, Any], where: str) -> str:
    words = {name: _write_value(value) for name, value in chosen.items()}
    placeholders = _PLACEHOLDER.findall(template)
    unknown = [name for name in placeholders if name not in words]
    if unknown:
        raise SuiteError(
            f"`{{{unknown[0]}}}` names nothing of the probe's matrix", where=f"{where}.id"
        )
    name = _PLACEHOLDER.sub(lambda match: words[match[1]], template)
    missing = [word for field, word in words.items() if field not in placeholders]
    name = "-".join([name, *missing])
    if not re.match(PROBE_PATTERN, name):
        raise SuiteError(
            f"`{shorten(name)}` cannot be an id",
            where=f"{where}.id",
            hint="use letters, digits and `. _ = , + -`, 120 at most, the first a letter or digit",
        )
    return name


def _write_value(value: object) -> str:
    """Write a value as part of an id: `[16, 4]` as `16x4`, `split:1/2` as `split-1-2`."""
    if isinstance(value, list):
        return "x".join(_write_value(item) for item in value) or "scalar"
    return _NOT_ID.sub("-", str(value).lower() if isinstance(value, bool) else str(value))
