"""Finds the function behind an op's name; a user's one is imported here, in a worker, alone."""

from __future__ import annotations

import inspect
import os
import sys
from functools import wraps
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

from reprokit.probes.lookup import find_operation
from reprokit.probes.operation import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable


def find_function(op: str) -> Callable[..., Any]:
    """Find an op's function: in the catalogue, or `package.module:function` of the project.

    The project's folder and its `src` are put at the end of the search path, so that no module of
    a user's stands in for one of Python's.

    Raises:
        LookupError: For an op that is not there.
        Exception: Whatever the import of a user's module raises.
    """
    if SEPARATOR not in op:
        return find_operation(op).function
    root = os.getcwd()  # noqa: PTH109 - pathlib loads slowly, and workers start often
    if root not in sys.path:
        sys.path += [root, f"{root}/src"]
    module, _, name = op.partition(SEPARATOR)
    _check_place(module, import_module(module).__file__)
    function = getattr(import_module(module), name)
    if not callable(function):
        msg = f"`{op}` is no function"
        raise TypeError(msg)
    return _take_keywords(function, op)


def _take_keywords(function: Callable[..., Any], op: str) -> Callable[..., Any]:
    """Let a function be called with keywords alone, its positional-only parameters too."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        msg = f"`{op}` does not tell its parameters: call it in a plain function, and name that"
        raise TypeError(msg) from None
    positional = [it for it in parameters if it.kind is it.POSITIONAL_ONLY]
    if not positional:
        return function

    @wraps(function)
    def call(**arguments: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        given = [arguments.pop(it.name, it.default) for it in positional]
        return function(*given, **arguments)

    return call


def _check_place(module: str, imported: str | None) -> None:
    """Refuse code that is not the code whose hash stands in the definition."""
    from pathlib import Path

    from reprokit.probes.user_source import find_module

    hashed = find_module(module, Path.cwd())
    if hashed is None or imported is None or Path(imported).resolve() != hashed.resolve():
        msg = (
            f"`{module}` was imported from elsewhere than the project: a module of that name is "
            "installed, or Python's own; rename it, or install the project in editable form"
        )
        raise ImportError(msg)


def list_parameters(function: Callable[..., Any]) -> frozenset[str]:
    """Name a function's parameters."""
    if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
        code = function.__code__  # `inspect` is loaded at its first use, slowly: see `run.start`
        return frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return frozenset(inspect.signature(function).parameters)
