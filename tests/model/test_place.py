"""Where in a file something stands."""

from __future__ import annotations

from reprokit.model.place import Place, name_line


def test_a_place_is_written_with_its_line() -> None:
    """Keys, indices and line lead to it; without a text there is no line."""
    text = "a = 1\n\n[[probe]]\nseed = 2\n"
    place = Place("f.toml", text=text) / "probe" / 0 / "seed"
    assert str(place) == "f.toml: probe[0].seed (line 4)"
    assert str(Place("f.toml") / "probe" / 0 / "seed") == "f.toml: probe[0].seed"
    assert str(Place("f.toml", text=text)) == "f.toml (line 1)"
    assert str(Place("f.toml")) == "f.toml"


def test_keys_that_need_quotes_have_them() -> None:
    """A key with a dot is not two keys."""
    assert (Place("f") / "a" / "b.c" / "d\n").dotted == 'a."b.c"."d\\n"'


def test_endless_keys_are_shortened() -> None:
    """A file's endless words do not flood the terminal."""
    assert len(str(Place("f") / ("x" * 9999))) < 100


def test_equal_places_are_equal_whatever_the_text() -> None:
    """A place is its file and path."""
    assert Place("f", ("a",), text="a = 1") == Place("f") / "a"


def test_name_line() -> None:
    """A line that is known is told."""
    assert name_line("f", 3) == "f (line 3)"
    assert name_line("f", None) == "f"
