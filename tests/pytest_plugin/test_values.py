"""What a test may check, and what its results are called."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.errors import UsageError
from reprokit.pytest_plugin.description import describe_value
from reprokit.pytest_plugin.naming import LONGEST, name_result
from reprokit.store.baseline_wire import EntryId
from tests.builders import QUICK

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]


def test_all_kinds_of_values(tested: TestedProject) -> None:
    """Arrays of both kinds, trees, pieces, bytes and digests pass once they are accepted."""
    body = """
import hashlib
from reprokit.results import Streamed

def test_all(reprokit):
    reprokit.check(mx.ones((2, 3)).T, name="strided")
    reprokit.check(mx.ones(3, dtype=mx.bfloat16), name="bfloat16")
    reprokit.check(np.ones((2, 3), dtype="float32").T, name="numpy")
    reprokit.check(np.float32(3), name="scalar")
    reprokit.check({"b": [mx.ones(2), np.zeros(3)], "a": mx.ones(1)}, name="tree")
    pieces = (mx.full(4, n, dtype=mx.float32) for n in range(3))
    reprokit.check(Streamed(shape=(3, 4), dtype=mx.float32, pieces=pieces), name="pieces")
    reprokit.check(b"some bytes", name="bytes")
    reprokit.check_digest(hashlib.sha256(b"some bytes").hexdigest(), name="digest")
    reprokit.check(mx.zeros(5000), name="large")
    reprokit.check(mx.zeros(0), name="empty")
"""
    tested.write(body)
    tested.accept()
    entries = {name.partition("#")[2]: it for name, it in tested.list_entries().items()}
    assert entries["bytes"].result.digest == entries["digest"].result.digest
    assert entries["digest"].result.dtype == ""
    assert entries["tree"].result.dtype == "tree"
    assert [leaf.name for leaf in entries["tree"].leaves] == ["a", "b.0", "b.1"]
    assert entries["pieces"].result.shape == (3, 4)
    assert entries["strided"].result.shape == (3, 2)
    assert len(entries["large"].result.blocks) == 5
    done = tested.run()
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["10 accepted on *"])
    tested.write(body.replace("np.zeros(3)", "np.ones(3)").replace("zeros(5000)", "ones(5000)"))
    done = tested.run()
    done.stdout.fnmatch_lines(
        ["E*1 of 3 leaves differs; b.1: 3 of 3 elements differ*", "E*b.1", "E*0 * 0 * 1 *"]
    )


def test_a_large_array_names_the_first_run_of_bytes(tested: TestedProject) -> None:
    """Of what is too large to be kept, the runs that differ are told."""
    body = "def test_one(reprokit):\n    reprokit.check(mx.zeros(5000){})\n"
    tested.write(body.format(""))
    tested.accept()
    tested.write(body.format(" + (mx.arange(5000) == 3000)"))
    tested.run().stdout.fnmatch_lines(
        ["E*1 of 5 runs of 4096 bytes differs, the first from byte 8192"]
    )


def test_other_dtypes_and_shapes_are_changes(tested: TestedProject) -> None:
    """Equal bytes do not make them equal; a digest alone is held against the bytes alone."""
    body = "def test_one(reprokit):\n    reprokit.check({})\n"
    tested.write(body.format("mx.zeros(4)"))
    tested.accept()
    for value in ("mx.zeros((2, 2))", "mx.zeros(4, dtype=mx.int32)", "np.zeros((2, 2), 'float32')"):
        tested.write(body.format(value))
        tested.run().stdout.fnmatch_lines(["E*float32[[]4] became *"])
    digest = hashlib.sha256(bytes(16)).hexdigest()
    tested.write(f"def test_one(reprokit):\n    reprokit.check_digest({digest!r})\n")
    tested.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("1.5", "a `float` has no bytes of its own"),
        ("{'a': [None]}", "a `NoneType` at `a.0` has no bytes of its own"),
        ("[]", "the tree has no arrays"),
        ("np.zeros(2, dtype='>f4')", "`>f4` is not a dtype of MLX"),
        ("np.array(['a'])", "`<U1` is not a dtype of MLX"),
        ("np.array([{}])", "`object` is not a dtype of MLX"),
        ("np.zeros(2, dtype='complex128')", "`complex128` is not a dtype of MLX"),
        ("{1: mx.ones(2)}", "the keys of a tree must be texts"),
    ],
)
def test_what_has_no_bytes_is_refused(tested: TestedProject, value: str, words: str) -> None:
    """With what to give instead."""
    tested.write(f"def test_one(reprokit):\n    reprokit.check({value})\n")
    done = tested.run("--reprokit-update")
    done.assert_outcomes(failed=1)
    assert f"TypeError: {words}" in done.stdout.str()
    assert not tested.path.exists()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("check(mx.ones(1)); reprokit.check(mx.ones(2))", "is checked twice in one test"),
        ("check(mx.ones(1), name=' a')", "has blanks around it"),
        ("check(mx.ones(1), name='a', full_name='b')", "not both"),
        ("check(mx.ones(1), name=0)", "name: 0 is no text"),
        ("check(mx.ones(1), full_name=3)", "full_name: 3 is no text"),
        ("check_digest(None)", "is no sha256"),
        ("check_digest('abc')", "is no sha256"),
        (f"check_digest('{'A' * 64}')", "is no sha256"),
    ],
)
def test_wrong_calls_are_errors(tested: TestedProject, call: str, words: str) -> None:
    """With a hint."""
    tested.write(f"def test_one(reprokit):\n    reprokit.{call}\n")
    done = tested.run("--reprokit-update")
    done.assert_outcomes(failed=1)
    assert words in done.stdout.str()


def test_names_are_those_of_tests(tested: TestedProject) -> None:
    """In whichever folder pytest takes for its own."""
    folder = tested.root / "tests" / "unit"
    folder.mkdir(parents=True)
    (folder / "test_b.py").write_text(
        """
import mlx.core as mx
import pytest

class TestGroup:
    @pytest.mark.parametrize("text", ["a-b", "\\u00e9 \\n"])
    def test_one(self, reprokit, text):
        reprokit.check(mx.ones(2))
        reprokit.check(mx.ones(3), name="second")

def test_stable(reprokit):
    reprokit.check(mx.ones(4), full_name="weights of r1")
"""
    )
    tested.write("")
    tested.accept()
    start = "tests/unit/test_b.py::TestGroup::test_one"
    assert set(tested.list_entries()) == {
        *(f"{start}[a-b]{end}" for end in ("", "#second")),
        *(f"{start}[\\xe9 \\n]{end}" for end in ("", "#second")),
        "weights of r1",
    }
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = tested.run("--rootdir", str(folder), str(folder))
    done.assert_outcomes(passed=3)


@QUICK
@given(st.text(min_size=1), st.text())
def test_every_name_can_stand_in_a_baseline(test: str, name: str) -> None:
    """Printable ASCII of at most 300 characters, or a refusal."""
    import msgspec

    try:
        found = name_result(test, name, "")
    except UsageError:
        assert name
        return
    assert len(found) <= LONGEST
    assert msgspec.convert(found, EntryId) == found


def test_long_names_stay_apart() -> None:
    """By a hash of what was cut off."""
    names = {name_result("test_" + "x" * 400, f"{number}", "") for number in range(9)}
    assert len(names) == 9
    assert {len(name) for name in names} == {LONGEST}


def test_bytes_have_the_digest_of_an_array_of_them() -> None:
    """As numbers of one byte."""
    import mlx.core as mx

    data = bytes(range(200)) * 30
    array = mx.array(list(data), dtype=mx.uint8)
    assert describe_value(data) == describe_value(array)
    assert describe_value(bytearray(data)) == describe_value(memoryview(data))
