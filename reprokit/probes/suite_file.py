"""Suite files: TOML in, `Suite` out."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from reprokit.errors import SuiteError
from reprokit.model.definition import Definition
from reprokit.model.names import LONGEST_SLUG, PROBE_PATTERN, SLUG_PATTERN
from reprokit.model.probe import Expectation, Probe, Suite
from reprokit.model.wire import check_schema, convert_wire, parse_toml
from reprokit.numerics.keys import LARGEST_SEED, RAW, parse_key_path
from reprokit.probes.operation import ArgumentError, Operation, find_operation

if TYPE_CHECKING:
    from pathlib import Path

SUITE_VERSION = 1
LONGEST_TIME_LIMIT_S = 7 * 24 * 3600
DEVICES = ("default", "cpu", "gpu")

Text = Annotated[str, msgspec.Meta(max_length=1000)]


class ProbeWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A `[[probe]]` as it stands in a suite file."""

    id: Annotated[str, msgspec.Meta(pattern=PROBE_PATTERN)]
    op: str
    expectation: Expectation
    arguments: dict[str, Any] = {}
    dtype: str | None = None
    seed: int | None = None
    key: Text = RAW
    device: str = "default"
    repeats: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    time_limit_s: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_TIME_LIMIT_S)] = 300.0
    covers: Text = ""


class SuiteWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A suite file."""

    schema: str
    name: Annotated[str, msgspec.Meta(pattern=SLUG_PATTERN, max_length=LONGEST_SLUG)]
    about: Text = ""
    excludes: Text = ""
    probe: list[ProbeWire]


def shipped_suites() -> tuple[str, ...]:
    """Name the suites that come with reprokit."""
    folder = files("reprokit.probes") / "suites"
    return tuple(sorted(item.name[: -len(".toml")] for item in folder.iterdir() if item.is_file()))


def load_suite(name: str, folder: Path) -> Suite:
    """Load a suite of the project, or one that comes with reprokit.

    Args:
        name: The suite's name; its file is `NAME.toml`. A project's own comes first.
        folder: The project's suite folder; it need not exist.

    Raises:
        SuiteError: For an unknown suite or a wrong file.
    """
    own = folder / f"{name}.toml"
    where = f"{folder.name}/{name}.toml"
    if own.is_file():
        return parse_suite(own.read_bytes(), name=name, where=where)
    if name in shipped_suites():
        shipped = files("reprokit.probes") / "suites" / f"{name}.toml"
        return parse_suite(shipped.read_bytes(), name=name, where=f"{name}.toml of reprokit")
    there = {path.stem for path in folder.glob("*.toml")} | set(shipped_suites())
    raise SuiteError(
        f"there is no suite `{name}`",
        where=where,
        hint="there are " + ", ".join(f"`{item}`" for item in sorted(there)),
    )


def parse_suite(content: bytes, *, name: str, where: str) -> Suite:
    """Read a suite file's bytes.

    Args:
        content: The file.
        name: The name it must bear.
        where: The file, for errors.

    Raises:
        SuiteError: With the place in the file.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise SuiteError(f"not UTF-8 at byte {problem.start}", where=where) from None
    data = parse_toml(text, where=where, error=SuiteError)
    check_schema(data, kind="suite", version=SUITE_VERSION, where=where, error=SuiteError)
    wire = convert_wire(data, SuiteWire, where=where, error=SuiteError)
    if wire.name != name:
        raise SuiteError(
            f'the file `{name}.toml` must have `name = "{name}"`, not `{wire.name}`',
            where=f"{where}: name",
        )
    probes = tuple(
        _make_probe(item, suite=name, where=f"{where}: probe[{index}]")
        for index, item in enumerate(wire.probe)
    )
    _refuse_duplicates(probes, where)
    return Suite(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        about=wire.about,
        excludes=wire.excludes,
        probes=probes,
    )


def _refuse_duplicates(probes: tuple[Probe, ...], where: str) -> None:
    places: dict[str, int] = {}
    for index, probe in enumerate(probes):
        if probe.id in places:
            raise SuiteError(
                f"`{probe.id}` is the id of probe[{places[probe.id]}] too",
                where=f"{where}: probe[{index}].id",
                hint="an id names one probe of a project; give one of them another",
            )
        places[probe.id] = index


def _make_probe(wire: ProbeWire, *, suite: str, where: str) -> Probe:
    try:
        operation = find_operation(wire.op)
    except LookupError as problem:
        raise SuiteError(str(problem), where=f"{where}.op") from None
    try:
        bound = operation.bind(wire.arguments)
    except ArgumentError as problem:
        raise SuiteError(
            str(problem),
            where=f"{where}.arguments.{problem.name}",
            hint=f"the op is `{operation.signature}`",
        ) from None
    _check_key(wire, operation, where)
    _check_choice(wire.device, DEVICES, f"{where}.device")
    dtype = _choose_dtype(wire, operation, where)
    definition = Definition(
        op=wire.op,
        revision=operation.revision,
        arguments=operation.minimal(bound),
        dtype=dtype,
        seed=wire.seed,
        key=wire.key,
        device=wire.device,
    )
    return Probe(
        id=wire.id,
        suite=suite,
        definition=definition,
        expectation=wire.expectation,
        needed_bytes=operation.needed_bytes(bound, dtype),
        time_limit_s=wire.time_limit_s,
        repeats=wire.repeats,
        covers=wire.covers,
    )


def _check_key(wire: ProbeWire, operation: Operation, where: str) -> None:
    """Check that a probe has a seed where its op draws, and only there."""
    if not operation.takes_key:
        if wire.seed is not None or wire.key != RAW:
            raise SuiteError(f"`{operation.name}` draws nothing: it takes no seed", where=where)
        return
    if wire.seed is None:
        raise SuiteError(f"`{operation.name}` draws: it needs a `seed`", where=where)
    if not 0 <= wire.seed <= LARGEST_SEED:
        raise SuiteError(
            f"`{wire.seed}` is not from 0 to {LARGEST_SEED} (64 bits)", where=f"{where}.seed"
        )
    try:
        parse_key_path(wire.key)
    except ValueError as problem:
        raise SuiteError(str(problem), where=f"{where}.key") from None


def _choose_dtype(wire: ProbeWire, operation: Operation, where: str) -> str | None:
    if operation.default_dtype is None:
        if wire.dtype is not None:
            raise SuiteError(f"`{operation.name}` takes no dtype", where=f"{where}.dtype")
        return None
    dtype = wire.dtype or operation.default_dtype
    _check_choice(dtype, operation.dtypes, f"{where}.dtype")
    return dtype


def _check_choice(value: str, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise SuiteError(
            f"`{value}` is not one of " + ", ".join(f"`{item}`" for item in choices), where=where
        )
