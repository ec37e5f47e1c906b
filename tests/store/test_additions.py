"""What is added to a user's texts, and that nothing else of them changes."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.errors import ProjectError
from reprokit.store.additions import add_lines, add_settings

TABLE = '[tool.reprokit]\n# why\nsuites = ["core", "sample"]\n'

SECTIONS = (
    '# heading\n[project]\nname = "x"  # a name\n',
    "[tool.ruff]\nline-length=100\n\n[tool.ruff.lint]\nselect = [\n    'ALL', # all\n]\n",
    "\n\n# about the build\n[build-system]\nrequires = []\n",
    '[[tool.uv.index]]\nname = "a"\n\n[[tool.uv.index]]\nname = "b"\n',
    "[tool]\nother.key = 1\n",
    "[ tool . black ]\n'quoted key' = '''\n[tool.reprokit]\n'''\n",
    "# a last remark",
)

BLOCKS = "# one\n# why\n/a/ x\n\n# two\nb y\nc z\n"


@given(st.permutations(SECTIONS), st.integers(0, len(SECTIONS)), st.sampled_from(["\n", "\r\n"]))
def test_settings_stand_behind_what_is_there(sections: list[str], count: int, newline: str) -> None:
    """Every byte stays at its place, and only the table is new."""
    parts = [part if part.endswith("\n") else f"{part}\n" for part in sections[:count]]
    text = "".join(parts)
    text = text.replace("\r\n", "\n").replace("\n", newline)
    after = add_settings(text, TABLE, file="pyproject.toml")
    assert after.startswith(text)
    assert after.count("\n") == after.count(newline if text else "\n")
    expected = tomllib.loads(text)
    expected.setdefault("tool", {})["reprokit"] = {"suites": ["core", "sample"]}
    assert tomllib.loads(after) == expected


@pytest.mark.parametrize(
    ("text", "gap"), [("", ""), ("a = 1", "\n\n"), ("a = 1\n", "\n"), ("a = 1\n\n", "")]
)
def test_one_empty_line_stands_between(text: str, gap: str) -> None:
    """A file without a last line end gets one, without touching what it has."""
    assert add_settings(text, TABLE, file="pyproject.toml") == text + gap + TABLE


@pytest.mark.parametrize("text", ["tool = { ruff = { a = 1 } }\n", "tool.reprokit = 1\n"])
def test_tables_in_braces_are_left_alone(text: str) -> None:
    """Where no table can follow, that is said, with a mend."""
    with pytest.raises(ProjectError, match="cannot be added") as caught:
        add_settings(text, TABLE, file="pyproject.toml")
    assert caught.value.where == "pyproject.toml"
    assert "not in braces" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("", BLOCKS),
        ("*.bin", f"\n\n{BLOCKS}"),
        ("*.bin\n", f"\n{BLOCKS}"),
        ("a\n", "\n# two\nb y\nc z\n"),
        ("/a/ other\nc\n", "\n# two\nb y\n"),
        ("# a\n#b\n", f"\n{BLOCKS}"),
    ],
)
def test_missing_lines_are_added_with_their_comments(text: str, added: str) -> None:
    """What has a line already keeps its own, whatever it says there."""
    assert add_lines(text, BLOCKS) == text + added


@given(st.lists(st.sampled_from(["a", "/b", "c/", "# x", "", "d e"]), max_size=6))
def test_lines_are_added_once(lines: list[str]) -> None:
    """A second time changes nothing."""
    once = add_lines("\n".join(lines), BLOCKS)
    assert add_lines(once, BLOCKS) == once
