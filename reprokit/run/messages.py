"""What a runner and its workers say to each other: one JSON value a line, on pipes of their own."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from reprokit.model.definition_wire import DefinitionWire
from reprokit.model.environment import Device, Gap
from reprokit.model.record import ArrayFacts, Failure, NamedArray, Relation, Run, Status


class ProbeJob(msgspec.Struct, tag="probe", frozen=True, kw_only=True):
    """Run one probe, once cold and once warm."""

    number: int
    definition: DefinitionWire
    memory_limit_bytes: int | None = None


class DeviceJob(msgspec.Struct, tag="device", frozen=True, kw_only=True):
    """Tell what MLX computes on."""

    number: int


Job: TypeAlias = ProbeJob | DeviceJob


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of a probe came to.

    Attributes:
        status: `ok`, `failed` or `skipped` from a worker; the runner adds the others.
        result: What the first evaluation gave.
        leaves: Its leaves, where it is a tree.
        stages: The steps that led to it, where the op tells them.
        relation: What it says of a relation, where it is about one.
        run: How it went.
        failure: Why there is no result.
    """

    status: Status
    result: ArrayFacts | None = None
    leaves: tuple[NamedArray, ...] = ()
    stages: tuple[NamedArray, ...] = ()
    relation: Relation | None = None
    run: Run | None = None
    failure: Failure | None = None


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What MLX says of the device that it computes on by default.

    Attributes:
        device: Its facts.
        gaps: What could not be had.
    """

    device: Device
    gaps: tuple[Gap, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker writes: for the job of its number; number 0, without content, for `ready`."""

    number: int
    outcome: Outcome | None = None
    device: DeviceFacts | None = None


encode = msgspec.json.Encoder().encode
decode_job = msgspec.json.Decoder(Job).decode
decode_answer = msgspec.json.Decoder(Answer).decode
