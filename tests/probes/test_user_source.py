"""What makes a user's function another probe: the hash of the source that it may reach."""

from __future__ import annotations

import ast
import codecs
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.probes.suite_file import parse_suite
from reprokit.probes.user_source import digest_source

if TYPE_CHECKING:
    from reprokit.model.probe import Suite

EVERY_SYNTAX = Path(__file__).parent / "every_syntax.txt"
GOLDEN = "58fb587e5183d3fc04af44ef5175f1d1e0ca3f2c1eb05e1599f7d99170586b29"


def digest(folder: Path, text: str | bytes) -> str:
    """Hash a module of one text."""
    content = text.encode() if isinstance(text, str) else text
    (folder / "module.py").write_bytes(content)
    return digest_source("module", folder)


def test_every_version_of_python_gives_one_hash(tmp_path: Path) -> None:
    """The hash is the one that Python 3.11, 3.12 and 3.13 all gave."""
    assert digest(tmp_path, EVERY_SYNTAX.read_bytes()) == GOLDEN


@pytest.mark.filterwarnings("ignore:invalid escape")
def test_the_fixture_has_every_syntax() -> None:
    """Each kind of statement, expression and pattern that 3.11 knows stands in it."""
    there = {type(node) for node in ast.walk(ast.parse(EVERY_SYNTAX.read_bytes()))}
    kinds = (ast.stmt, ast.expr, ast.pattern, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    concrete = {kind for base in kinds for kind in base.__subclasses__()}
    later = {"TypeAlias", "TemplateStr", "Interpolation"}
    assert {kind.__name__ for kind in concrete - there} <= later


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1  # comment\n\n"),
        ("def f():\n    return 1", 'def f():\n    """Doc."""\n    return 1'),
        ("x = 'a'", 'x = "a"'),
        ("x = 'ab'", "x = 'a' 'b'"),
        ("x = '\\u00e9'", "x = 'é'"),
        ("x = '\\U0001fae8'", "x = '🫨'"),
        ("x = f'{y:{z}}'", "x = f'{y:{z}}' ''"),
        ("x = (1)", "x = 1"),
    ],
)
def test_what_computes_the_same_has_one_hash(tmp_path: Path, one: str, other: str) -> None:
    """Comments, docstrings and spelling do not count."""
    assert digest(tmp_path, one) == digest(tmp_path, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = None", "x = ..."),
        ("x = 'é'", "x = 'e'"),
        ("x = f'{y:{z}}'", "x = f'{y:{z} }'"),
        ("x = f'{y}'", "x = f'{y!s}'"),
        ("x: int", "x: int = None"),
        ("def f(a, /): pass", "def f(a): pass"),
        ("match x:\n case None: pass", "match x:\n case True: pass"),
    ],
)
def test_what_computes_something_else_has_another_hash(
    tmp_path: Path, one: str, other: str
) -> None:
    """A change that can be felt counts, however small it looks in the tree."""
    assert digest(tmp_path, one) != digest(tmp_path, other)


def test_encodings_are_read_as_python_reads_them(tmp_path: Path) -> None:
    """A byte order mark and a declared encoding are Python's own ways."""
    plain = digest(tmp_path, "x = 'é'")
    assert digest(tmp_path, codecs.BOM_UTF8 + "x = 'é'".encode()) == plain
    assert digest(tmp_path, b"# -*- coding: latin-1 -*-\nx = '\xe9'") == plain


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"def f(:", "invalid syntax"),
        (b"x = '\xff'", "module.py` cannot be read"),
        (b"x = " + b" + ".join([b"1"] * 2000), "an expression in it is too long"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    """A module that Python could not load, or that is beyond reading, is named."""
    with pytest.raises(LookupError, match=r"`module\.py` cannot be read") as caught:
        digest(tmp_path, content)
    assert problem in str(caught.value)


def test_a_strange_escape_warns_nobody(tmp_path: Path) -> None:
    """Python warns of it when it imports the module; reading it is silent."""
    assert digest(tmp_path, r"x = '\d'") == digest(tmp_path, r"x = '\\d'")


SUITE = """\
schema = "reprokit/suite/1"
name = "mine"

[[probe]]
id = "first"
op = "work:first"
matrix = { n = [NUMBERS] }
expectation = "machine"

[[probe]]
id = "second"
op = "work:second"
expectation = "machine"
"""


def parse(folder: Path) -> Suite:
    """Parse a suite of a hundred probes of two functions."""
    text = SUITE.replace("NUMBERS", ", ".join(map(str, range(99))))
    return parse_suite(text.encode(), name="mine", where="suites/mine.toml", root=folder)


def test_a_module_is_parsed_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many probes a suite makes of it; an edit is seen all the same."""
    parsed: list[bytes] = []
    real = ast.parse

    def parse_aloud(source: bytes) -> ast.Module:
        parsed.append(source)
        return real(source)

    monkeypatch.setattr(ast, "parse", parse_aloud)
    code = "import help\ndef first(n): return n\ndef second(): return help\n# once in a process\n"
    (tmp_path / "work.py").write_text(code)
    (tmp_path / "help.py").write_text("X = 1  # once in a process")
    before = parse(tmp_path)
    assert (len(before.probes), len(parsed)) == (100, 2)
    assert parse(tmp_path) == before
    assert len(parsed) == 2
    (tmp_path / "help.py").write_text("X = 2  # once in a process")
    after = parse(tmp_path)
    assert len(parsed) == 3
    assert all(
        one.definition.source != other.definition.source
        for one, other in zip(before.probes, after.probes, strict=True)
    )


def test_a_function_is_looked_up_once_in_a_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are not even opened again for each probe of a matrix."""
    (tmp_path / "work.py").write_text("def first(n): return n\ndef second(): return 1\n")
    read: list[Path] = []
    real = Path.read_bytes

    def read_aloud(path: Path) -> bytes:
        read.append(path)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_aloud)
    parse(tmp_path)
    assert len(read) <= 4
