"""A definition as it stands in a manifest and goes to a worker."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from reprokit.model.definition import Definition, DigestRule, read_definition

Text = Annotated[str, msgspec.Meta(max_length=1000)]


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


def decode_definition(wire: DefinitionWire) -> Definition:
    """Turn the wire's shape into a definition."""
    return read_definition(msgspec.structs.asdict(wire))


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
    )
