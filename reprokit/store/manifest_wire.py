"""A manifest as it stands on disk, and the way between it and the domain's `Manifest`.

The shapes whose names end in `Wire` are the file format `reprokit/manifest/1`; the parts of the
environment stand on disk as they are in the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from reprokit.errors import ManifestError
from reprokit.model.definition_wire import DefinitionWire, decode_definition, encode_definition
from reprokit.model.environment import (
    Device,
    Environment,
    Gap,
    Hardware,
    Interpreter,
    Lock,
    OperatingSystem,
    Package,
    Repository,
)
from reprokit.model.manifest import Manifest, Origin, OriginKind, ProbeRecord, SuiteReference
from reprokit.model.names import COMMIT_PATTERN, DIGEST_PATTERN, PROBE_PATTERN, SLUG_PATTERN
from reprokit.model.probe import Expectation
from reprokit.model.record import MEASURED, ArrayFacts, Failure, Record, Run, Status
from reprokit.model.wire import check_schema, convert_wire

if TYPE_CHECKING:
    from reprokit.model.definition import Definition

MANIFEST_VERSION = 1

Slug = Annotated[str, msgspec.Meta(pattern=SLUG_PATTERN, max_length=80)]
Digest = Annotated[str, msgspec.Meta(pattern=DIGEST_PATTERN)]
Commit = Annotated[str, msgspec.Meta(pattern=COMMIT_PATTERN)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Line = Annotated[str, msgspec.Meta(max_length=1000)]


class OriginWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[origin]`."""

    kind: OriginKind
    sources: list[Line] = []
    note: Line = ""


class RepositoryWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[repository]`."""

    commit: Commit
    branch: Line | None = None
    dirty: bool = False
    diff_sha256: Digest | None = None


class SuiteWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `[[suites]]`."""

    name: Slug
    sha256: Digest
    excludes: Line = ""


class EnvironmentWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`[environment]`; its tables are the model's own shapes."""

    hardware: Hardware = msgspec.field(default_factory=Hardware)
    os: OperatingSystem = msgspec.field(default_factory=OperatingSystem)
    python: Interpreter = msgspec.field(default_factory=Interpreter)
    packages: list[Package] = []
    lock: Lock = msgspec.field(default_factory=Lock)
    device: Device = msgspec.field(default_factory=Device)
    gaps: list[Gap] = []


class ResultWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `result` of a probe; dtype and shape are unknown for opaque digests."""

    digest: Digest
    dtype: Line = ""
    shape: list[Count] = []
    bits: Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9a-f]{2})*\Z")] | None = None
    block_bytes: Count = 0
    blocks: list[Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z")]] = []


class RunsWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `runs` of a probe, one column a measurement; `digests` only where they part."""

    cold_s: list[Seconds]
    warm_s: list[Seconds]
    peak_bytes: list[Count]
    peak_rss_bytes: list[Count] = []
    digests: list[Digest] = []
    warm_digests: list[Digest] = []


class FailureWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `failure` of a probe."""

    reason: Line
    stderr: Annotated[str, msgspec.Meta(max_length=10_000)] = ""


class ProbeWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `[[probes]]`."""

    id: Annotated[str, msgspec.Meta(pattern=PROBE_PATTERN)]
    suite: Slug
    expectation: Expectation
    status: Status
    definition: Digest
    computes: DefinitionWire
    result: ResultWire | None = None
    runs: RunsWire | None = None
    failure: FailureWire | None = None


class ManifestWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A whole manifest."""

    schema: str
    machine: Slug
    family: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*\Z", max_length=80)]
    project: Line
    created: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?\Z")]
    origin: OriginWire
    repository: RepositoryWire
    suites: list[SuiteWire]
    environment: EnvironmentWire
    probes: list[ProbeWire]


def decode_manifest(data: dict[str, Any], *, where: str, path: str, sha256: str) -> Manifest:
    """Turn a manifest's TOML tables into a manifest.

    Args:
        data: What a TOML parser gave.
        where: The file, for errors.
        path: The file's place in the project, kept in the manifest.
        sha256: Hex sha256 of the file, kept in the manifest.

    Raises:
        ManifestError: With the place in the file.
    """
    check_schema(data, kind="manifest", version=MANIFEST_VERSION, where=where, error=ManifestError)
    wire = convert_wire(data, ManifestWire, where=where, error=ManifestError)
    probes = tuple(
        _decode_probe(item, f"{where}: probes[{index}]") for index, item in enumerate(wire.probes)
    )
    _refuse_duplicates(probes, where)
    environment = wire.environment
    return Manifest(
        machine=wire.machine,
        family=wire.family,
        project=wire.project,
        created=wire.created,
        origin=Origin(
            kind=wire.origin.kind, sources=tuple(wire.origin.sources), note=wire.origin.note
        ),
        repository=Repository(
            commit=wire.repository.commit,
            branch=wire.repository.branch,
            dirty=wire.repository.dirty,
            diff_sha256=wire.repository.diff_sha256,
        ),
        suites=tuple(
            SuiteReference(name=item.name, sha256=item.sha256, excludes=item.excludes)
            for item in wire.suites
        ),
        environment=Environment(
            hardware=environment.hardware,
            os=environment.os,
            python=environment.python,
            packages=tuple(environment.packages),
            lock=environment.lock,
            device=environment.device,
            gaps=tuple(environment.gaps),
        ),
        probes=probes,
        path=path,
        sha256=sha256,
    )


def _refuse_duplicates(probes: tuple[ProbeRecord, ...], where: str) -> None:
    seen: set[str] = set()
    for index, probe in enumerate(probes):
        if probe.id in seen:
            raise ManifestError(
                f"`{probe.id}` is there twice", where=f"{where}: probes[{index}].id"
            )
        seen.add(probe.id)


def _decode_probe(wire: ProbeWire, where: str) -> ProbeRecord:
    definition = decode_definition(wire.computes)
    if _digest_definition(definition, where) != wire.definition:
        raise ManifestError(
            "is not the hash of `computes`",
            where=f"{where}.definition",
            hint="one of the two was edited; take the file from its machine again",
        )
    record = Record(
        status=wire.status,
        result=_decode_result(wire, where),
        runs=_decode_runs(wire, where),
        failure=Failure(reason=wire.failure.reason, stderr=wire.failure.stderr)
        if wire.failure
        else None,
    )
    return ProbeRecord(
        id=wire.id,
        suite=wire.suite,
        definition=definition,
        expectation=wire.expectation,
        record=record,
    )


def _digest_definition(definition: Definition, where: str) -> str:
    try:
        return definition.digest
    except (TypeError, ValueError) as error:
        raise ManifestError(
            f"holds what no definition can: {error}", where=f"{where}.computes.arguments"
        ) from None


def _decode_result(wire: ProbeWire, where: str) -> ArrayFacts | None:
    if wire.result is None:
        if wire.status in MEASURED:
            raise ManifestError(f"status `{wire.status}` needs a `result`", where=where)
        return None
    return ArrayFacts(
        digest=wire.result.digest,
        dtype=wire.result.dtype,
        shape=tuple(wire.result.shape),
        bits=wire.result.bits,
        block_bytes=wire.result.block_bytes,
        blocks=tuple(wire.result.blocks),
    )


def _decode_runs(wire: ProbeWire, where: str) -> tuple[Run, ...]:
    runs = wire.runs
    if runs is None:
        return ()
    count = len(runs.cold_s)
    common = wire.result.digest if wire.result else ""
    columns: dict[str, list[Any]] = {
        "cold_s": runs.cold_s,
        "warm_s": runs.warm_s,
        "peak_bytes": runs.peak_bytes,
        "peak_rss_bytes": runs.peak_rss_bytes or [None] * count,
        "digest": runs.digests or [common] * count,
        "warm_digest": runs.warm_digests or [common] * count,
    }
    for name, column in columns.items():
        if len(column) != count:
            raise ManifestError(
                f"expected {count} entries as in `cold_s`, got {len(column)}",
                where=f"{where}.runs.{name}",
            )
    return tuple(
        Run(**{name: column[index] for name, column in columns.items()}) for index in range(count)
    )


def encode_manifest(manifest: Manifest) -> dict[str, Any]:
    """Turn a manifest into the tables of its file, in their canonical order, without nulls."""
    return {
        "schema": f"reprokit/manifest/{MANIFEST_VERSION}",
        "machine": manifest.machine,
        "family": manifest.family,
        "project": manifest.project,
        "created": manifest.created,
        "origin": _builtins(manifest.origin),
        "repository": _builtins(manifest.repository),
        "suites": [_builtins(suite) for suite in manifest.suites],
        "environment": _builtins(manifest.environment),
        "probes": [_encode_probe(probe) for probe in manifest.probes],
    }


def _encode_probe(probe: ProbeRecord) -> dict[str, Any]:
    record = probe.record
    tables = {
        "id": probe.id,
        "suite": probe.suite,
        "expectation": probe.expectation.value,
        "status": record.status.value,
        "definition": probe.definition.digest,
        "computes": _builtins(encode_definition(probe.definition)),
        "result": _encode_result(record.result) if record.result else None,
        "runs": _encode_runs(record) if record.runs else None,
        "failure": _builtins(record.failure) if record.failure else None,
    }
    return {name: value for name, value in tables.items() if value is not None}


def _encode_result(result: ArrayFacts) -> dict[str, Any]:
    tables: dict[str, Any] = _builtins(result)
    if not result.block_bytes:
        del tables["block_bytes"]
    return tables


def _encode_runs(record: Record) -> dict[str, Any]:
    runs = record.runs
    columns: dict[str, Any] = {
        "cold_s": [round(run.cold_s, 6) for run in runs],
        "warm_s": [round(run.warm_s, 6) for run in runs],
        "peak_bytes": [run.peak_bytes for run in runs],
    }
    resident = [run.peak_rss_bytes for run in runs if run.peak_rss_bytes is not None]
    if len(resident) == len(runs):
        columns["peak_rss_bytes"] = resident
    if record.status is not Status.OK:
        columns["digests"] = [run.digest for run in runs]
        columns["warm_digests"] = [run.warm_digest for run in runs]
    return columns


def _builtins(value: object) -> Any:  # noqa: ANN401 - tables, lists and scalars
    return _without_nulls(msgspec.to_builtins(value))


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - as above
    """Leave out what TOML cannot say, and empty lists, tables and texts, which are defaults."""
    if isinstance(value, dict):
        pairs = ((name, _without_nulls(item)) for name, item in value.items())
        return {name: item for name, item in pairs if item is not None and item not in ("", [], {})}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value]
    return value
