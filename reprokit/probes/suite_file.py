"""Suite files: TOML in, `Suite` out."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING

from reprokit.errors import SuiteError
from reprokit.model.place import Place
from reprokit.model.probe import Probe, Suite
from reprokit.model.value_text import write_value
from reprokit.model.wire import check_schema, convert_wire, decode_text, parse_toml
from reprokit.probes.declaration import look_up_operation, make_probe
from reprokit.probes.matrix import expand_matrix
from reprokit.probes.suite_wire import SUITE_VERSION, SuiteWire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reprokit.probes.matrix import Declared

MOST_BITS = 64


def shipped_suites() -> tuple[str, ...]:
    """Name the suites that come with reprokit."""
    folder = files("reprokit.probes") / "suites"
    return tuple(sorted(item.name[: -len(".toml")] for item in folder.iterdir() if item.is_file()))


def list_suites(folder: Path) -> tuple[str, ...]:
    """Name the suites there are: the project's own, and those that come with reprokit."""
    return tuple(sorted({path.stem for path in folder.glob("*.toml")} | set(shipped_suites())))


def load_suite(name: str, folder: Path, *, root: Path | None = None) -> Suite:
    """Load a suite of the project, or one that comes with reprokit.

    Args:
        name: The suite's name; its file is `NAME.toml`. A project's own comes first.
        folder: The project's suite folder; it need not exist.
        root: The project's folder, where users' functions are; above the suites where not given.

    Raises:
        SuiteError: For an unknown suite or a wrong file.
    """
    content, where = _read_file(name, folder)
    return parse_suite(content, name=name, where=where, root=root or folder.parent)


def _read_file(name: str, folder: Path) -> tuple[bytes, str]:
    """Read a suite's file, and name it for errors."""
    own = folder / f"{name}.toml"
    where = f"{folder.name}/{name}.toml"
    if own.is_file():
        try:
            return own.read_bytes(), where
        except OSError as error:
            raise SuiteError(
                f"cannot be read: {error.strerror}", where=where, hint="make it a file you may read"
            ) from None
    if name in shipped_suites():
        content = (files("reprokit.probes") / "suites" / f"{name}.toml").read_bytes()
        return content, f"{name}.toml of reprokit"
    raise SuiteError(
        f"there is no suite `{name}`",
        where=where,
        hint="there are " + ", ".join(f"`{item}`" for item in list_suites(folder)),
    )


def locate_probe(probe: Probe, folder: Path) -> Place:
    """Find the table that declares a probe in its suite's file, which is read again for it.

    Args:
        probe: A probe of a suite that was loaded.
        folder: The project's suite folder.

    Raises:
        SuiteError: Where the file is wrong by now.
    """
    content, where = _read_file(probe.suite, folder)
    wire, file = _parse_wire(content, name=probe.suite, where=where)
    declarations = _expand(wire, file / "probe")
    return next((it.place for it in declarations if it.wire.id == probe.id), file)


def parse_suite(content: bytes, *, name: str, where: str, root: Path) -> Suite:
    """Read a suite file's bytes.

    Args:
        content: The file.
        name: The name it must bear.
        where: The file, for errors.
        root: The project's folder.

    Raises:
        SuiteError: With the place in the file, and its line.
    """
    wire, file = _parse_wire(content, name=name, where=where)
    return Suite(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        about=wire.about,
        excludes=wire.excludes,
        probes=tuple(_make_probes(wire, where=file / "probe", root=root)),
    )


def _parse_wire(content: bytes, *, name: str, where: str) -> tuple[SuiteWire, Place]:
    text = decode_text(content, where=Place(where), error=SuiteError)
    file = Place(where, text=text)
    data = parse_toml(text, where=file, error=SuiteError)
    check_schema(data, kind="suite", version=SUITE_VERSION, where=file, error=SuiteError)
    _refuse_long_integers(data, file)
    wire = convert_wire(data, SuiteWire, where=file, error=SuiteError)
    if wire.name != name:
        raise SuiteError(
            f'the file `{name}.toml` must have `name = "{name}"`, not `{wire.name}`',
            where=str(file / "name"),
            hint="change the name, or rename the file",
        )
    return wire, file


def _refuse_long_integers(value: object, where: Place) -> None:
    """Refuse integers that TOML does not know, and that a definition could not be hashed with."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_long_integers(inner, where / name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_long_integers(inner, where / index)
    elif isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise SuiteError(
            f"{write_value(value)} has more than {MOST_BITS} bits",
            where=str(where),
            hint=f"use an integer up to {2**MOST_BITS - 1}, or put it in quotes",
        )


def _make_probes(wire: SuiteWire, *, where: Place, root: Path) -> Iterator[Probe]:
    places: dict[str, Place] = {}
    find = cache(partial(look_up_operation, root=root))  # one declaration may be many probes
    for declared in _expand(wire, where):
        name = declared.wire.id
        if name in places:
            raise _refuse_duplicate(name, places[name], declared.place / "id")
        places[name] = declared.place / "id"
        yield make_probe(declared, suite=wire.name, find=find)


def _expand(wire: SuiteWire, where: Place) -> Iterator[Declared]:
    for index, declaration in enumerate(wire.probe):
        yield from expand_matrix(declaration, where / index)


def _refuse_duplicate(name: str, there: Place, place: Place) -> SuiteError:
    if there == place:
        return SuiteError(
            f"its matrix makes two probes of the id `{name}`",
            where=str(place),
            hint="remove values of the matrix that are equal, or that are spelled alike in an id",
        )
    return SuiteError(
        f"`{name}` is the id of {there.steps[0]}[{there.steps[1]}] on line {there.line} too",
        where=str(place),
        hint="an id names one probe of a project; give one of them another",
    )
