"""Words for what does not fit: wherever msgspec finds something, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.misfit import find_misfit
from reprokit.model.text_wire import Slug
from reprokit.probes.suite_wire import SuiteWire
from reprokit.store.manifest_encoding import encode_manifest
from reprokit.store.manifest_wire import ManifestWire
from tests.builders import make_manifest, make_probe
from tests.spoiling import GONE, spoil

SUITE = tomli.loads("""
schema = "reprokit/suite/1"
name = "mine"
about = "x"
[[probe]]
id = "normal"
op = "random.normal"
expectation = "family"
arguments = { shape = [8], loc = 1.5 }
dtype = "float32"
seed = 0
key = "raw"
device = "cpu"
repeats = 3
time_limit_s = 7.5
relation = true
control = { device = "cpu", equal = true, variables = { MLX_ENABLE_TF32 = "0" } }
[[probe]]
id = "second"
op = "random.key"
expectation = "never"
matrix = { seed = [1, 2] }
""")
MANIFEST = encode_manifest(make_manifest(probes=[make_probe("first"), make_probe("second")]))

VALUES = st.one_of(
    st.sampled_from([GONE, "", "x", "X Y", [], {}, [1], {"a": 1}, date(2026, 1, 1), "family"]),
    st.integers(-2, 2000) | st.sampled_from([2**64, -(2**64), 2**1100]),
    st.floats(),
    st.booleans(),
    st.text(max_size=3),
)


def list_paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    """List the paths to all that data hold."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    paths = [path] if path else []
    for step, value in pairs:
        inner = (*path, step)
        paths += list_paths(value, inner) if isinstance(value, dict | list) else [inner]
    return paths


def judge(data: object, shape: Any) -> None:  # noqa: ANN401
    """Hold what is found against msgspec's verdict and place."""
    misfit = find_misfit(data, shape)
    try:
        msgspec.convert(data, shape)
    except msgspec.ValidationError:
        assert misfit is not None
        assert misfit.message
        assert misfit.hint
        assert "`str`" not in misfit.message + misfit.hint
    else:
        assert misfit is None


@given(st.data())
@pytest.mark.parametrize(("shape", "good"), [(SuiteWire, SUITE), (ManifestWire, MANIFEST)])
def test_a_misfit_is_found_where_msgspec_refuses(
    shape: type, good: dict[str, Any], data: st.DataObject
) -> None:
    """Whatever one value of a suite or a manifest is changed to."""
    path = data.draw(st.sampled_from(list_paths(good)))
    if isinstance(path[-1], str) and data.draw(st.booleans()):
        path = (*path[:-1], data.draw(st.sampled_from(["seed", "sede", "", "a b", "device"])))
        judge(spoil(good, path, data.draw(VALUES.filter(lambda it: it is not GONE))), shape)
    else:
        judge(spoil(good, path, data.draw(VALUES)), shape)


class Color(StrEnum):
    """An enumeration."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    """A table as the model has them: unknown fields are passed over."""

    x: int
    label: str | None = None


class Shape(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """A file."""

    some_name: Slug = "a"
    color: Color = Color.RED
    points: list[Point] = []
    pair: tuple[int, ...] = ()
    either: int | list[str] | None = None
    fraction: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    limit: Annotated[float, msgspec.Meta(le=5)] = 1.0
    plain: float = 1.0
    names: dict[Slug, bool] = {}


@pytest.mark.parametrize(
    ("data", "path", "message", "hint"),
    [
        (
            {"some_name": "a"},
            ("some_name",),
            "unknown field `some_name`",
            "did you mean `some-name`?",
        ),
        (
            {"some-name": "A"},
            ("some-name",),
            "`A` is not of the form that is needed here",
            "use lower-case letters and digits, with single `-` or `_` between, as `m1-max`",
        ),
        (
            {"some-name": "a" * 81},
            ("some-name",),
            "is 81 characters long",
            "use at most 80",
        ),
        ({"color": "pink"}, ("color",), "unknown value `pink`", "use one of `red`, `blue`"),
        ({"color": 1}, ("color",), "expected a text, got `1`", "use one of `red`, `blue`"),
        (
            {"points": [{"x": 1, "y": 2}, {}]},
            ("points", 1),
            "missing required field `x`",
            "add `x = 1`, an integer",
        ),
        (
            {"points": [{"x": 1, "label": False}]},
            ("points", 0, "label"),
            "expected a text, got `false`",
            'write it in quotes: `label = "false"`',
        ),
        (
            {"points": {"x": 1}},
            ("points",),
            "expected a list of tables, got a table",
            "begin each table with `[[points]]`",
        ),
        (
            {"pair": 1},
            ("pair",),
            "expected a list of integers, got `1`",
            "write it in brackets: `pair = [1]`",
        ),
        (
            {"pair": [1, "2"]},
            ("pair", 1),
            "expected an integer, got the text `2`",
            "write it without quotes: `2`",
        ),
        (
            {"either": True},
            ("either",),
            "expected an integer or a list of texts, got `true`",
            "write an integer or a list of texts: `either = 1`",
        ),
        (
            {"either": ["a", 1]},
            ("either", 1),
            "expected a text, got `1`",
            'write it in quotes: `"1"`',
        ),
        (
            {"fraction": "0.5"},
            ("fraction",),
            "expected a number, got the text `0.5`",
            "write it without quotes: `fraction = 0.5`",
        ),
        (
            {"fraction": "half"},
            ("fraction",),
            "expected a number, got the text `half`",
            "write a number: `fraction = 1`",
        ),
        (
            {"fraction": 0},
            ("fraction",),
            "`0` is out of bounds",
            "use a number above 0, up to 1",
        ),
        ({"limit": 6}, ("limit",), "`6` is out of bounds", "use a number up to 5"),
        (
            {"plain": 2**1025},
            ("plain",),
            "an integer of 1026 bits is out of bounds",
            "use a number that 64 bits can hold",
        ),
        (
            {"names": {"A b": True}},
            ("names", "A b"),
            "`A b` is not of the form that is needed here",
            "use lower-case letters and digits, with single `-` or `_` between, as `m1-max`",
        ),
        (
            {"names": {"a": "true"}},
            ("names", "a"),
            "expected true or false, got the text `true`",
            "write it without quotes: `a = true`",
        ),
        (
            {"some-name": 2**1100},
            ("some-name",),
            "expected a text, got an integer of 1101 bits",
            'write a text: `some-name = "…"`',
        ),
    ],
)
def test_a_misfit_has_words(
    data: dict[str, Any], path: tuple[str | int, ...], message: str, hint: str
) -> None:
    """What is wrong and what would be right is said in TOML's words."""
    misfit = find_misfit(data, Shape)
    assert misfit is not None
    assert (misfit.path, misfit.message, misfit.hint) == (path, message, hint)
    judge(data, Shape)


def test_what_fits_has_no_misfit() -> None:
    """Nothing is found in what msgspec takes, nor in what may be anything."""
    assert find_misfit({"points": [{"x": 1, "y": 2}], "either": []}, Shape) is None
    assert find_misfit({"a": [date(2026, 1, 1)]}, dict[str, Any]) is None
