"""The source of users' functions: read, never imported, and hashed.

What a probe of a user's function computes is identified by its *source*, by this rule: the sha256
of the syntax trees, without positions, comments and docstrings, of the function's module and of
every module of the project that it imports, directly or by way of others. So an edit of code that
the function may reach makes older results not comparable, and a comment or a blank line does not;
what other packages do is the lock's to say. Every version of Python gives the same hash.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from reprokit.probes.operation import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

AnyFunction: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleSource:
    """What is kept of a module's source.

    Attributes:
        text: Its syntax tree, written out.
        imports: What it imports, as relative levels, module and names.
        functions: The functions that it defines at its top, by name; of several the last.
    """

    text: str
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]
    functions: Mapping[str, AnyFunction]


def find_module(module: str, root: Path) -> Path | None:
    """Find a module's file by its dotted name; None where the project has none such."""
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for folder in (root, root / "src"):
        base = folder.joinpath(*parts)
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                return path
    return None


def read_module(path: Path, root: Path) -> ModuleSource:
    """Read a module's source; the same bytes are parsed once in a process.

    Args:
        path: The module's file.
        root: The project's folder, relative to which an error names the file.

    Raises:
        OperationError: Where it cannot be read or parsed, with its path and line.
    """
    try:
        return _parse_module(path.read_bytes())
    except SyntaxError as error:
        line = "" if error.lineno is None else f" (line {error.lineno})"
        reason, hint = f"{error.msg}{line}", "mend it there: Python could not import it either"
    except OSError as error:
        reason, hint = str(error.strerror), "make it a file that may be read"
    except ValueError as error:
        reason, hint = str(error), "mend it there: Python could not import it either"
    except RecursionError:
        reason, hint = "an expression in it is too long", "write it in several statements"
    name = path.relative_to(root).as_posix()
    raise OperationError(f"`{name}` cannot be read: {reason}", hint=hint)


@cache
def _parse_module(content: bytes) -> ModuleSource:
    with warnings.catch_warnings(action="ignore"):  # its import warns of its escapes
        tree = _strip_docstrings(ast.parse(content))
    return ModuleSource(
        text=_write_tree(tree),
        imports=tuple(_list_statements(tree)),
        functions={
            node.name: node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        },
    )


def digest_source(module: str, root: Path) -> str:
    """Hash the code that a function of a module may reach in the project.

    Args:
        module: Its dotted name.
        root: The project's folder.

    Returns:
        Hex sha256 over the names and syntax trees of the modules reached, in order of name.

    Raises:
        OperationError: Where one of them cannot be read.
    """
    reached: dict[str, ModuleSource] = {}
    pending = [module]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        path = find_module(name, root)
        if path is not None:
            reached[name] = read_module(path, root)
            is_package = path.name == "__init__.py"
            pending += _list_imports(reached[name], name, is_package=is_package)
    whole = hashlib.sha256()
    for name in sorted(reached):
        whole.update(f"{name}\n{reached[name].text}\n".encode())
    return whole.hexdigest()


def _list_statements(tree: ast.Module) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """List what is imported anywhere in a module: relative levels, module and names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)


def _list_imports(source: ModuleSource, module: str, *, is_package: bool) -> Iterator[str]:
    """List what a module may import, packages on the way and names that may be modules too."""
    own = module.split(".") if is_package else module.split(".")[:-1]
    yield from (".".join(own[: depth + 1]) for depth in range(len(own)))
    for level, imported, names in source.imports:
        start = own[: len(own) - level + 1] if level else []
        base = ".".join([*start, *([imported] if imported else [])])
        yield from _list_prefixes(base)
        yield from (f"{base}.{name}" for name in names)


def _list_prefixes(dotted: str) -> Iterator[str]:
    parts = dotted.split(".")
    yield from (".".join(parts[: depth + 1]) for depth in range(len(parts)))


def _strip_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return tree


def _write_tree(node: object) -> str:
    """Write a syntax tree in ASCII, the same with each version of Python.

    What is empty is left out: later versions have more fields. So are the empty texts that some
    put into an f-string, and `repr` is not asked which characters of a text it would print.
    """
    if isinstance(node, ast.AST):
        pairs = [(name, getattr(node, name, None)) for name in node._fields if name != "kind"]
        if isinstance(node, ast.JoinedStr):
            pairs = [("values", [part for part in node.values if not _is_empty_text(part)])]
        inner = ",".join(
            f"{name}={_write_tree(item)}" for name, item in pairs if item not in (None, [])
        )
        is_none = isinstance(node, ast.Constant) and node.value is None
        return f"{type(node).__name__}({'None' if is_none else inner})"
    if isinstance(node, list):
        return f"[{','.join(_write_tree(item) for item in node)}]"
    return f"{type(node).__name__}:{node!a}"


def _is_empty_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""
