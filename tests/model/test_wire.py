"""From untyped data to typed shapes, with errors that name the place."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from reprokit.errors import ManifestError, SuiteError
from reprokit.model.place import Place
from reprokit.model.wire import check_schema, convert_wire, decode_text, parse_toml

FILE = Place("x.toml")


class Inner(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A table in a list."""

    shape: list[int]


class Outer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file."""

    name: str = ""
    probes: list[Inner] = []


def test_parse_toml() -> None:
    """Good TOML becomes tables."""
    assert parse_toml("a = [1]\n", where=FILE, error=SuiteError) == {"a": [1]}


def test_parse_toml_names_the_line() -> None:
    """What is no TOML is refused with file, line and a hint."""
    with pytest.raises(SuiteError) as caught:
        parse_toml("a = 1\nb = \n", where=FILE, error=SuiteError)
    assert caught.value.where == "x.toml (line 2)"
    assert caught.value.message == "not valid TOML: no value, at column 5: `b =`"
    assert "put texts in quotes" in (caught.value.hint or "")


def test_a_file_that_nobody_writes_has_a_hint_of_its_own() -> None:
    """Where it would mislead to mend a line, the caller says what to do."""
    with pytest.raises(ManifestError) as caught:
        parse_toml("b = \n", where=FILE, error=ManifestError, hint="restore it")
    assert caught.value.hint == "restore it"


def test_decode_text_names_the_line() -> None:
    """The first byte that is not UTF-8 is told with its line."""
    with pytest.raises(SuiteError) as caught:
        decode_text(
            "# é\n#\n# \udcff".encode("utf-8", "surrogateescape"), where=FILE, error=SuiteError
        )
    assert str(caught.value).splitlines() == [
        "x.toml (line 3): not UTF-8 at byte 9",
        "hint: save the file in the encoding UTF-8",
    ]
    assert decode_text("é".encode(), where=FILE, error=SuiteError) == "é"


def test_parse_toml_refuses_depth() -> None:
    """A list nested without end is refused, not a stack overflow."""
    with pytest.raises(ManifestError, match="not readable TOML") as caught:
        parse_toml("b = [[1], []]\na = " + "[" * 100_000, where=FILE, error=ManifestError)
    assert caught.value.where == "x.toml (line 2)"


def test_parse_toml_refuses_endless_integers() -> None:
    """An integer of more digits than Python reads is refused, not a traceback."""
    with pytest.raises(ManifestError, match="not readable TOML") as caught:
        parse_toml("b = 11\na = -" + "1_" * 5000 + "1", where=FILE, error=ManifestError)
    assert caught.value.where == "x.toml (line 2)"


def test_older_versions_are_read() -> None:
    """A file of an earlier version passes: later ones only add fields that have defaults."""
    check("reprokit/suite/1")
    with pytest.raises(SuiteError, match="expected `reprokit/suite/2`"):
        check("reprokit/suite/0")


def check(schema: object) -> None:
    """Check a suite's schema, version 2."""
    data = {} if schema is None else {"schema": schema}
    check_schema(data, kind="suite", version=2, where=FILE, error=SuiteError)


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
        (["reprokit/suite/2"], "got a list"),
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
        convert_wire({"x" * 10_000: 1}, Outer, where=Place("f"), error=ManifestError)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (
            {"probes": [{"shape": []}, {"shape": ["8"]}]},
            "f: probes[1].shape[0]",
            "expected an integer, got the text `8`",
        ),
        ({"probes": [{"shape": 8}]}, "f: probes[0].shape", "expected a list of integers, got `8`"),
        ({"probes": [{}]}, "f: probes[0]", "missing required field `shape`"),
        ({"probes": [8]}, "f: probes[0]", "expected a table, got `8`"),
        ({"nmae": "x"}, "f: nmae", "unknown field `nmae`"),
        ({"name": 1}, "f: name", "expected a text, got `1`"),
    ],
)
def test_convert_wire_names_the_place(data: dict[str, Any], where: str, message: str) -> None:
    """What does not fit is refused in TOML's words, at its dotted place."""
    with pytest.raises(ManifestError) as caught:
        convert_wire(data, Outer, where=Place("f"), error=ManifestError)
    assert caught.value.where == where
    assert caught.value.message == message
    assert caught.value.hint


class Even(msgspec.Struct):
    """A shape with a bound for which there are no words."""

    n: Annotated[int, msgspec.Meta(multiple_of=2)]


def test_what_has_no_words_is_told_in_those_of_msgspec() -> None:
    """A bound of another kind is refused all the same."""
    with pytest.raises(ManifestError, match=r"f: .*multiple of 2.*\$\.n"):
        convert_wire({"n": 1}, Even, where=Place("f"), error=ManifestError)


def test_convert_wire_gives_the_shape() -> None:
    """What fits comes back typed."""
    outer = convert_wire({"probes": [{"shape": [1]}]}, Outer, where=Place("f"), error=ManifestError)
    assert outer == Outer(probes=[Inner(shape=[1])])
