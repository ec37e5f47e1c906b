"""A manifest as it stands on disk: the file format `reprokit/manifest/1`.

The shapes whose names end in `Wire` are the format; the parts of the environment stand on disk as
they are in the model. Unknown fields are refused, so that a manifest says nothing unread.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from reprokit.model.definition_wire import DefinitionWire
from reprokit.model.environment import (
    Device,
    Drift,
    Gap,
    Hardware,
    Interpreter,
    Lock,
    OperatingSystem,
    Package,
    Variable,
)
from reprokit.model.manifest import OriginKind
from reprokit.model.probe import Expectation
from reprokit.model.record import Status
from reprokit.model.text_wire import Bits, BlockDigest, Commit, Date, Digest, Line, ProbeId, Slug

MANIFEST_VERSION = 1

MOST_PROBES = 10_000

Count = Annotated[
    int, msgspec.Meta(ge=0, le=2**63 - 1, description="an integer from 0, of 64 bits at most")
]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class OriginWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[origin]`."""

    kind: OriginKind
    sources: Annotated[list[Line], msgspec.Meta(max_length=1000)] = []
    note: Line = ""


class RepositoryWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[repository]`."""

    commit: Commit
    committed: Date | None = None
    branch: Line | None = None
    tag: Line | None = None
    remote: Line | None = None
    dirty: bool = False
    modified: Count = 0
    deleted: Count = 0
    untracked: Count = 0
    diff_sha256: Digest | None = None
    submodules: Annotated[list[Line], msgspec.Meta(max_length=1000)] = []
    shallow: bool = False
    worktree: bool = False


class SuiteWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `[[suites]]`."""

    name: Slug
    sha256: Digest
    excludes: Line = ""
    declared: Annotated[list[ProbeId], msgspec.Meta(max_length=MOST_PROBES)] = []


class EnvironmentWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[environment]`; its tables are the model's own shapes."""

    hardware: Hardware = msgspec.field(default_factory=Hardware)
    os: OperatingSystem = msgspec.field(default_factory=OperatingSystem)
    python: Interpreter = msgspec.field(default_factory=Interpreter)
    packages: list[Package] = []
    lock: Lock = msgspec.field(default_factory=Lock)
    device: Device = msgspec.field(default_factory=Device)
    variables: list[Variable] = []
    drift: list[Drift] = []
    gaps: list[Gap] = []


class StatisticsWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `statistics` of a result that was streamed."""

    mean: float
    deviation: float
    smallest: float
    largest: float


class ResultWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `result` of a probe; dtype and shape are unknown for opaque digests."""

    digest: Digest
    dtype: Line = ""
    shape: Annotated[list[Count], msgspec.Meta(max_length=64)] = []
    bits: Bits | None = None
    block_bytes: Count = 0
    blocks: Annotated[list[BlockDigest], msgspec.Meta(max_length=4096)] = []
    statistics: StatisticsWire | None = None


class NamedArrayWire(ResultWire, forbid_unknown_fields=True, kw_only=True):
    """One of the `leaves` or `stages` of a probe."""

    name: Line


class RelationWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `relation` of a probe."""

    name: Line
    holds: bool
    facts: dict[Line, bool | int | float | Line] = {}


class RunsWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `runs` of a probe, one column a measurement; `digests`, `holds` only where they part."""

    cold_s: list[Seconds]
    warm_s: list[Seconds]
    peak_bytes: list[Count]
    peak_rss_bytes: list[Count] = []
    digests: list[Digest] = []
    warm_digests: list[Digest] = []
    holds: list[bool] = []
    warm_holds: list[bool] = []


class FailureWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `failure` of a probe."""

    reason: Line
    stderr: Annotated[str, msgspec.Meta(max_length=10_000)] = ""


class ControlResultWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `control` of a probe."""

    status: Status
    result: ResultWire | None = None
    failure: FailureWire | None = None


class ProbeWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `[[probes]]`."""

    id: ProbeId
    suite: Slug
    expectation: Expectation
    status: Status
    definition: Digest
    computes: DefinitionWire
    relation_expected: bool | None = None
    control_expected: bool | None = None
    max_peak_ratio: Seconds | None = None
    result: ResultWire | None = None
    relation: RelationWire | None = None
    control: ControlResultWire | None = None
    leaves: Annotated[list[NamedArrayWire], msgspec.Meta(max_length=10_000)] = []
    stages: Annotated[list[NamedArrayWire], msgspec.Meta(max_length=1000)] = []
    runs: RunsWire | None = None
    failure: FailureWire | None = None


class ManifestWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A whole manifest."""

    schema: str
    machine: Slug
    family: Slug
    project: Line
    created: Date
    origin: OriginWire
    repository: RepositoryWire
    suites: Annotated[list[SuiteWire], msgspec.Meta(max_length=1000)]
    environment: EnvironmentWire
    probes: Annotated[list[ProbeWire], msgspec.Meta(max_length=MOST_PROBES)]
