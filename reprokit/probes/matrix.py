"""Several probes out of one declaration: every combination of the lists of a `matrix`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import msgspec

from reprokit.errors import SuiteError
from reprokit.model.suggestion import list_names
from reprokit.model.text_wire import ProbeId
from reprokit.model.value_text import cut_text
from reprokit.model.wire import convert_wire
from reprokit.probes.suite_wire import Seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.model.place import Place
    from reprokit.probes.suite_wire import ProbeWire

BOTH = "both"
"""A device that stands for a matrix over CPU and GPU."""

MOST_PROBES = 10_000

_FIELDS: Mapping[str, Any] = {"dtype": str, "seed": Seed, "key": str, "device": str}
"""What a matrix can vary beside arguments."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NOT_ID = re.compile(r"[^A-Za-z0-9._=,+-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What is declared of one probe.

    Attributes:
        wire: The declaration, its matrix expanded.
        place: Where the declaration stands.
        chosen: Of what its matrix varies the index of the value, by name.
    """

    wire: ProbeWire
    place: Place
    chosen: Mapping[str, int] = field(default_factory=dict)

    def locate(self, name: str) -> Place:
        """Find where a field got its value."""
        return self._locate_chosen(name) or self.place / name

    def locate_argument(self, name: str) -> Place:
        """Find where an argument got its value."""
        return self._locate_chosen(name) or self.place / "arguments" / name

    def _locate_chosen(self, name: str) -> Place | None:
        index = self.chosen.get(name)
        return None if index is None else self.place / "matrix" / name / index


def expand_matrix(wire: ProbeWire, where: Place) -> Iterator[Declared]:
    """Make the probes that a declaration stands for.

    Args:
        wire: The declaration. Its id may hold `{name}` for each name of its matrix; without such,
            the values are appended, with dashes between.
        where: Its place.

    Raises:
        SuiteError: For a value of the wrong kind, a placeholder that names nothing, an id that
            cannot be one, or too many combinations.
    """
    _check_matrix(wire, where)
    matrix = dict(wire.matrix)
    if wire.device == BOTH:
        matrix["device"] = ["cpu", "gpu"]
    for chosen in product(*(range(len(values)) for values in matrix.values())):
        indices = dict(zip(matrix, chosen, strict=True))
        values = {name: matrix[name][index] for name, index in indices.items()}
        yield Declared(
            wire=_choose_values(wire, values, where),
            place=where,
            chosen={name: index for name, index in indices.items() if name in wire.matrix},
        )


def _check_matrix(wire: ProbeWire, where: Place) -> None:
    place = where / "matrix"
    count = 2 if wire.device == BOTH else 1
    for name, values in wire.matrix.items():
        given = getattr(wire, name) if name in _FIELDS else wire.arguments.get(name)
        if given is not None:
            raise SuiteError(
                f"`{name}` is given beside the matrix too",
                where=str(place / name),
                hint="say it in one place",
            )
        for index, value in enumerate(values if name in _FIELDS else ()):
            convert_wire(value, _FIELDS[name], where=place / name / index, error=SuiteError)
        count *= len(values)
    if count > MOST_PROBES:
        raise SuiteError(
            f"makes {count} probes, more than {MOST_PROBES}",
            where=str(place),
            hint="shorten its lists",
        )


def _choose_values(wire: ProbeWire, values: Mapping[str, Any], where: Place) -> ProbeWire:
    fields = {name: value for name, value in values.items() if name in _FIELDS}
    arguments = {name: value for name, value in values.items() if name not in _FIELDS}
    return msgspec.structs.replace(
        wire,
        id=_name_probe(wire, values, where / "id"),
        matrix={},
        arguments=wire.arguments | arguments,
        **fields,
    )


def _name_probe(wire: ProbeWire, values: Mapping[str, Any], where: Place) -> str:
    words = {name: _write_value(value) for name, value in values.items()}
    placeholders = _PLACEHOLDER.findall(wire.id)
    unknown = [name for name in placeholders if name not in words]
    if unknown:
        raise SuiteError(
            f"`{{{cut_text(unknown[0])}}}` names nothing of the probe's matrix",
            where=str(where),
            hint=f"its matrix varies {list_names(words)}"
            if words
            else f"the probe has no matrix; add `matrix = {{ {cut_text(unknown[0])} = […] }}`",
        )
    name = _PLACEHOLDER.sub(lambda match: words[match[1]], wire.id)
    missing = [word for field, word in words.items() if field not in placeholders]
    name = "-".join([name, *missing])
    return convert_wire(name, ProbeId, where=where, error=SuiteError)


def _write_value(value: object) -> str:
    """Write a value as part of an id: `[16, 4]` as `16x4`, `split:1/2` as `split-1-2`."""
    if isinstance(value, list):
        return "x".join(_write_value(item) for item in value) or "scalar"
    return _NOT_ID.sub("-", str(value).lower() if isinstance(value, bool) else str(value))
