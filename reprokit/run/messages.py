"""What a runner and its workers say to each other: one JSON value a line, on pipes of their own."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from reprokit.model.definition_wire import DefinitionWire
from reprokit.model.environment import Device, Gap
from reprokit.run.outcome import Outcome


class ProbeJob(msgspec.Struct, tag="probe", frozen=True, kw_only=True):
    """Run one probe, once cold and once warm."""

    number: int
    definition: DefinitionWire
    memory_limit_bytes: int | None = None


class DeviceJob(msgspec.Struct, tag="device", frozen=True, kw_only=True):
    """Tell what MLX computes on."""

    number: int


Job: TypeAlias = ProbeJob | DeviceJob


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
decode_answer = msgspec.json.Decoder(Answer).decode
