"""What an op is, and how a function becomes one.

An op's parameters are read from its function's signature; the words understood as annotations
are those of `KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.suggestion import find_near, list_names
from reprokit.model.value_text import write_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reprokit.model.definition import Value

SEPARATOR = ":"
"""Stands in the name of a user's function, `package.module:function`, and in none of ours."""

GIVEN = ("key", "seed", "dtype")
"""Parameters that a probe's own fields give, and no argument."""

FLOAT_DTYPES = ("float32", "bfloat16", "float16")
"""What most ops can be asked for; the first is their default."""

Shape: TypeAlias = tuple[int, ...]
"""Lengths of an array's axes, none negative."""

Count: TypeAlias = int
"""A number of things, at least 1."""

Estimate: TypeAlias = "Callable[[Mapping[str, Any], int], int]"
"""From all arguments and the dtype's size in bytes: the peak of memory in bytes."""


class OperationError(LookupError):
    """There is no such op, or what is named cannot be one.

    Args:
        message: What is wrong with it.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class ArgumentError(ValueError):
    """An argument does not fit its op.

    Args:
        name: The argument.
        message: What is wrong with it.
        hint: How the op is called.
    """

    def __init__(self, name: str, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.name = name
        self.hint = hint


def _read_shape(value: object) -> Shape:
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, int) and not isinstance(item, bool) and item >= 0 for item in value
    ):
        msg = "a list of non-negative integers"
        raise TypeError(msg)
    return tuple(value)


def _read_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        msg = "an integer"
        raise TypeError(msg)
    return value


def _read_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        msg = "an integer from 1"
        raise TypeError(msg)
    return value


def _read_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = "a number"
        raise TypeError(msg)
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        msg = "a finite number"
        raise TypeError(msg)
    return number


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        msg = "a text"
        raise TypeError(msg)
    return value


def _read_bool(value: object) -> bool:
    if not isinstance(value, bool):
        msg = "true or false"
        raise TypeError(msg)
    return value


def _read_any(value: object) -> Value:
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _read_float(value)
    if isinstance(value, list | tuple):
        return tuple(_read_any(item) for item in value)
    msg = "a number, a text, true or false, or a list of such"
    raise TypeError(msg)


KINDS: Mapping[str, Callable[[object], Value]] = {
    "Shape": _read_shape,
    "int": _read_int,
    "Count": _read_count,
    "float": _read_float,
    "str": _read_text,
    "bool": _read_bool,
    "Any": _read_any,
}
"""Readers of argument values by annotation; each names what it expected in a TypeError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One argument of an op: its name, its kind (a key of KINDS) and its default, if any."""

    name: str
    kind: str
    default: Value | None
    required: bool

    def __str__(self) -> str:
        default = "…" if self.default is None else self.default
        return f"{self.name}: {self.kind}" + ("" if self.required else f" = {default}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An entry of the catalogue.

    Attributes:
        name: As suites name it, `random.normal`.
        function: What computes it; called with keywords only.
        revision: Raised whenever the same arguments come to mean another computation.
        parameters: What a probe's `arguments` may hold.
        takes_key: Whether it needs a seed, for a key or as it is.
        derives_key: Whether it draws from a key, which a split may derive.
        default_dtype: The dtype where a probe names none; None where it takes no dtype.
        dtypes: The dtypes that a probe can name.
        estimate: Its peak of memory.
        rest: Name of the parameter that takes arguments of any other name, as `**options` does.
        source: Of a user's function, the hash of its code; None in the catalogue.
    """

    name: str
    function: Callable[..., Any]
    revision: int
    parameters: tuple[Parameter, ...]
    takes_key: bool
    derives_key: bool
    default_dtype: str | None
    dtypes: tuple[str, ...]
    estimate: Estimate
    rest: str | None = None
    source: str | None = None

    @property
    def signature(self) -> str:
        """The op as one would call it, for messages."""
        rest = [f"**{self.rest}"] if self.rest else []
        return f"{self.name}({', '.join([*map(str, self.parameters), *rest])})"

    def bind(self, arguments: Mapping[str, object]) -> dict[str, Value]:
        """Check arguments and complete them with the defaults.

        Raises:
            ArgumentError: For an unknown, missing or wrongly typed argument.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in arguments:
            if name not in known and (self.rest is None or name in GIVEN):
                message = f"`{self.name}` has no argument `{name}`"
                raise ArgumentError(name, message, hint=self._propose_argument(name))
            known.setdefault(name, Parameter(name=name, kind="Any", default=None, required=True))
        return {
            name: _bind_one(self, known[name], arguments)
            for name in known
            if name in arguments or known[name].required or known[name].default is not None
        }

    def _propose_argument(self, name: str) -> str:
        """Propose what an unknown argument may have been meant for."""
        takes = self.default_dtype is not None if name == "dtype" else self.takes_key
        if name in GIVEN and takes:
            return f"write `{name} = …` beside `arguments`, not among them"
        near = find_near(name, [parameter.name for parameter in self.parameters])
        meant = f"did you mean {list_names(near)}? " if near else ""
        return f"{meant}the op is `{self.signature}`"

    def minimal(self, bound: Mapping[str, Value]) -> dict[str, Value]:
        """Leave out what equals its default: the form that a definition holds."""
        defaults = {item.name: item.default for item in self.parameters if not item.required}
        return {
            name: value
            for name, value in bound.items()
            if name not in defaults or value != defaults[name]
        }

    def needed_bytes(self, bound: Mapping[str, Value], dtype: str | None) -> int:
        """Estimate the peak of memory."""
        return self.estimate(bound, ITEM_BYTES[dtype or "float32"])


def _bind_one(operation: Operation, parameter: Parameter, given: Mapping[str, object]) -> Value:
    hint = f"the op is `{operation.signature}`"
    if parameter.name not in given:
        if parameter.default is None:
            message = f"`{operation.name}` needs the argument `{parameter.name}`"
            raise ArgumentError(parameter.name, message, hint=hint)
        return parameter.default
    try:
        return KINDS[parameter.kind](given[parameter.name])
    except TypeError as error:
        message = f"expected {error}, got {write_value(given[parameter.name])}"
        raise ArgumentError(parameter.name, message, hint=hint) from None


REGISTERED: dict[str, Operation] = {}
"""The ops whose modules were imported; `reprokit.probes.lookup` imports them."""


def operation(
    name: str, *, estimate: Estimate, revision: int = 1, dtypes: tuple[str, ...] = FLOAT_DTYPES
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of keywords alone into the catalogue, under a name as its module's."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        # `inspect.signature` tells the same, and takes longer to load than all that is here
        names = function.__code__.co_varnames[: function.__code__.co_kwonlyargcount]
        defaults = function.__kwdefaults__ or {}
        REGISTERED[name] = Operation(
            name=name,
            function=function,
            revision=revision,
            parameters=tuple(
                Parameter(
                    name=name,
                    kind=function.__annotations__[name],
                    default=defaults.get(name),
                    required=name not in defaults,
                )
                for name in names
                if name not in GIVEN
            ),
            takes_key=bool({"key", "seed"} & set(names)),
            derives_key="key" in names,
            default_dtype=dtypes[0] if "dtype" in names else None,
            dtypes=dtypes,
            estimate=estimate,
        )
        return function

    return enter
