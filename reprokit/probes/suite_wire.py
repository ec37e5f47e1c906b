"""A suite as it stands in its file: the format `reprokit/suite/1`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from reprokit.model.definition_wire import ControlWire
from reprokit.model.probe import Expectation
from reprokit.model.text_wire import Line, Slug
from reprokit.numerics.keys import LARGEST_SEED

SUITE_VERSION = 1
LONGEST_TIME_LIMIT_S = 7 * 24 * 3600
DEFAULT_TIME_LIMIT_S = 300.0

Seed = Annotated[
    int, msgspec.Meta(ge=0, description=f"an integer from 0 to {LARGEST_SEED} (64 bits)")
]
"""msgspec bounds no integer by more than 63 bits: what is larger is refused before."""


class DeclaredControlWire(ControlWire, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The `control` of a probe, and whether the same is expected of it."""

    equal: bool | None = None


class ProbeWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A `[[probe]]`; the lists of its `matrix` make several probes of it."""

    id: str
    op: Line
    expectation: Expectation
    arguments: dict[str, Any] = {}
    dtype: str | None = None
    seed: Seed | None = None
    key: Line | None = None
    device: str | None = None
    matrix: dict[str, Annotated[list[Any], msgspec.Meta(min_length=1)]] = {}
    repeats: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    time_limit_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_TIME_LIMIT_S)] = (
        DEFAULT_TIME_LIMIT_S
    )
    memory_limit_mb: Annotated[int, msgspec.Meta(ge=1)] | None = None
    needs_mb: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_peak_ratio: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    relation: bool | None = None
    control: DeclaredControlWire | None = None
    covers: Line = ""
    excludes: Line = ""


class SuiteWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A suite file."""

    schema: str
    name: Slug
    about: Line = ""
    excludes: Line = ""
    probe: Annotated[list[ProbeWire], msgspec.Meta(min_length=1)]
