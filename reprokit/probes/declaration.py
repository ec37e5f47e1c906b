"""From a declaration in a suite file to a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.errors import SuiteError
from reprokit.model.definition import Control, Definition
from reprokit.model.probe import Probe
from reprokit.model.suggestion import list_names
from reprokit.model.value_text import cut_text
from reprokit.model.wire import shorten
from reprokit.numerics.keys import RAW, parse_key_path
from reprokit.probes.lookup import find_operation
from reprokit.probes.matrix import BOTH
from reprokit.probes.operation import SEPARATOR, ArgumentError, Operation, OperationError
from reprokit.probes.user_function import find_user_operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from reprokit.model.place import Place
    from reprokit.probes.matrix import Declared

DEVICES = ("default", "cpu", "gpu")
_MEGABYTE = 10**6

_SEED_HINT = (
    "remove `seed` and `key`; or name `key` or `seed` among the parameters in the function's own "
    "`def`: what a decorator adds, and `**options`, are not seen"
)


def make_probe(declared: Declared, *, suite: str, find: Callable[[str], Operation]) -> Probe:
    """Make a probe of its declaration.

    Args:
        declared: The declaration.
        suite: The suite's name.
        find: Looks an op up by its name, as `look_up_operation` does.

    Raises:
        SuiteError: With place and mend.
    """
    wire = declared.wire
    operation = _find_operation(declared, find)
    try:
        bound = operation.bind(wire.arguments)
    except ArgumentError as problem:
        place = declared.locate_argument(problem.name)
        raise SuiteError(shorten(str(problem)), where=str(place), hint=problem.hint) from None
    key = _choose_key(declared, operation)
    dtype = _choose_dtype(declared, operation)
    estimate = operation.needed_bytes(bound, dtype)
    return Probe(
        id=wire.id,
        suite=suite,
        definition=Definition(
            op=wire.op,
            revision=operation.revision,
            arguments=operation.minimal(bound),
            dtype=dtype,
            seed=wire.seed,
            key=key,
            device=_choose_device(declared),
            source=operation.source,
            control=_make_control(declared),
        ),
        expectation=wire.expectation,
        needed_bytes=wire.needs_mb * _MEGABYTE if wire.needs_mb else estimate,
        time_limit_s=wire.time_limit_s,
        memory_limit_bytes=wire.memory_limit_mb * _MEGABYTE if wire.memory_limit_mb else None,
        max_peak_ratio=wire.max_peak_ratio,
        repeats=wire.repeats,
        relation=wire.relation,
        control_equal=wire.control.equal if wire.control else None,
        covers=wire.covers,
        excludes=wire.excludes,
    )


def look_up_operation(name: str, root: Path) -> Operation:
    """Look an op up: in the catalogue, or among the functions of the project.

    Args:
        name: `random.normal`, or `package.module:function`.
        root: The project's folder.

    Raises:
        OperationError: Where there is none such, or it cannot be an op.
    """
    return find_user_operation(name, root) if SEPARATOR in name else find_operation(name)


def _find_operation(declared: Declared, find: Callable[[str], Operation]) -> Operation:
    try:
        return find(declared.wire.op)
    except OperationError as problem:
        where = str(declared.place / "op")
        raise SuiteError(shorten(str(problem)), where=where, hint=problem.hint) from None


def _make_control(declared: Declared) -> Control | None:
    wire, where = declared.wire.control, declared.place / "control"
    if wire is None:
        return None
    if wire.device is None and not wire.variables:
        raise SuiteError(
            "names neither a device nor variables",
            where=str(where),
            hint='say what is changed, as `control = { device = "cpu" }` '
            'or `control = { variables = { MLX_ENABLE_TF32 = "0" } }`',
        )
    if wire.device is not None:
        _check_choice("device", wire.device, DEVICES, where / "device")
    return Control(device=wire.device, variables=wire.variables)


def _choose_device(declared: Declared) -> str:
    device = declared.wire.device
    if device is None:
        return DEVICES[0]
    choices = DEVICES if "device" in declared.chosen else (*DEVICES, BOTH)
    _check_choice("device", device, choices, declared.locate("device"))
    return device


def _choose_key(declared: Declared, operation: Operation) -> str:
    """Check that a probe has a seed where its op draws, and only there; return its key."""
    wire = declared.wire
    key = RAW if wire.key is None else wire.key
    if not operation.takes_key:
        if wire.seed is None and key == RAW:
            return key
        raise SuiteError(
            f"`{operation.name}` draws nothing: it takes no seed",
            where=str(declared.locate("key" if wire.seed is None else "seed")),
            hint=_SEED_HINT if SEPARATOR in operation.name else "remove `seed` and `key`",
        )
    if wire.seed is None:
        raise SuiteError(
            f"`{operation.name}` draws: it needs a `seed`",
            where=str(declared.place),
            hint="add `seed = 0`",
        )
    _check_key(key, declared.locate("key"), operation)
    return key


def _check_key(key: str, where: Place, operation: Operation) -> None:
    if key != RAW and not operation.derives_key:
        raise SuiteError(
            f"`{operation.name}` takes a seed and no key",
            where=str(where),
            hint="remove it: it would change nothing",
        )
    try:
        parse_key_path(key)
    except ValueError as problem:
        hint = 'for instance `key = "split:1/2"`'
        raise SuiteError(shorten(str(problem)), where=str(where), hint=hint) from None


def _choose_dtype(declared: Declared, operation: Operation) -> str | None:
    dtype = declared.wire.dtype
    place = declared.locate("dtype")
    if operation.default_dtype is None:
        if dtype is not None:
            message = f"`{operation.name}` takes no dtype"
            raise SuiteError(message, where=str(place), hint="remove it")
        return None
    if dtype is None:
        return operation.default_dtype
    _check_choice(f"dtype of `{operation.name}`", dtype, operation.dtypes, place)
    return dtype


def _check_choice(noun: str, value: str, choices: Iterable[str], where: Place) -> None:
    if value not in choices:
        raise SuiteError(
            f"`{cut_text(value)}` is no {noun}",
            where=str(where),
            hint=f"use one of {list_names(choices)}",
        )
