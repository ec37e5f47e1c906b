"""Products: matrices, quantized weights, attention, compiled functions, batch invariance."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.record import Status
from reprokit.numerics.error import Difference, find_largest, is_near, measure_difference
from reprokit.numerics.exact import draw_integers, make_linspace, multiply_integers
from reprokit.numerics.outcome import Related
from reprokit.probes.catalogue import invariance, matmul
from reprokit.probes.lookup import find_operation
from reprokit.probes.suite_file import load_suite
from tests.builders import make_definition
from tests.outcomes import run_definition

if TYPE_CHECKING:
    from pathlib import Path

    from reprokit.run.outcome import Outcome

ALWAYS = True
CASES: list[tuple[str, dict[str, Any], bool | None]] = [
    ("matmul.uniform", {"m": 2, "k": 8, "n": 4}, None),
    ("matmul.tf32", {"m": 3, "k": 33, "n": 5}, ALWAYS),
    ("matmul.tf32", {"m": 1, "k": 4095, "n": 1}, ALWAYS),
    ("matmul.integers", {"m": 9, "k": 64, "n": 5}, ALWAYS),
    (
        "matmul.integers",
        {"m": 2, "k": 16, "n": 3, "left_largest": 255, "right_largest": 16},
        ALWAYS,
    ),
    ("matmul.rows", {"rows": 7, "total": 16, "k": 32, "n": 8}, None),
    ("matmul.against_float32", {"m": 4, "k": 512, "n": 8}, ALWAYS),
    ("quantized.quantize", {"n": 8, "k": 128}, None),
    ("quantized.dequantize", {"n": 8, "k": 128}, None),
    ("quantized.dequantize", {"n": 3, "k": 96, "bits": 3, "group_size": 32}, None),
    ("quantized.rows", {"rows": 3, "n": 16, "k": 128}, None),
    ("attention.explicit", {"keys": 33, "dimension": 64}, ALWAYS),
    ("attention.explicit", {"keys": 9, "dimension": 96, "queries": 3, "heads": 2}, ALWAYS),
    ("attention.padding", {"keys": 33, "padding": 7, "dimension": 128, "queries": 2}, None),
    ("compiled.sigmoid", {"count": 65}, None),
    ("compiled.gelu", {"count": 65}, None),
    ("compiled.scaled_product", {"count": 65}, None),
    ("invariance.batch", {"rows": 4, "size": 32}, None),
    ("invariance.chain", {"rows": 4, "size": 32, "limit": 10}, None),
    ("invariance.numpy_batch", {"rows": 4, "size": 32}, None),
    ("invariance.numpy_chain", {"rows": 4, "size": 32, "limit": 10}, None),
    ("invariance.quantized", {"rows": 4, "size": 64}, None),
]
"""Ops with small arguments, and whether their relation holds on every machine."""


def run_op(op: str, arguments: dict[str, Any], dtype: str | None = None) -> Outcome:
    """Run an op in this process as a worker would."""
    operation = find_operation(op)
    definition = make_definition(op=op, arguments=operation.bind(arguments))
    return run_definition(
        replace(
            definition,
            dtype=dtype or operation.default_dtype,
            seed=0 if operation.takes_key else None,
            key="raw",
        )
    )


def relate(value: Any) -> Related:  # noqa: ANN401 - whatever an op returned
    """Return a value that is a relation."""
    assert isinstance(value, Related)
    return value


@pytest.mark.parametrize(("op", "arguments", "holds"), CASES)
def test_op_gives_one_digest(op: str, arguments: dict[str, Any], *, holds: bool | None) -> None:
    """In each of its dtypes an op gives the same bytes twice, and within its estimate."""
    operation = find_operation(op)
    for dtype in operation.dtypes:
        first, second = (run_op(op, arguments, dtype) for _ in range(2))
        assert first.status is Status.OK, first.failure
        assert first.run is not None
        assert first.result == second.result
        assert first.run.digest == first.run.warm_digest
        if holds is not None:
            assert first.relation is not None
            assert first.relation.holds is holds


@pytest.mark.parametrize(
    ("op", "arguments"),
    [
        ("matmul.tf32", {"m": 8, "k": 1024, "n": 256}),
        ("matmul.integers", {"m": 64, "k": 512, "n": 256}),
        ("matmul.rows", {"rows": 64, "total": 256, "k": 256, "n": 256}),
        ("matmul.rows", {"rows": 1, "total": 1, "k": 2048, "n": 64}),
        ("matmul.against_float32", {"m": 64, "k": 1024, "n": 128}),
        ("quantized.quantize", {"n": 256, "k": 512}),
        ("quantized.dequantize", {"n": 256, "k": 512, "bits": 8}),
        ("quantized.rows", {"rows": 13, "n": 256, "k": 512}),
        ("attention.explicit", {"keys": 1025, "dimension": 64}),
        ("attention.explicit", {"keys": 129, "dimension": 64, "queries": 129}),
        ("attention.padding", {"keys": 1025, "padding": 511, "dimension": 64}),
        ("compiled.gelu", {"count": 65536}),
        ("compiled.scaled_product", {"count": 65536}),
        ("invariance.batch", {"rows": 2, "size": 256}),
        ("invariance.batch", {"rows": 512, "size": 256}),
        ("invariance.chain", {"rows": 64, "size": 256, "steps": 3}),
        ("invariance.numpy_batch", {"rows": 64, "size": 256}),
        ("invariance.quantized", {"rows": 64, "size": 256}),
    ],
)
def test_estimate_is_no_less_than_the_peak(op: str, arguments: dict[str, Any]) -> None:
    """What an op is estimated to need is what it needs, within a factor of five."""
    operation = find_operation(op)
    for dtype in operation.dtypes:
        outcome = run_op(op, arguments, dtype)
        assert outcome.run is not None, outcome.failure
        needed = operation.needed_bytes(operation.bind(arguments), dtype)
        assert outcome.run.peak_bytes <= needed + 4096 <= 5 * outcome.run.peak_bytes


def test_difference_finds_what_was_planted() -> None:
    """One changed element is counted, found by its place, and measured."""
    right = mx.full((3, 4), 2.0)
    left = mx.array(right)
    left[1, 2] = 2.5
    difference = measure_difference(left, right)
    assert difference == Difference(
        size=12,
        differing=1,
        first_index=6,
        max_abs_error=0.5,
        max_rel_error=difference.max_rel_error,
    )
    assert difference.max_rel_error == pytest.approx(0.2)
    assert set(difference.facts) == {
        *("size", "differing", "first_index", "max_abs_error", "max_rel_error", "nonfinite")
    }


def test_difference_tells_where_the_first_of_several_is() -> None:
    """Of several the first place is told, and the largest error wherever it is."""
    right = mx.zeros((10,))
    left = mx.array([0.0, 0.0, 0.0, 1.0, 0.0, -4.0, 0.0, 0.0, 0.0, 2.0])
    difference = measure_difference(left, right)
    assert (difference.differing, difference.first_index) == (3, 3)
    assert (difference.max_abs_error, difference.max_rel_error) == (4.0, 1.0)


def test_difference_is_one_of_bits() -> None:
    """Zeros of both signs differ, without error; a NaN equals itself."""
    left, right = mx.array([0.0, float("nan"), 1.0]), mx.array([-0.0, float("nan"), 1.0])
    difference = measure_difference(left, right)
    assert (difference.differing, difference.first_index) == (1, 0)
    assert (difference.max_abs_error, difference.max_rel_error) == (0.0, 0.0)


def test_difference_counts_what_is_not_finite() -> None:
    """Infinite and NaN elements are counted, and leave the errors of others alone."""
    left = mx.array([float("inf"), float("nan"), 3.0, float("inf")])
    right = mx.array([1.0, 2.0, 2.0, float("inf")])
    difference = measure_difference(left, right)
    assert (difference.differing, difference.nonfinite, difference.max_abs_error) == (3, 2, 1.0)


def test_difference_of_equal_arrays_tells_only_sizes() -> None:
    """Where nothing differs there is no place and no error to tell; so with empty arrays."""
    ones = mx.ones((2, 3), dtype=mx.bfloat16)
    assert measure_difference(ones, ones).facts == {"size": 6, "differing": 0}
    assert measure_difference(mx.zeros((0,)), mx.zeros((0,))) == Difference(size=0, differing=0)


@pytest.mark.parametrize("other", [mx.zeros((3,)), mx.zeros((2,), dtype=mx.bfloat16)])
def test_difference_refuses_unlike_arrays(other: mx.array) -> None:
    """Arrays of another shape or dtype are not held against each other."""
    with pytest.raises(ValueError, match="cannot be held against"):
        measure_difference(mx.zeros((2,)), other)


@given(
    st.lists(st.floats(width=32), min_size=1, max_size=40),
    st.sampled_from([mx.float32, mx.float16, mx.bfloat16]),
    st.data(),
)
def test_difference_agrees_with_the_bytes(
    numbers: list[float], dtype: mx.Dtype, data: st.DataObject
) -> None:
    """Whatever the numbers, count and first place are those of the bytes."""
    array = mx.array(numbers).astype(dtype)
    order = data.draw(st.permutations(range(len(numbers))))
    other = array[mx.array(order)]
    words = [bytes(memoryview(it).cast("B")) for it in (array, other)]  # type: ignore[arg-type]
    size = array.itemsize
    places = [
        at
        for at in range(len(numbers))
        if words[0][at * size : at * size + size] != words[1][at * size : at * size + size]
    ]
    difference = measure_difference(array, other)
    assert difference.differing == len(places)
    assert difference.first_index == (places[0] if places else None)


def test_near_is_judged_by_the_largest_element() -> None:
    """An error counts beside the largest element, and nothing infinite is near."""
    reference = mx.array([100.0, 0.5])
    assert is_near(mx.array([100.0, 1.0]), reference, 2.0**-7)
    assert not is_near(mx.array([100.0, 2.0]), reference, 2.0**-7)
    assert not is_near(mx.array([float("inf"), 0.5]), mx.array([float("inf"), 0.5]), 2.0**-7)
    assert find_largest(mx.array([1.0, -3.0])) == 3.0


@given(st.integers(1, 3000), st.integers(1, 2**23))
def test_linspace_is_exact_but_for_its_grid(count: int, limit: int) -> None:
    """Each element is a multiple of 1/s, the greatest not above the real number."""
    scale = 1 << ((2**23 // limit).bit_length() - 1)
    numbers = memoryview(make_linspace(count, limit)).tolist()  # type: ignore[arg-type]
    for index, number in enumerate(numbers):
        exact = Fraction(2 * limit * index, max(count - 1, 1)) - limit
        assert Fraction(number) * scale == exact * scale // 1
    assert numbers[0] == -limit
    assert count == 1 or numbers[-1] == limit


def test_linspace_is_near_that_of_mlx() -> None:
    """At a limit of 1000 it is within 2**-12 of `mx.linspace`, whose own error is some 2**-14."""
    error = mx.abs(make_linspace(4096, 1000) - mx.linspace(-1000, 1000, 4096)).max().item()
    assert isinstance(error, float)
    assert error < 2.0**-12


@pytest.mark.parametrize("limit", [0, 2**23 + 1])
def test_linspace_refuses_a_limit_without_room(limit: int) -> None:
    """A limit that leaves no room for exact steps is refused."""
    with pytest.raises(ValueError, match="limit must be from 1"):
        make_linspace(4, limit)


def test_integers_are_multiplied_as_python_does() -> None:
    """The product without a matmul kernel is that of Python's integers."""
    keys = mx.random.split(mx.random.key(3))
    left, right = draw_integers(keys[0], (5, 7), 50), draw_integers(keys[1], (7, 3), 50)
    rows: Any = left.tolist()
    columns: Any = right.T.tolist()
    expected = [[sum(map(int.__mul__, row, column)) for column in columns] for row in rows]
    assert multiply_integers(left, right).tolist() == expected
    assert {abs(item) <= 50 for row in rows for item in row} == {True}


def test_cut_operands_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product of operands cut to 11 bits loses what the exact one has, in every element."""

    def cut(array: mx.array) -> mx.array:
        return (array.view(mx.uint32) & 0xFFFF_E000).view(mx.float32)

    product = mx.array.__matmul__
    monkeypatch.setattr(
        mx.array, "__matmul__", lambda left, right: product(cut(left), cut(right)), raising=True
    )
    related = matmul.tf32_product(dtype=mx.float32, m=2, k=256, n=3)
    assert not related.holds
    assert related.facts["differing"] == related.facts["size"] == 6
    assert related.facts["max_abs_error"] == 2.0**-4
    wide = matmul.integer_product(
        key=mx.random.key(0),
        dtype=mx.float32,
        m=4,
        k=64,
        n=4,
        left_largest=4095,
        right_largest=15,
    )
    assert not wide.holds


def test_a_wrong_row_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that is wrong beyond eight rows shows in both relations, by place and error."""
    product = mx.array.__matmul__

    def miscompiled(left: mx.array, right: mx.array) -> mx.array:
        result = product(left, right)
        if left.shape[0] > 8:
            result[2, 1] += 64.0
        return result

    monkeypatch.setattr(mx.array, "__matmul__", miscompiled, raising=True)
    common: dict[str, Any] = {"key": mx.random.key(0), "dtype": mx.float32, "k": 16, "n": 5}
    rows = matmul.row_product(rows=4, total=9, **common)
    assert not rows.holds
    assert (rows.facts["differing"], rows.facts["first_index"]) == (1, 11)
    assert rows.facts["max_abs_error"] == pytest.approx(64.0, abs=1e-3)
    integers = matmul.integer_product(m=9, **common)
    assert (integers.facts["differing"], integers.facts["max_abs_error"]) == (1, 64.0)
    assert matmul.integer_product(m=8, **common).holds


@pytest.mark.parametrize(
    ("op", "arguments", "reason"),
    [
        ("matmul.tf32", {"m": 1, "k": 4096, "n": 1}, "k must be at most 4095"),
        ("matmul.rows", {"rows": 9, "total": 8, "k": 4, "n": 4}, "rows must be at most total"),
        (
            "matmul.integers",
            {"m": 1, "k": 4096, "n": 1, "left_largest": 4097},
            "can pass 2**24, where float32 rounds",
        ),
        (
            "matmul.integers",
            {"m": 1, "k": 4, "n": 1, "right_largest": 2**24 + 1},
            "integers up to 16777217 are not all float32",
        ),
        ("attention.explicit", {"keys": 4, "dimension": 65}, "dimension must be one of"),
    ],
)
def test_impossible_sizes_fail_with_the_reason(
    op: str, arguments: dict[str, Any], reason: str
) -> None:
    """Arguments at which an op's promise would not be true are refused by name."""
    outcome = run_op(op, arguments)
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert reason in outcome.failure.reason


def test_integers_that_half_precision_rounds_are_refused() -> None:
    """Beyond 2**8 not every integer is a bfloat16: its products would not be exact."""
    outcome = run_op("matmul.integers", {"m": 1, "k": 4, "n": 1, "left_largest": 257}, "bfloat16")
    assert outcome.failure is not None
    assert "not all bfloat16; up to 256 are" in outcome.failure.reason


def test_a_batch_that_parts_is_measured() -> None:
    """A product whose first row depends on the rows beside it is found with its error."""

    def multiply(left: mx.array) -> mx.array:
        return left * 2 + (1.0 if left.shape[0] > 1 else 0.0)

    related = invariance._relate_batch(multiply, mx.ones((4, 8)), "name")
    assert not related.holds
    assert related.facts["differing"] == related.facts["size"] == 8
    assert related.facts["first_index"] == 0
    assert related.facts["max_abs_error"] == 1.0
    assert related.facts["finite"] is True


def test_a_chain_tells_where_it_parts_and_where_it_ends() -> None:
    """Told are the steps of the first difference and the first infinity; the result is finite."""

    def multiply(left: mx.array) -> mx.array:
        grown = left * 2.0**20
        nudged = left.shape[0] > 1 and grown[0, 0].item() == 2.0**60
        return grown * (1.0 + 2.0**-10) if nudged else grown

    related = invariance._relate_chain(multiply, mx.ones((2, 3)), 100, 1.0)
    assert not related.holds
    assert related.facts["parts_at_step"] == 3
    assert related.facts["leaves_finite_at_step"] == related.facts["steps"] == 7
    assert related.facts["max_abs_error"] == 2.0**110
    assert related.result["alone"].tolist() == [[2.0**120] * 3]


def test_a_chain_that_stays_finite_has_no_end() -> None:
    """With its factor a chain goes all its steps, and nothing is told that did not happen."""
    related = invariance._relate_chain(lambda left: left * 2.0, mx.ones((2, 3)), 9, 0.5)
    assert related.holds
    assert related.facts == {"size": 3, "differing": 0, "steps": 9}


def test_float16_overflows_at_the_published_operands() -> None:
    """At ±1000 a product's first row is not finite in float16, and the relation says so."""
    outcome = run_op("invariance.batch", {"rows": 64, "size": 512}, "float16")
    assert outcome.relation is not None
    assert outcome.relation.facts["finite"] is False


def test_without_numpy_the_control_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NumPy is not installed, the record has failed and names it."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    outcome = run_op("invariance.numpy_batch", {"rows": 2, "size": 8})
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert "ImportError: the control needs NumPy" in outcome.failure.reason


def test_numpy_control_multiplies_the_same_operands() -> None:
    """The control's products are MLX's, up to rounding."""
    own = relate(invariance.batch(dtype=mx.float32, rows=4, size=32))
    control = relate(invariance.numpy_batch(dtype=mx.float32, rows=4, size=32))
    assert is_near(control.result["together"], own.result["together"], 2.0**-20)


@pytest.mark.parametrize("name", ["canaries", "invariance"])
def test_suite_names_what_it_answers_to(name: str, tmp_path: Path) -> None:
    """Every canary names an issue or a promise; every probe says what it covers."""
    suite = load_suite(name, tmp_path)
    assert len({probe.id for probe in suite.probes}) == len(suite.probes) > 50
    assert all(probe.covers for probe in suite.probes)
    assert suite.excludes
