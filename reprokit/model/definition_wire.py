"""A definition as it stands in a manifest and goes to a worker."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from reprokit.model.definition import Control, Definition, DigestRule, read_definition

Text = Annotated[str, msgspec.Meta(max_length=1000)]


class ControlWire(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True
):
    """What a probe is run again with, to be held against itself."""

    device: Text | None = None
    variables: dict[
        Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]*\Z", max_length=60)],
        Annotated[str, msgspec.Meta(max_length=60)],
    ] = {}


class DefinitionWire(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True
):
    """The fields of a definition; arguments are whatever TOML and JSON can hold."""

    op: Text
    revision: Annotated[int, msgspec.Meta(ge=0)] = 1
    arguments: dict[str, Any] = {}
    dtype: Text | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    key: Text = "raw"
    device: Text = "default"
    rule: DigestRule = DigestRule.RAW
    source: Text | None = None
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
