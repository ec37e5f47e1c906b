"""What a probe computes, and the hash that says whether two probes compute the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "bool | int | float | str | tuple[Value, ...]"
"""An argument of a probe: a scalar, or a list of such."""


class DigestRule(StrEnum):
    """Over which bytes a digest was taken. Digests by different rules never compare."""

    RAW = "raw"
    """The array's own little-endian C-order bytes: the only rule by which reprokit measures."""

    CAST_FLOAT32 = "cast-float32"
    """After a cast to float32, as some published digests of uint32 keys were taken: lossy."""

    OPAQUE = "opaque"
    """A publisher's own serialisation; comparable only with itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """How a probe is run again, in a fresh process, to be held against itself.

    Attributes:
        device: The device of the control; None leaves it as it is.
        variables: Environment variables of the control's process, as `MLX_ENABLE_TF32`.
    """

    device: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The control in words, as `with MLX_ENABLE_TF32=0 on cpu`."""
        words = [f"with {name}={value}" for name, value in sorted(self.variables.items())]
        return " ".join([*words, *([f"on {self.device}"] if self.device else [])])


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """All that fixes what a probe computes.

    Attributes:
        op: Name in the catalogue, as `random.normal`.
        revision: Raised whenever the op's meaning changes.
        arguments: The op's arguments, those equal to its defaults left out, so that an op may
            gain a parameter without making older results incomparable.
        dtype: Name of the dtype asked for; None where the op has none to ask for.
        seed: Seed of the key; None for ops that draw nothing.
        key: How the key follows from the seed: `raw`, or `split:1/2` for
            `split(key(seed), 2)[1]`, further steps behind commas.
        device: The device asked for: `default`, `cpu` or `gpu`.
        rule: Over which bytes the digest is taken.
        source: Of a user's function, the hash of the code that it consists of; see
            `probes.user_source`.
        control: What it is run again with, as a control on the same machine; its result is part of
            the record.
    """

    op: str
    revision: int = 1
    arguments: Mapping[str, Value] = field(default_factory=dict)
    dtype: str | None = None
    seed: int | None = None
    key: str = "raw"
    device: str = "default"
    rule: DigestRule = DigestRule.RAW
    source: str | None = None
    control: Control | None = None
    _digest: str = field(default="", init=False, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Hex sha256 of the definition's canonical JSON (sorted keys, no spaces, ASCII).

        Fields that have their default value are left out, so that a definition can gain a field
        without making older results incomparable. It is taken once: a comparison asks for it often.
        """
        if not self._digest:
            object.__setattr__(self, "_digest", self._take_digest())
        return self._digest

    def _take_digest(self) -> str:
        facts = {
            item.name: getattr(self, item.name)
            for item in _list_fields(self)
            if item.default is MISSING or getattr(self, item.name) != item.default
        }
        if not self.arguments:
            del facts["arguments"]
        return hashlib.sha256(_write_canonical(facts).encode("ascii")).hexdigest()

    def differences(self, other: Definition) -> tuple[str, ...]:
        """Name the fields in which two definitions part, as `arguments` or `rule`."""
        return tuple(
            item.name
            for item in _list_fields(self)
            if _write_canonical(getattr(self, item.name))
            != _write_canonical(getattr(other, item.name))
        )


def _list_fields(definition: Definition) -> tuple[Field[Any], ...]:
    return tuple(item for item in fields(definition) if item.init)


def read_definition(facts: Mapping[str, Any]) -> Definition:
    """Make a definition of untyped facts, as a manifest or a job holds them, already checked.

    Args:
        facts: Its fields; lists in the arguments become tuples, the table `control` a Control.
    """
    arguments = {name: _freeze(value) for name, value in facts.get("arguments", {}).items()}
    rule = DigestRule(facts.get("rule", DigestRule.RAW))
    control = Control(**facts["control"]) if facts.get("control") else None
    return Definition(**{**facts, "arguments": arguments, "rule": rule, "control": control})


def _freeze(value: Any) -> Any:  # noqa: ANN401 - scalars and lists of them, at any depth
    return tuple(_freeze(item) for item in value) if isinstance(value, list | tuple) else value


def _write_canonical(value: object) -> str:
    """Write JSON in its canonical form; 1 and 1.0 are not the same argument."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
        default=_write_control,
    )


def _write_control(value: object) -> dict[str, Any]:
    """Give a control's fields for JSON, those left out that say nothing."""
    if not is_dataclass(value):
        msg = f"a definition holds no {type(value).__name__}"
        raise TypeError(msg)
    pairs = ((item.name, getattr(value, item.name)) for item in fields(value))
    return {name: own for name, own in pairs if own}
