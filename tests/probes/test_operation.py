"""Ops, and how the catalogue is looked up."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.probes.lookup import GROUPS, find_operation, list_operations
from reprokit.probes.operation import (
    KINDS,
    ArgumentError,
    Operation,
    OperationError,
)
from tests.builders import make_definition

OPERATIONS = list_operations()


def bind_digest(op: str, arguments: dict[str, object]) -> str:
    """Return the hash of the definition that arguments, as written, come to."""
    operation = find_operation(op)
    return make_definition(op=op, arguments=operation.minimal(operation.bind(arguments))).digest


def test_bind_completes_with_defaults() -> None:
    """Arguments that are not written have their defaults."""
    bound = find_operation("random.uniform").bind({"shape": [8]})
    assert bound == {"shape": (8,), "low": 0.0, "high": 1.0}


def test_minimal_drops_defaults() -> None:
    """A definition holds what is required and what differs from its default."""
    uniform = find_operation("random.uniform")
    assert uniform.minimal(uniform.bind({"shape": [8], "low": -1, "high": 1.0})) == {
        "shape": (8,),
        "low": -1.0,
    }


@pytest.mark.parametrize(
    ("op", "short", "long"),
    [
        ("random.uniform", {"shape": [8]}, {"shape": [8], "low": 0.0, "high": 1.0}),
        ("random.normal", {"shape": [8]}, {"scale": 1, "loc": 0, "shape": [8]}),
        (
            "random.normal_chunked",
            {"shape": [8]},
            {"shape": [8], "chunk_elements": 65536},
        ),
        ("random.bernoulli", {"shape": [8]}, {"shape": [8], "p": 0.5}),
    ],
)
def test_a_written_default_changes_nothing(
    op: str, short: dict[str, object], long: dict[str, object]
) -> None:
    """Whether a default is written or not, the definition is the same."""
    assert bind_digest(op, short) == bind_digest(op, long)


def test_an_integer_stands_for_a_number() -> None:
    """`low = -1` and `low = -1.0` are one definition."""
    assert bind_digest("random.uniform", {"shape": [8], "low": -1}) == bind_digest(
        "random.uniform", {"shape": [8], "low": -1.0}
    )


def test_another_argument_is_another_definition() -> None:
    """What differs from the default shows in the hash."""
    assert bind_digest("random.uniform", {"shape": [8]}) != bind_digest(
        "random.uniform", {"shape": [8], "low": -1}
    )


@pytest.mark.parametrize(
    ("op", "arguments", "name", "message"),
    [
        ("random.normal", {}, "shape", "needs the argument `shape`"),
        ("random.normal", {"shape": [8], "mean": 0.0}, "mean", "has no argument `mean`"),
        ("random.normal", {"shape": [8], "dtype": "float32"}, "dtype", "has no argument `dtype`"),
        ("random.normal", {"shape": [8], "key": 1}, "key", "has no argument `key`"),
        ("random.normal", {"shape": 8}, "shape", "expected a list of non-negative integers"),
        ("random.normal", {"shape": [-1]}, "shape", "expected a list of non-negative integers"),
        ("random.normal", {"shape": [True]}, "shape", "expected a list of non-negative integers"),
        ("random.normal", {"shape": [8.0]}, "shape", "expected a list of non-negative integers"),
        ("random.normal", {"shape": "8"}, "shape", "expected a list of non-negative integers"),
        ("random.normal", {"shape": [8], "loc": "0"}, "loc", "expected a number, got the text `0`"),
        ("random.normal", {"shape": [8], "loc": True}, "loc", "expected a number"),
        ("random.normal", {"shape": [8], "loc": float("nan")}, "loc", "expected a finite number"),
        ("random.normal", {"shape": [8], "loc": float("inf")}, "loc", "expected a finite number"),
        (
            "random.randint",
            {"shape": [8], "low": 0.0, "high": 9},
            "low",
            "expected an integer, got",
        ),
        ("random.randint", {"shape": [8], "low": True, "high": 9}, "low", "expected an integer"),
        ("random.permutation", {"length": 0}, "length", "expected an integer from 1, got `0`"),
        ("random.permutation", {"length": True}, "length", "expected an integer from 1"),
        ("random.normal_chunked", {"shape": [8], "chunk_elements": -5}, "chunk_elements", "from 1"),
    ],
)
def test_bind_refuses(op: str, arguments: dict[str, Any], name: str, message: str) -> None:
    """An unknown, missing or wrongly typed argument is refused by its name."""
    with pytest.raises(ArgumentError, match=re.escape(message)) as caught:
        find_operation(op).bind(arguments)
    assert caught.value.name == name


def test_errors_show_the_signature() -> None:
    """Who gets an argument's name wrong is shown how the op is called."""
    with pytest.raises(ArgumentError) as caught:
        find_operation("random.uniform").bind({"shape": [8], "lo": 0.0})
    assert str(caught.value) == "`random.uniform` has no argument `lo`"
    assert caught.value.hint == (
        "did you mean `low`? "
        "the op is `random.uniform(shape: Shape, low: float = 0.0, high: float = 1.0)`"
    )


def test_a_probes_own_fields_are_no_arguments() -> None:
    """Who gives a seed as an argument is told where it stands, if the op takes one."""
    with pytest.raises(ArgumentError) as caught:
        find_operation("random.uniform").bind({"shape": [8], "seed": 0})
    assert caught.value.hint == "write `seed = …` beside `arguments`, not among them"
    with pytest.raises(ArgumentError) as caught:
        find_operation("elementwise.log").bind({"count": 8, "seed": 0})
    assert caught.value.hint.startswith("the op is `elementwise.log(")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("random.normall", "`random.normal`"),
        ("random.nromal", "`random.normal`"),
        ("normal", "`random.normal`"),
        ("matmul.unifrom", "`matmul.uniform`"),
    ],
)
def test_find_operation_names_near_misses(name: str, near: str) -> None:
    """A slip of the keyboard is answered with the nearest names."""
    with pytest.raises(OperationError) as caught:
        find_operation(name)
    assert str(caught.value) == f"unknown op `{name}`"
    assert caught.value.hint.startswith("did you mean ")
    assert near in caught.value.hint


def test_find_operation_lists_all_where_none_is_near() -> None:
    """A name like no other is answered with the whole catalogue."""
    with pytest.raises(OperationError) as caught:
        find_operation("zzz")
    assert "`package.module:function`" in caught.value.hint
    assert all(f"`{it.name}`" in caught.value.hint for it in OPERATIONS)


def test_catalogue_is_listed_by_name() -> None:
    """Ops are listed in order, each in the group that its name begins with."""
    names = [it.name for it in OPERATIONS]
    assert names == sorted(set(names))
    assert {name.partition(".")[0] for name in names} == set(GROUPS)
    assert all(find_operation(it.name) is it for it in OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_every_op_says_what_it_catches(operation: Operation) -> None:
    """Every op's docstring has a sentence that begins with `Catches:`."""
    assert "Catches:" in (operation.function.__doc__ or "")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_every_parameter_is_understood(operation: Operation) -> None:
    """Every op's parameters have kinds that suites can hold, and its module is its group."""
    assert {it.kind for it in operation.parameters} <= set(KINDS)
    module = operation.function.__module__.rpartition(".")[2]
    group = operation.name.partition(".")[0]
    assert module == group or module.startswith(f"{group}_")
    assert operation.default_dtype in {None, *ITEM_BYTES}


@pytest.mark.parametrize(
    ("op", "arguments", "dtype", "needed"),
    [
        ("random.normal", {"shape": [1000]}, "float32", 4000),
        ("random.normal", {"shape": [1000]}, "bfloat16", 6000),
        ("random.normal", {"shape": [0]}, "float32", 0),
        (
            "random.normal_chunked",
            {"shape": [1000], "chunk_elements": 10},
            "bfloat16",
            2800 + 2**25,
        ),
        ("random.normal_streamed", {"shape": [10**9]}, "bfloat16", 2**25 + 2),
        ("matmul.uniform", {"m": 2, "k": 3, "n": 5}, "float32", 21 * 8 + 40),
        ("reduction.sum", {"shape": [10, 10]}, "bfloat16", 600),
        ("random.key", {}, None, 8),
    ],
)
def test_needed_bytes(op: str, arguments: dict[str, Any], dtype: str | None, needed: int) -> None:
    """Memory is estimated from arguments and dtype."""
    operation = find_operation(op)
    assert operation.needed_bytes(operation.bind(arguments), dtype) == needed
