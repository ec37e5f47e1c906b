"""From a manifest's TOML tables to a `Manifest`."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from reprokit.errors import ManifestError
from reprokit.model.environment import (
    Device,
    Drift,
    Environment,
    Gap,
    Hardware,
    Interpreter,
    Lock,
    NativeLibrary,
    OperatingSystem,
    Package,
    Repository,
    Variable,
)
from reprokit.model.manifest import Manifest, Origin, ProbeRecord, SuiteReference
from reprokit.model.place import Place
from reprokit.model.text_wire import LONGEST_LINE
from reprokit.model.value_text import cut_text, write_value
from reprokit.model.wire import check_schema, convert_wire
from reprokit.store.manifest_wire import (
    MANIFEST_VERSION,
    ManifestWire,
    RepositoryWire,
)
from reprokit.store.probe_decoding import decode_probe

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


MOST_ITEMS = 10_000
"""The longest list in an environment that is read."""

_ENVIRONMENT_TABLES: dict[str, type[DataclassInstance]] = {
    "hardware": Hardware,
    "os": OperatingSystem,
    "python": Interpreter,
    "packages": Package,
    "libraries": NativeLibrary,
    "variables": Variable,
    "drift": Drift,
    "lock": Lock,
    "device": Device,
    "gaps": Gap,
}


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
    file = Place(where)
    check_schema(data, kind="manifest", version=MANIFEST_VERSION, where=file, error=ManifestError)
    wire = convert_wire(data, ManifestWire, where=file, error=ManifestError)
    probes = tuple(
        decode_probe(item, f"{where}: probes[{index}]") for index, item in enumerate(wire.probes)
    )
    _refuse_duplicates(probes, where)
    _check_tables(data["environment"], Environment, f"{where}: environment")
    environment = wire.environment
    return Manifest(
        machine=wire.machine,
        family=wire.family,
        project=wire.project,
        created=wire.created,
        origin=Origin(
            kind=wire.origin.kind, sources=tuple(wire.origin.sources), note=wire.origin.note
        ),
        repository=_decode_repository(wire.repository),
        suites=tuple(
            SuiteReference(
                name=item.name,
                sha256=item.sha256,
                excludes=item.excludes,
                declared=tuple(item.declared),
            )
            for item in wire.suites
        ),
        environment=Environment(
            hardware=environment.hardware,
            os=environment.os,
            python=environment.python,
            packages=tuple(environment.packages),
            lock=environment.lock,
            device=environment.device,
            variables=tuple(environment.variables),
            drift=tuple(environment.drift),
            gaps=tuple(environment.gaps),
        ),
        probes=probes,
        path=path,
        sha256=sha256,
    )


def _decode_repository(wire: RepositoryWire) -> Repository:
    facts = {name: getattr(wire, name) for name in wire.__struct_fields__}
    return Repository(**facts | {"submodules": tuple(wire.submodules)})


def _check_tables(data: Any, shape: type[DataclassInstance], where: str) -> None:  # noqa: ANN401
    """Refuse unknown fields and endless texts in tables that the model's shapes describe."""
    for table in data if isinstance(data, list) else [data]:
        known = _list_names(shape)
        for name, value in table.items():
            if name not in known:
                raise ManifestError(f"unknown field `{cut_text(name)}`", where=where)
            _check_values(value if isinstance(value, list) else [value], f"{where}.{name}")
            if name in _ENVIRONMENT_TABLES and isinstance(value, list | dict):
                _check_tables(value, _ENVIRONMENT_TABLES[name], f"{where}.{name}")


@cache
def _list_names(shape: type[DataclassInstance]) -> frozenset[str]:
    return frozenset(item.name for item in fields(shape))


def _check_values(values: list[Any], where: str) -> None:
    """Refuse more texts, longer ones, and other integers than an environment has."""
    if len(values) > MOST_ITEMS:
        raise ManifestError(f"holds {len(values)} items, of {MOST_ITEMS} at most", where=where)
    for value in values:
        if isinstance(value, str):
            if len(value) > LONGEST_LINE:
                raise ManifestError(f"longer than {LONGEST_LINE} characters", where=where)
        elif isinstance(value, int) and not 0 <= value < 2**63:
            raise ManifestError(f"{write_value(value)} is out of bounds", where=where)


def _refuse_duplicates(probes: tuple[ProbeRecord, ...], where: str) -> None:
    seen: set[str] = set()
    for index, probe in enumerate(probes):
        if probe.id in seen:
            raise ManifestError(
                f"`{probe.id}` is there twice", where=f"{where}: probes[{index}].id"
            )
        seen.add(probe.id)
