"""Functions of a user's project as ops: `package.module:function`.

They are read, not imported: only a worker ever runs a user's code. What a probe of one computes is
identified by its *source*, by this rule: the sha256 of the syntax trees, without positions,
comments and docstrings, of the function's module and of every module of the project that it
imports, directly or by way of others. So an edit of code that the function may reach makes older
results not comparable, and a comment or a blank line does not; what other packages do is the lock's
to say.
"""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING

from reprokit.probes.operation import FLOAT_DTYPES, SEPARATOR, Operation, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANY = "Any"
"""The kind of a user's parameter: whatever a suite can say."""


def find_user_operation(name: str, root: Path) -> Operation:
    """Look a user's function up, without running anything.

    Args:
        name: `package.module:function`.
        root: The project's folder; packages lie in it or in its `src`.

    Raises:
        LookupError: Where module or function are not there, or cannot be parsed.
    """
    module, _, function = name.partition(SEPARATOR)
    path = find_module(module, root)
    if path is None:
        msg = f"there is no module `{module}` in the project, nor in its `src`"
        raise LookupError(msg)
    node = _find_function(_parse(path), function)
    if node is None:
        msg = f"the module `{module}` defines no function `{function}`"
        raise LookupError(msg)
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = {argument.arg for argument in arguments}
    return Operation(
        name=name,
        function=_not_here,
        revision=1,
        parameters=tuple(_list_parameters(node)),
        takes_key=bool(names & {"key", "seed"}),
        derives_key="key" in names,
        default_dtype=FLOAT_DTYPES[0] if "dtype" in names else None,
        dtypes=FLOAT_DTYPES,
        estimate=lambda _arguments, _item_bytes: 0,
        source=digest_source(module, root),
    )


def _not_here(**_arguments: object) -> None:
    msg = "a user's function runs in workers alone"
    raise RuntimeError(msg)


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


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, OSError) as error:
        msg = f"`{path.name}` cannot be read: {error}"
        raise LookupError(msg) from None


def _find_function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    return next(
        (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name),
        None,
    )


def _list_parameters(node: ast.FunctionDef) -> Iterator[Parameter]:
    """List what a probe's `arguments` may hold: all parameters but key, seed and dtype."""
    plain = [*node.args.posonlyargs, *node.args.args]
    required = len(plain) - len(node.args.defaults)
    pairs = [(item, index >= required) for index, item in enumerate(plain)]
    pairs += [
        (item, default is not None)
        for item, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    ]
    for item, has_default in pairs:
        if item.arg not in {"key", "seed", "dtype"}:
            yield Parameter(name=item.arg, kind=ANY, default=None, required=not has_default)


def digest_source(module: str, root: Path) -> str:
    """Hash the code that a function of a module may reach in the project.

    Args:
        module: Its dotted name.
        root: The project's folder.

    Returns:
        Hex sha256 over the names and syntax trees of the modules reached, in order of name.
    """
    trees: dict[str, ast.Module] = {}
    pending = [module]
    while pending:
        name = pending.pop()
        path = find_module(name, root)
        if name in trees or path is None:
            continue
        trees[name] = _parse(path)
        is_package = path.name == "__init__.py"
        pending += _list_imports(trees[name], name, is_package=is_package)
    whole = hashlib.sha256()
    for name in sorted(trees):
        whole.update(f"{name}\n{_write_tree(_strip_docstrings(trees[name]))}\n".encode())
    return whole.hexdigest()


def _list_imports(tree: ast.Module, module: str, *, is_package: bool) -> Iterator[str]:
    """List what a module may import, packages on the way and names that may be modules too."""
    own = module.split(".") if is_package else module.split(".")[:-1]
    yield from (".".join(own[: depth + 1]) for depth in range(len(own)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _list_prefixes(alias.name)
        elif isinstance(node, ast.ImportFrom):
            start = own[: len(own) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from _list_prefixes(base)
            yield from (f"{base}.{alias.name}" for alias in node.names)


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
    """Write a syntax tree without what is empty, so that each version of Python writes the same."""
    if isinstance(node, ast.AST):
        pairs = ((name, getattr(node, name, None)) for name in node._fields if name != "kind")
        inner = ",".join(
            f"{name}={_write_tree(item)}" for name, item in pairs if item not in (None, [])
        )
        is_none = isinstance(node, ast.Constant) and node.value is None
        return f"{type(node).__name__}({'None' if is_none else inner})"
    if isinstance(node, list):
        return f"[{','.join(_write_tree(item) for item in node)}]"
    return f"{type(node).__name__}:{node!r}"
