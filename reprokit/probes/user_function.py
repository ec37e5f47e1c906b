"""Functions of a user's project as ops: `package.module:function`.

They are read, not imported: only a worker ever runs a user's code. `user_source` says what makes
one another probe.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from reprokit.probes.operation import FLOAT_DTYPES, GIVEN, SEPARATOR, Operation, Parameter
from reprokit.probes.user_source import digest_source, find_module, read_module

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reprokit.probes.user_source import AnyFunction

ANY = "Any"
"""The kind of a user's parameter: whatever a suite can say."""


class FunctionError(LookupError):
    """A function of the project cannot be the op of a probe.

    Args:
        message: Why not.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def find_user_operation(name: str, root: Path) -> Operation:
    """Look a user's function up, without running anything.

    Args:
        name: `package.module:function`.
        root: The project's folder; packages lie in it or in its `src`.

    Raises:
        LookupError: Where module or function are not there, cannot be parsed, or cannot be an op.
    """
    module, _, function = name.partition(SEPARATOR)
    path = find_module(module, root)
    if path is None:
        msg = f"there is no module `{module}` in the project, nor in its `src`"
        raise LookupError(msg)
    node = _choose_function(read_module(path).functions, module, function)
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
        FunctionError: Where it has none such, or one that nothing would wait for.
    """
    node = functions.get(name)
    if node is None:
        raise FunctionError(
            f"the module `{module}` defines no function `{name}`",
            hint="name a function that has its `def` at the top of that module: not one that is "
            "assigned, imported, or defined under an `if`",
        )
    if isinstance(node, ast.AsyncFunctionDef):
        raise FunctionError(
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
