"""Suite files: TOML in, `Suite` out."""

from __future__ import annotations

import hashlib
import re
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING

from reprokit.errors import SuiteError
from reprokit.model.probe import Probe, Suite
from reprokit.model.wire import check_schema, convert_wire, parse_toml
from reprokit.probes.declaration import look_up_operation, make_probe
from reprokit.probes.matrix import expand_matrix
from reprokit.probes.suite_wire import SUITE_VERSION, SuiteWire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROBE_PLACE = re.compile(r"probe\[(\d+)\](?:\.(\w+))?(?:\.(\w+))?")
_PROBE_HEAD = re.compile(r"\s*\[\[\s*probe\s*\]\]")


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
    root = root or folder.parent
    own = folder / f"{name}.toml"
    where = f"{folder.name}/{name}.toml"
    if own.is_file():
        try:
            content = own.read_bytes()
        except OSError as error:
            raise SuiteError(f"cannot be read: {error.strerror}", where=where) from None
        return parse_suite(content, name=name, where=where, root=root)
    if name in shipped_suites():
        content = (files("reprokit.probes") / "suites" / f"{name}.toml").read_bytes()
        return parse_suite(content, name=name, where=f"{name}.toml of reprokit", root=root)
    raise SuiteError(
        f"there is no suite `{name}`",
        where=where,
        hint="there are " + ", ".join(f"`{item}`" for item in list_suites(folder)),
    )


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
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise SuiteError(f"not UTF-8 at byte {problem.start}", where=where) from None
    try:
        return _parse_text(text, name=name, where=where, root=root)
    except SuiteError as error:
        line = _find_line(text, error.where or "")
        if line is not None:
            error.where = f"{error.where} (line {line})"
        raise


def _parse_text(text: str, *, name: str, where: str, root: Path) -> Suite:
    data = parse_toml(text, where=where, error=SuiteError)
    check_schema(data, kind="suite", version=SUITE_VERSION, where=where, error=SuiteError)
    wire = convert_wire(data, SuiteWire, where=where, error=SuiteError)
    if wire.name != name:
        raise SuiteError(
            f'the file `{name}.toml` must have `name = "{name}"`, not `{wire.name}`',
            where=f"{where}: name",
        )
    probes = tuple(_make_probes(wire, where=where, root=root))
    return Suite(
        name=name,
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        about=wire.about,
        excludes=wire.excludes,
        probes=probes,
    )


def _make_probes(wire: SuiteWire, *, where: str, root: Path) -> Iterator[Probe]:
    places: dict[str, int] = {}
    find = cache(partial(look_up_operation, root=root))  # one declaration may be many probes
    for index, declaration in enumerate(wire.probe):
        place = f"{where}: probe[{index}]"
        for single in expand_matrix(declaration, place):
            if single.id in places:
                raise SuiteError(
                    f"`{single.id}` is the id of probe[{places[single.id]}] too",
                    where=f"{place}.id",
                    hint="an id names one probe of a project; give one of them another",
                )
            places[single.id] = index
            yield make_probe(single, suite=wire.name, find=find, where=place)


def _find_line(text: str, where: str) -> int | None:
    """Find the line of `probe[3].seed`: of the field where it stands there, else of the head."""
    place = _PROBE_PLACE.search(where)
    if place is None:
        return None
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines, 1) if _PROBE_HEAD.match(line)]
    index = int(place[1])
    if index >= len(heads):
        return None
    end = heads[index + 1] - 1 if index + 1 < len(heads) else len(lines)
    for field in (place[3], place[2]):
        for number in range(heads[index], end + 1):
            if field and re.match(rf"\s*{re.escape(field)}\s*=", lines[number - 1]):
                return number
    return heads[index]
