"""A suite as it stands in its file: the format `reprokit/suite/1`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from reprokit.model.definition_wire import ControlWire
from reprokit.model.names import LONGEST_SLUG, SLUG_PATTERN
from reprokit.model.probe import Expectation
from reprokit.numerics.keys import RAW

SUITE_VERSION = 1
LONGEST_TIME_LIMIT_S = 7 * 24 * 3600
DEFAULT_TIME_LIMIT_S = 300.0

Text = Annotated[str, msgspec.Meta(max_length=1000)]


class DeclaredControlWire(ControlWire, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The `control` of a probe, and whether the same is expected of it."""

    equal: bool | None = None


class ProbeWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A `[[probe]]`; the lists of its `matrix` make several probes of it."""

    id: str
    op: Text
    expectation: Expectation
    arguments: dict[str, Any] = {}
    dtype: str | None = None
    seed: int | None = None
    key: Text = RAW
    device: str = "default"
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
    covers: Text = ""
    excludes: Text = ""


class SuiteWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A suite file."""

    schema: str
    name: Annotated[str, msgspec.Meta(pattern=SLUG_PATTERN, max_length=LONGEST_SLUG)]
    about: Text = ""
    excludes: Text = ""
    probe: list[ProbeWire]
