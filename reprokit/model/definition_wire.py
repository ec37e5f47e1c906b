"""A definition as it stands in a manifest and goes to a worker."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from reprokit.model.definition import Control, Definition, DigestRule, read_definition
from reprokit.model.text_wire import Line, VariableName, VariableValue


class ControlWire(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True
):
    """What a probe is run again with, to be held against itself."""

    device: Line | None = None
    variables: dict[VariableName, VariableValue] = {}


class DefinitionWire(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True
):
    """The fields of a definition; arguments are whatever TOML and JSON can hold."""

    op: Line
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 1
    arguments: dict[str, Any] = {}
    dtype: Line | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    key: Line = "raw"
    device: Line = "default"
    rule: DigestRule = DigestRule.RAW
    source: Line | None = None
    control: ControlWire | None = None


def decode_definition(wire: DefinitionWire) -> Definition:
    """Turn the wire's shape into a definition."""
    control = wire.control and msgspec.structs.asdict(wire.control)
    return read_definition(msgspec.structs.asdict(wire) | {"control": control})


def encode_definition(definition: Definition) -> DefinitionWire:
    """Turn a definition into the wire's shape."""
    return DefinitionWire(
        op=definition.op,
        revision=definition.revision,
        arguments=dict(definition.arguments),
        dtype=definition.dtype,
        seed=definition.seed,
        key=definition.key,
        device=definition.device,
        rule=definition.rule,
        source=definition.source,
        control=_encode_control(definition.control) if definition.control else None,
    )


def _encode_control(control: Control) -> ControlWire:
    return ControlWire(device=control.device, variables=dict(control.variables))
