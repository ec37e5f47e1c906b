"""From untyped data to typed shapes, with errors that name the place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from reprokit.errors import ManifestError, SuiteError
from reprokit.model.wire import check_schema, convert_wire, parse_toml


class Inner(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A table in a list."""

    shape: list[int]


class Outer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file."""

    name: str = ""
    probes: list[Inner] = []


def test_parse_toml() -> None:
    """Good TOML becomes tables."""
    assert parse_toml("a = [1]\n", where="x.toml", error=SuiteError) == {"a": [1]}


def test_parse_toml_names_the_line() -> None:
    """What is no TOML is refused with file, line and a hint."""
    with pytest.raises(SuiteError, match="line 2") as caught:
        parse_toml("a = 1\nb = \n", where="x.toml", error=SuiteError)
    assert caught.value.where == "x.toml"
    assert caught.value.hint is not None
    assert "truncated" in caught.value.hint


def test_parse_toml_refuses_conflict_markers() -> None:
    """A merge conflict left in a file is refused, with the hint that says so."""
    with pytest.raises(ManifestError) as caught:
        parse_toml("<<<<<<< HEAD\na = 1\n", where="x.toml", error=ManifestError)
    assert "conflict markers" in str(caught.value)


def test_parse_toml_refuses_depth() -> None:
    """A list nested without end is refused, not a stack overflow."""
    with pytest.raises(ManifestError, match="not readable TOML"):
        parse_toml("a = " + "[" * 100_000, where="x.toml", error=ManifestError)


def test_parse_toml_refuses_endless_integers() -> None:
    """An integer of more digits than Python reads is refused, not a traceback."""
    with pytest.raises(ManifestError, match="not readable TOML") as caught:
        parse_toml("a = " + "1" * 5000, where="x.toml", error=ManifestError)
    assert caught.value.where == "x.toml"


def test_older_versions_are_read() -> None:
    """A file of an earlier version passes: later ones only add fields that have defaults."""
    check("reprokit/suite/1")
    with pytest.raises(SuiteError, match="expected `reprokit/suite/2`"):
        check("reprokit/suite/0")


def check(schema: object) -> None:
    """Check a suite's schema, version 2."""
    data = {} if schema is None else {"schema": schema}
    check_schema(data, kind="suite", version=2, where="x.toml", error=SuiteError)


def test_check_schema_accepts_its_own() -> None:
    """The very schema passes."""
    check("reprokit/suite/2")


def test_check_schema_refuses_newer() -> None:
    """A newer version is refused with the command that upgrades."""
    with pytest.raises(SuiteError, match="newer than this reprokit") as caught:
        check("reprokit/suite/3")
    assert caught.value.where == "x.toml: schema"
    assert caught.value.hint is not None
    assert "uv lock --upgrade-package reprokit-mlx" in caught.value.hint


@pytest.mark.parametrize(
    ("schema", "got"),
    [
        (None, "got nothing"),
        ("reprokit/manifest/2", "got `reprokit/manifest/2`"),
        ("reprokit/suite/3x", "got `reprokit/suite/3x`"),
        ("reprokit/suite/3\n", "got `reprokit/suite/3"),
        (2, "got `2`"),
        (["reprokit/suite/2"], "got `"),
    ],
)
def test_check_schema_refuses_other(schema: object, got: str) -> None:
    """Another kind, no schema or none that is text is refused, saying what was expected."""
    with pytest.raises(SuiteError) as caught:
        check(schema)
    assert caught.value.message.startswith("expected `reprokit/suite/2`, ")
    assert got in caught.value.message
    assert caught.value.where == "x.toml: schema"


def test_check_schema_shortens_what_it_quotes() -> None:
    """A schema without end does not flood the terminal."""
    with pytest.raises(SuiteError) as caught:
        check("x" * 10_000)
    assert len(str(caught.value)) < 200


def test_convert_wire_shortens_what_it_quotes() -> None:
    """A file's endless words do not flood the terminal."""
    with pytest.raises(ManifestError) as caught:
        convert_wire({"x" * 10_000: 1}, Outer, where="f", error=ManifestError)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ({"probes": [{"shape": []}, {"shape": ["8"]}]}, "f: probes[1].shape[0]", "expected `int`"),
        ({"probes": [{"shape": 8}]}, "f: probes[0].shape", "expected a list, got `int`"),
        ({"probes": [{}]}, "f: probes[0]", "missing required field `shape`"),
        ({"probes": [8]}, "f: probes[0]", "expected a table, got `int`"),
        ({"nmae": "x"}, "f", "unknown field `nmae`"),
        ({"name": 1}, "f: name", "expected `str`, got `int`"),
    ],
)
def test_convert_wire_names_the_place(data: dict[str, Any], where: str, message: str) -> None:
    """What does not fit is refused in TOML's words, at its dotted place."""
    with pytest.raises(ManifestError) as caught:
        convert_wire(data, Outer, where="f", error=ManifestError)
    assert caught.value.where == where
    assert message in caught.value.message


def test_convert_wire_gives_the_shape() -> None:
    """What fits comes back typed."""
    outer = convert_wire({"probes": [{"shape": [1]}]}, Outer, where="f", error=ManifestError)
    assert outer == Outer(probes=[Inner(shape=[1])])
