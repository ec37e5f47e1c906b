"""From a declaration in a suite file to a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.errors import SuiteError
from reprokit.model.definition import Control, Definition
from reprokit.model.probe import Probe
from reprokit.numerics.keys import LARGEST_SEED, RAW, parse_key_path
from reprokit.probes.lookup import find_operation
from reprokit.probes.operation import SEPARATOR, ArgumentError, Operation
from reprokit.probes.user_function import FunctionError, find_user_operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprokit.probes.suite_wire import DeclaredControlWire, ProbeWire

DEVICES = ("default", "cpu", "gpu")
_MEGABYTE = 10**6

_SEED_HINT = (
    "remove `seed` and `key`; or name `key` or `seed` among the parameters in the function's own "
    "`def`: what a decorator adds, and `**options`, are not seen"
)


def make_probe(
    wire: ProbeWire, *, suite: str, find: Callable[[str], Operation], where: str
) -> Probe:
    """Make a probe of its declaration.

    Args:
        wire: The declaration, its matrix expanded.
        suite: The suite's name.
        find: Looks an op up by its name, as `look_up_operation` does.
        where: Its place, for errors.

    Raises:
        SuiteError: With place and, where there is one, a mend.
    """
    operation = _find_operation(wire.op, find, where)
    try:
        bound = operation.bind(wire.arguments)
    except ArgumentError as problem:
        raise SuiteError(
            str(problem),
            where=f"{where}.arguments.{problem.name}",
            hint=f"the op is `{operation.signature}`",
        ) from None
    _check_key(wire, operation, where)
    _check_choice(wire.device, DEVICES, f"{where}.device")
    dtype = _choose_dtype(wire, operation, where)
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
            key=wire.key,
            device=wire.device,
            source=operation.source,
            control=_make_control(wire.control, f"{where}.control") if wire.control else None,
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
        LookupError: Where there is none such, or it cannot be an op.
    """
    return find_user_operation(name, root) if SEPARATOR in name else find_operation(name)


def _find_operation(name: str, find: Callable[[str], Operation], where: str) -> Operation:
    try:
        return find(name)
    except FunctionError as problem:
        raise SuiteError(str(problem), where=f"{where}.op", hint=problem.hint) from None
    except LookupError as problem:
        raise SuiteError(
            str(problem),
            where=f"{where}.op",
            hint="name an op of the catalogue, or `package.module:function` of the project",
        ) from None


def _make_control(wire: DeclaredControlWire, where: str) -> Control:
    if wire.device is None and not wire.variables:
        raise SuiteError("names neither a device nor variables", where=where)
    if wire.device is not None:
        _check_choice(wire.device, DEVICES, f"{where}.device")
    return Control(device=wire.device, variables=wire.variables)


def _check_key(wire: ProbeWire, operation: Operation, where: str) -> None:
    """Check that a probe has a seed where its op draws, and only there."""
    if not operation.takes_key:
        if wire.seed is not None or wire.key != RAW:
            raise SuiteError(
                f"`{operation.name}` draws nothing: it takes no seed",
                where=where,
                hint=_SEED_HINT if SEPARATOR in operation.name else "remove `seed` and `key`",
            )
        return
    if wire.seed is None:
        raise SuiteError(
            f"`{operation.name}` draws: it needs a `seed`", where=where, hint="add `seed = 0`"
        )
    if not 0 <= wire.seed <= LARGEST_SEED:
        raise SuiteError(
            f"`{wire.seed}` is not from 0 to {LARGEST_SEED} (64 bits)", where=f"{where}.seed"
        )
    if wire.key != RAW and not operation.derives_key:
        raise SuiteError(
            f"`{operation.name}` takes a seed and no key",
            where=f"{where}.key",
            hint="remove it: it would change nothing",
        )
    try:
        parse_key_path(wire.key)
    except ValueError as problem:
        raise SuiteError(
            str(problem), where=f"{where}.key", hint='for instance `key = "split:1/2"`'
        ) from None


def _choose_dtype(wire: ProbeWire, operation: Operation, where: str) -> str | None:
    if operation.default_dtype is None:
        if wire.dtype is not None:
            raise SuiteError(
                f"`{operation.name}` takes no dtype", where=f"{where}.dtype", hint="remove it"
            )
        return None
    dtype = wire.dtype or operation.default_dtype
    _check_choice(dtype, operation.dtypes, f"{where}.dtype")
    return dtype


def _check_choice(value: str, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise SuiteError(
            f"`{value}` is not one of " + ", ".join(f"`{item}`" for item in choices), where=where
        )
