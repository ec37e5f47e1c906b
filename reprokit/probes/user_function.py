"""Functions of a user's project as ops: `package.module:function`.

They are read, not imported: only a worker ever runs a user's code. `user_source` says what makes
one another probe.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from reprokit.model.suggestion import find_near, list_names
from reprokit.probes.operation import (
    FLOAT_DTYPES,
    GIVEN,
    SEPARATOR,
    Operation,
    OperationError,
    Parameter,
)
from reprokit.probes.user_source import digest_source, find_module, read_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reprokit.probes.user_source import AnyFunction

ANY = "Any"
"""The kind of a user's parameter: whatever a suite can say."""


def find_user_operation(name: str, root: Path) -> Operation:
    """Look a user's function up, without running anything.

    Args:
        name: `package.module:function`.
        root: The project's folder; packages lie in it or in its `src`.

    Raises:
        OperationError: Where module or function are not there, or cannot be read or be an op.
    """
    module, _, function = name.partition(SEPARATOR)
    path = find_module(module, root)
    if path is None:
        raise OperationError(
            f"there is no module `{module}` in the project, nor in its `src`",
            hint="a function of the project is `package.module:function`; its module is a file in "
            "the project's folder",
        )
    node = _choose_function(read_module(path, root).functions, module, function)
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = {argument.arg for argument in arguments}
    return Operation(
        name=name,
        function=_not_here,
        revision=1,
        parameters=tuple(_list_parameters(node)),
        rest=node.args.kwarg.arg if node.args.kwarg else None,
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


def _choose_function(
    functions: Mapping[str, AnyFunction], module: str, name: str
) -> ast.FunctionDef:
    """Choose a function of a module by its name.

    Raises:
        OperationError: Where it has none such, or one that nothing would wait for.
    """
    node = functions.get(name)
    if node is None:
        near = find_near(name, functions)
        meant = f"did you mean {list_names(near)}? " if near else ""
        raise OperationError(
            f"the module `{module}` defines no function `{name}`",
            hint=f"{meant}name a function that has its `def` at the top of that module: not one "
            "that is assigned, imported, or defined under an `if`",
        )
    if isinstance(node, ast.AsyncFunctionDef):
        raise OperationError(
            f"`{module}:{name}` is an async function, and nothing awaits it",
            hint=f"name a plain function that runs it: `return asyncio.run({name}(...))`",
        )
    return node


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
        if item.arg not in GIVEN:
            yield Parameter(name=item.arg, kind=ANY, default=None, required=not has_default)
