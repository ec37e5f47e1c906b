"""On which line of a TOML file each of its keys and values stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tomli
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.toml_lines import _Scan, find_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprokit.model.toml_lines import Path

EVERY_FORM = '''\
# [not] = "a table"
name = "line 2"
text = """
key = "of no table"
"""  # line 3
raw = \'\'\'
a = 1\'\'\'\'\'
list = [  # line 8
    "a]",
    [1.5, 2020-01-01 10:00:00], # a list in a list
    { x = 1, y = { z = [1,
        2] } },
]
point.x = 1.25
point."y z" = +1e3
"quoted \\u00e9" = 'x'

[[probe]]
id = "first"
[probe.arguments]
shape = [8]
[[probe.stages]]
name = "a"
[[ probe . stages ]]
name = "b"

[[probe]]
matrix.seed = [
    0,

    1,
]
[other.inner]
a = 1
[other]
b = 2
'''

LINES: dict[Path, int] = {
    ("name",): 2,
    ("text",): 3,
    ("raw",): 6,
    ("list",): 8,
    ("list", 0): 9,
    ("list", 1): 10,
    ("list", 1, 1): 10,
    ("list", 2, "y", "z", 0): 11,
    ("list", 2, "y", "z", 1): 12,
    ("point",): 14,
    ("point", "x"): 14,
    ("point", "y z"): 15,
    ("quoted é",): 16,
    ("probe",): 18,
    ("probe", 0): 18,
    ("probe", 0, "id"): 19,
    ("probe", 0, "arguments"): 20,
    ("probe", 0, "arguments", "shape"): 21,
    ("probe", 0, "arguments", "shape", 0): 21,
    ("probe", 0, "stages"): 22,
    ("probe", 0, "stages", 0, "name"): 23,
    ("probe", 0, "stages", 1): 24,
    ("probe", 0, "stages", 1, "name"): 25,
    ("probe", 1): 27,
    ("probe", 1, "matrix"): 28,
    ("probe", 1, "matrix", "seed", 0): 29,
    ("probe", 1, "matrix", "seed", 1): 31,
    ("other", "inner", "a"): 34,
    ("other",): 35,
    ("other", "b"): 36,
}


@pytest.mark.parametrize("path", LINES, ids=str)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_form_has_its_line(path: Path, line_end: str) -> None:
    """Keys, quoted and dotted ones, tables, lists of tables, and what stands in lists in lists."""
    text = EVERY_FORM.replace("\n", line_end)
    assert find_line(text, path) == LINES[path]


def test_the_lines_above_are_of_toml() -> None:
    """The text of all forms is accepted by the parser, and the paths lead to something."""
    data = tomli.loads(EVERY_FORM)
    assert set(LINES) <= set(list_paths(data))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("probe", 0, "arguments", "loc"), 20),
        (("probe", 0, "seed"), 18),
        (("probe", 1, "arguments", "shape"), 27),
        (("probe", 1, "matrix", "seed", 2), 28),
        (("schema",), 1),
        ((), 1),
    ],
)
def test_what_is_not_there_has_the_line_around_it(path: Path, line: int) -> None:
    """A missing key is looked for where it would stand; in the file as a whole on line 1."""
    assert find_line(EVERY_FORM, path) == line


def test_the_end_of_a_file_needs_no_line_end() -> None:
    """The last line may end with the file, and the file may be empty."""
    assert find_line("a = 1\nb = [2]", ("b", 0)) == 2
    assert find_line("a = 1\n[b]", ("b",)) == 2
    assert find_line("", ("b",)) == 1


def test_lists_without_end_have_no_line() -> None:
    """What is nested too deeply to be followed is no traceback."""
    assert find_line("a = " + "[" * 9999 + "]" * 9999, ("a",)) is None


def list_paths(data: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401
    """List the paths to all that a parsed file holds."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in pairs:
        yield (*path, step)
        if isinstance(value, dict | list):
            yield from list_paths(value, (*path, step))


SCALARS = (
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))
    | st.dates()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.é\"' "), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text("ab.é\"'# ", max_size=4), VALUES, max_size=5))
def test_every_path_is_found(data: dict[str, Any]) -> None:
    """Whatever a file holds has a line of its own, and is not just looked for around it."""
    text = "first = 0\n" + tomlkit.dumps(data)
    lines = _Scan(text).lines
    assert set(list_paths(tomli.loads(text))) == lines.keys()
    assert all(1 < line <= text.count("\n") for path, line in lines.items() if path != ("first",))
