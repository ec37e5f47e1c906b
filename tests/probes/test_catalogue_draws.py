"""Ops of draws, functions, reductions, convolutions, scans and threads, and their two suites."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprokit.model.definition import Definition
from reprokit.model.record import Status
from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array
from reprokit.numerics.keys import derive_key
from reprokit.numerics.outcome import Staged, flatten_tree
from reprokit.probes.catalogue import elementwise, reduction
from reprokit.probes.lookup import find_operation, list_operations
from reprokit.probes.suite_file import load_suite
from tests.numerics import threefry
from tests.outcomes import run_definition

if TYPE_CHECKING:
    from reprokit.probes.operation import Operation

GROUPS = ("convolution", "elementwise", "random", "reduction", "scan", "threads")
OPERATIONS = [it for it in list_operations() if it.name.partition(".")[0] in GROUPS]
DTYPES = ("float32", "bfloat16", "float16")

COUNTED = {"count": 64}
SHAPED = {"shape": (4, 25)}
SMALL: dict[str, dict[str, Any]] = {
    "convolution.conv1d": {"batch": 2, "length": 9, "inputs": 4, "outputs": 3, "kernel": 3},
    "convolution.conv2d": {"batch": 2, "side": 5, "inputs": 4, "outputs": 3},
    "convolution.repeat_conv2d": {"batch": 1, "side": 5, "inputs": 4, "outputs": 3, "times": 3},
    "elementwise.accuracy": {"function": "tanh", "count": 64},
    "elementwise.exp_point": {},
    "random.categorical": {"rows": 5, "classes": 7},
    "random.key": {},
    "random.permutation": {"length": 20},
    "random.randint": {"shape": (20,), "low": -3, "high": 9},
    "reduction.mean": {"shape": (2, 5, 6, 3), "axes": (1, 2)},
    "reduction.repeat_mean": {"shape": (2, 50), "axes": (1,)},
    "scan.repeat_scatter_add": {"updates": 100, "places": 7},
    "scan.scatter_add": {"updates": 100, "places": 7},
    "threads.compiled_categorical": {"rows": 5, "classes": 7},
}
"""Arguments by op; for the others those that their group has in common."""

# The coefficients of MLX's erfinv, highest power first: beyond |log| = 6.125, and within.
FAR = """
3.03697567e-10 2.93243101e-8 1.22150334e-6 2.84108955e-5 3.93552968e-4 3.02698812e-3
4.83185798e-3 -2.64646143e-1 8.40016484e-1
"""
NEAR = """
5.43877832e-9 1.43285448e-7 1.22774793e-6 1.12963626e-7 -5.61530760e-5 -1.47697632e-4
2.31468678e-3 1.15392581e-2 -2.32015476e-1 8.86226892e-1
"""


def define(operation: Operation, dtype: str | None = None) -> Definition:
    """Define a small probe of an op."""
    group = operation.name.partition(".")[0]
    small = SMALL.get(operation.name, COUNTED if group == "elementwise" else SHAPED)
    return Definition(
        op=operation.name,
        arguments=operation.minimal(operation.bind(small)),
        dtype=dtype or operation.default_dtype,
        seed=7 if operation.takes_key else None,
    )


def call(op: str, **arguments: Any) -> Any:  # noqa: ANN401 - whatever an op returns
    """Call an op's function."""
    return find_operation(op).function(**arguments)


def same_bits(left: mx.array, right: mx.array) -> bool:
    """Whether two arrays are equal in dtype, shape and every bit."""
    return (left.dtype, left.shape, digest_array(left)) == (
        right.dtype,
        right.shape,
        digest_array(right),
    )


def round_to_float32(exact: Fraction) -> Fraction:
    """Round to the nearest float32, ties to even."""
    if not exact:
        return exact
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    exponent -= abs(exact) < Fraction(2) ** exponent
    unit = Fraction(2) ** max(exponent - 23, -149)
    return round(exact / unit) * unit


def evaluate_erfinv(number: Fraction, log: Fraction) -> Fraction:
    """Evaluate erfinv's polynomial as it does, each step a fused multiply-add."""
    coefficients = FAR if abs(log) > Fraction("6.125") else NEAR
    first, *others = (Fraction(float(np.float32(it))) for it in coefficients.split())
    value = first
    for coefficient in others:
        value = round_to_float32(value * log + coefficient)
    return round_to_float32(number * value)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
def test_ops_give_the_same_twice(operation: Operation) -> None:
    """Each op runs with small arguments in each of its dtypes, and gives the same bytes again."""
    for dtype in operation.dtypes if operation.default_dtype else (None,):
        outcomes = [run_definition(define(operation, dtype)) for _ in range(2)]
        assert [it.status for it in outcomes] == [Status.OK] * 2, outcomes[0].failure
        assert outcomes[0].result == outcomes[1].result
        assert outcomes[0].leaves == outcomes[1].leaves
        assert outcomes[0].stages == outcomes[1].stages
        assert outcomes[0].relation == outcomes[1].relation
        run = outcomes[0].run
        assert run is not None
        assert run.digest == run.warm_digest


@pytest.mark.parametrize(
    "name",
    [it.name for it in OPERATIONS if it.function.__annotations__["return"] == "Related"],
)
def test_relations_hold_here(name: str) -> None:
    """On Linux CPU every relation holds, for the arguments above."""
    relation = run_definition(define(find_operation(name))).relation
    assert relation is not None
    assert relation.holds, relation


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 1000, 1001])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("split", [(), ((1, 2),)])
def test_normal_stages_lead_to_the_normal(
    size: int, dtype: str, split: tuple[tuple[int, int], ...]
) -> None:
    """Stage `erfinv`, cast and times sqrt(2), is the normal in every bit; `uniform` is its own."""
    key, kind = derive_key(7, split), getattr(mx, dtype)
    staged = call("random.normal_stages", key=key, dtype=kind, shape=(size,))
    assert isinstance(staged, Staged)
    assert list(staged.stages) == ["words", "uniform", "log", "erfinv"]
    assert same_bits(staged.result, mx.random.normal((size,), dtype=kind, key=key))
    root = mx.array(math.sqrt(2.0), dtype=kind)
    assert same_bits(staged.stages["erfinv"].astype(kind) * root, staged.result)
    low = -(1.0 - 2.0**-24)
    assert same_bits(staged.stages["uniform"], mx.random.uniform(low, 1.0, (size,), key=key))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**64 - 1), count=st.integers(0, 70))
def test_stage_words_are_the_generators(seed: int, count: int) -> None:
    """Stage `words` is threefry2x32's stream, for even and odd numbers of words."""
    staged = call("random.normal_stages", key=derive_key(seed), dtype=mx.float32, shape=(count,))
    expected = threefry.draw_words(threefry.make_key(seed), count)
    assert np.array(staged.stages["words"]).tolist() == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 0.7)])
@pytest.mark.parametrize("size", [1, 7, 8, 10001])
def test_uniform_stages_lead_to_the_uniform(dtype: str, low: float, high: float, size: int) -> None:
    """Stage `mapped`, remade from the words, is the uniform in every bit."""
    staged = call(
        "random.uniform_stages",
        key=derive_key(42),
        dtype=getattr(mx, dtype),
        shape=(size,),
        low=low,
        high=high,
    )
    assert same_bits(staged.stages["mapped"], staged.result)


def test_stage_log_is_the_log_inside_erfinv() -> None:
    """The polynomial of erfinv over stage `log`, in exact fused steps, is stage `erfinv`."""
    stages = call("random.normal_stages", key=derive_key(0), dtype=mx.float32, shape=(500,)).stages
    columns = [np.array(stages[name]).tolist() for name in ("uniform", "log", "erfinv")]
    for number, log, erfinv in zip(*columns, strict=True):
        assert evaluate_erfinv(Fraction(number), Fraction(log)) == Fraction(erfinv)


@given(st.lists(st.integers(-(2**24) + 1, 2**24 - 1), min_size=1, max_size=50))
def test_log_of_complement_rounds_once(numerators: list[int]) -> None:
    """Over all that a draw can be, the argument is 1 - u² rounded once."""
    uniform = mx.array(numerators, dtype=mx.float32) * 2.0**-24
    exact = [round_to_float32(1 - Fraction(it, 2**24) ** 2) for it in numerators]
    expected = mx.log(mx.array([float(it) for it in exact]))
    assert same_bits(elementwise.log_of_complement(uniform), expected)


def test_laplace_is_made_of_log1p() -> None:
    """The formula of the op's docstring gives its bytes."""
    key = derive_key(0)
    uniform = mx.random.uniform(-(1.0 - 2.0**-24), 1.0, (1000,), key=key)
    drawn = call("random.laplace", key=key, dtype=mx.float32, shape=(1000,))
    assert same_bits(drawn, mx.sign(uniform) * mx.log1p(-mx.abs(uniform)))


@given(count=st.integers(1, 5000))
def test_mirrored_grids_are_symmetric(count: int) -> None:
    """A mirrored grid has an image below zero of each point above it, all distinct and inside."""
    points = np.array(elementwise.make_mirrored_grid(count, 0x42B0_0000)).tolist()
    half = count // 2
    assert len(points) == 2 * half
    assert points[:half] == [-it for it in points[half:]]
    assert points[half:] == sorted(set(points[half:]))
    assert all(2.0**-24 <= it < 88 for it in points[half:])


@pytest.mark.parametrize("function", ["expm1", "log", "log1p", "rsqrt", "sin", "cos", "tanh"])
def test_accuracy_tells_good_functions(function: str) -> None:
    """Functions that are good on Linux CPU are within 4 ulp."""
    related = call("elementwise.accuracy", function=function, count=1000)
    assert related.holds
    assert 0 < related.facts["max_ulp"] < 4
    assert related.facts["beyond"] == 0


def test_accuracy_tells_bad_functions() -> None:
    """MLX's erf on CPU is one of small absolute, not relative error: it is found out."""
    related = call("elementwise.accuracy", function="erf", count=1000)
    assert not related.holds
    assert related.facts["max_ulp"] > 1000
    assert related.facts["beyond"] > 0


def test_accuracy_takes_the_grid_of_its_function() -> None:
    """What `accuracy` digests is what the op of the function's name does."""
    for function in ("exp", "rsqrt", "sin"):
        related = call("elementwise.accuracy", function=function, count=100)
        assert same_bits(related.result, call(f"elementwise.{function}", count=100))


def test_accuracy_refuses_an_unknown_function() -> None:
    """The functions that it has are named."""
    with pytest.raises(ValueError, match="`gelu` is none of `cos`"):
        call("elementwise.accuracy", function="gelu")


def test_repeat_finds_the_one_that_differs() -> None:
    """Where one evaluation is another, its index is told, and the first is the result."""
    values = iter([1.0, 1.0, -0.0, 0.0, 1.0])
    related = reduction.repeat("nothing", 5, lambda: mx.array([next(values)]))
    assert not related.holds
    assert related.facts == {"distinct": 3, "first_different": 2}
    assert related.result.item() == 1.0


def test_scatter_add_adds_all_updates() -> None:
    """Each place has the sum of its updates: all of them together are what was drawn."""
    key = derive_key(0)
    places = call("scan.scatter_add", key=key, dtype=mx.float32, updates=1000, places=7)
    drawn = mx.random.uniform(-1.0, 1.0, (1000,), key=key)
    assert np.array(places).sum() == pytest.approx(np.array(drawn).sum(), abs=1e-4)


def test_draws_in_threads_are_the_main_ones() -> None:
    """Both threads' draws are the main one's, in every bit."""
    related = call("threads.draws_in_threads", key=derive_key(0), shape=(100,))
    leaves = dict(flatten_tree(related.result))
    assert list(leaves) == ["main", "threads.0", "threads.1"]
    assert len({digest_array(it).digest for it in leaves.values()}) == 1


def test_compiled_sampler_is_the_eager_one() -> None:
    """In a thread, a compiled sampler draws what it would uncompiled."""
    related = call("threads.compiled_categorical", seed=3, rows=5, classes=7)
    assert related.facts == {"distinct": 4, "equals_eager": True}


@pytest.mark.parametrize("name", ["random", "large"])
def test_suites_parse(name: str) -> None:
    """The shipped suites parse; ids are unique, also against `core`'s; all say what they cover."""
    probes = load_suite(name, Path("suites")).probes
    core = {it.id for it in load_suite("core", Path("suites")).probes}
    ids = [it.id for it in probes]
    assert len(set(ids)) == len(ids)
    assert not core & set(ids)
    assert all(it.covers for it in probes)


def test_random_has_every_draw() -> None:
    """No draw of the catalogue is left out of the suite `random`."""
    named = {it.definition.op for it in load_suite("random", Path("suites")).probes}
    assert named == {it.name for it in OPERATIONS if it.name.startswith("random.")}


def test_large_bounds_the_memory_of_all_but_mlx() -> None:
    """Every method's draws are bound to little more than their output, MLX's own are not."""
    for probe in load_suite("large", Path("suites")).probes:
        op = probe.definition.op
        is_own = op in {"random.normal", "random.uniform"} or op.endswith("_as_mlx")
        bound = probe.max_peak_ratio
        assert bound is None if is_own else bound is not None and bound <= 1.15
        assert op.endswith("_streamed") or probe.needed_bytes >= 64 * 2**20
