"""What a runner and its workers say to each other: one JSON value a line, on pipes of their own."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from reprokit.model.definition_wire import DefinitionWire
from reprokit.run.outcome import Outcome


class ArrayPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where workers keep the bytes of arrays, each in a file that its digest names.

    Attributes:
        folder: An absolute path; it is there.
        largest_bytes: Larger arrays are not kept.
        spare_bytes: What the disk must have left after each.
    """

    folder: str
    largest_bytes: int
    spare_bytes: int


class ProbeJob(msgspec.Struct, tag="probe", frozen=True, kw_only=True):
    """Run one probe, once cold and once warm, within so many seconds; keep its arrays, or not."""

    number: int
    definition: DefinitionWire
    time_limit_s: float
    memory_limit_bytes: int | None = None
    arrays: ArrayPlace | None = None


class ImportJob(msgspec.Struct, tag="import", frozen=True, kw_only=True):
    """Import a user's function, within so many seconds, and do not call it."""

    number: int
    op: str
    time_limit_s: float


class DeviceJob(msgspec.Struct, tag="device", frozen=True, kw_only=True):
    """Tell what MLX computes on."""

    number: int


Job: TypeAlias = ProbeJob | ImportJob | DeviceJob


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What MLX says of the device that it computes on by default.

    Attributes:
        default: `cpu` or `gpu`.
        gpu: Whether there is a GPU.
        memory_limit_bytes: What `mx.get_memory_limit()` gives.
        info: What `mx.device_info()` gives, of texts and numbers.
        problem: Why it gives nothing.
    """

    default: str
    gpu: bool
    memory_limit_bytes: int | None = None
    info: dict[str, str | int] = {}
    problem: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker writes: for the job of its number; number 0, without content, for `ready`."""

    number: int
    outcome: Outcome | None = None
    device: DeviceAnswer | None = None


encode = msgspec.json.Encoder().encode
decode_answer = msgspec.json.Decoder(Answer).decode
