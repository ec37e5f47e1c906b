"""The rooms of ARCHITECTURE.md, held against the imports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import reprokit

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(reprokit.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

MAY_IMPORT = {
    "errors": set(),
    "model": {"errors"},
    "numerics": {"errors", "model"},
    "observe": {"errors", "model"},
    "probes": {"errors", "model", "numerics"},
    "run": {"errors", "model", "probes", "observe", "numerics"},
    "store": {"errors", "model"},
    "compare": {"errors", "model", "numerics"},
    "render": {"errors", "model", "numerics"},
    "cli": {
        *("errors", "model", "numerics", "observe", "probes", "run", "store", "compare", "render"),
        "__init__",
    },
    "pytest_plugin": {
        *("errors", "model", "numerics", "observe", "run", "store", "compare", "render"),
    },
    "random": {"numerics"},
    "results": {"numerics"},
    "seeding": {"errors", "numerics"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""For each room, the rooms it may import; itself always."""

FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "manager", "misc"}
LONGEST_MODULE = 300


def name_of(path: Path) -> str:
    """Return a module's path in the package, for test ids."""
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    """Return the first folder of a module, or its own name at the top."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def list_imports(tree: ast.AST) -> Iterator[str]:
    """List the modules that a module imports, in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == "reprokit":
                yield from (f"reprokit.{alias.name}" for alias in node.names)
            else:
                yield node.module


def parse(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_room_imports_only_what_it_may(path: Path) -> None:
    """A module imports its own room and those that the table of rooms allows."""
    room = room_of(path)
    allowed = MAY_IMPORT[room] | {room}
    own = [name.split(".") for name in list_imports(parse(path)) if name.startswith("reprokit")]
    imported = {parts[1] if len(parts) > 1 else "__init__" for parts in own}
    imported = {name if name in MAY_IMPORT else "__init__" for name in imported}
    assert imported <= allowed


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    """`print`, `typer.echo`, `sys.exit` and `exit` are called in `cli` alone."""
    if room_of(path) == "cli":
        return
    called = {
        ast.unparse(node.func) for node in ast.walk(parse(path)) if isinstance(node, ast.Call)
    }
    assert not called & {"print", "typer.echo", "sys.exit", "exit", "quit", "sys.stdout.write"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_mlx_is_imported_in_one_place(path: Path) -> None:
    """MLX is reached through `numerics.backend`, which loads it when it is used."""
    if name_of(path) == "numerics/backend.py":
        return
    assert not [name for name in list_imports(parse(path)) if name.split(".")[0] == "mlx"]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_names_its_matter(path: Path) -> None:
    """No module is called after nothing, and none has grown past what one reads at once."""
    assert path.stem not in FORBIDDEN_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_broad_exceptions_are_caught_in_two_places() -> None:
    """`except Exception` stands around users' code in the worker and in the command line."""
    places = [
        name_of(path)
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    assert places == ["cli/exits.py", "run/execute.py"]
