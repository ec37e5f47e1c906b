"""All ways in which a test gets the fixture: pytest's, and the shorter one that later tests go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pytest_plugin.runs import LOADED

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]
assert LOADED

WAYS = """
import sys
import unittest

@pytest.fixture
def checked(reprokit):
    reprokit.check(mx.ones(2), name="before")
    yield reprokit
    reprokit.check(mx.ones(3), name="behind")

def test_argument(reprokit):
    reprokit.check(mx.ones(1))

def test_both(checked, reprokit):
    assert checked is reprokit
    reprokit.check(mx.ones(4))

def test_other_fixture(checked):
    checked.check(mx.ones(5))

def test_asked_for(request):
    request.getfixturevalue("reprokit").check(mx.ones(6))

@pytest.mark.usefixtures("reprokit")
def test_mark(request):
    request.getfixturevalue("reprokit").check(mx.ones(7))

class TestGroup:
    def test_method(self, reprokit):
        reprokit.check(mx.ones(8))

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def keep(self, reprokit):
        self.reprokit = reprokit

    def test_case(self):
        self.reprokit.check(mx.ones(9))

@pytest.mark.parametrize("reprokit", [5])
def test_own_argument(reprokit):
    assert reprokit == 5

@pytest.mark.skipif(True, reason="not here")
def test_skipped(reprokit):
    raise AssertionError

def test_importers():
    assert not any("reprokit" in repr(it) for it in sys.meta_path)
"""


def test_every_way_leads_to_the_same(tested: TestedProject) -> None:
    """One checker for a test, whoever asks for it, whichever test comes first."""
    tested.write(WAYS)
    tested.accept()
    names = {name.partition("::")[2] for name in tested.list_entries()}
    assert names == {
        "test_argument",
        *(f"test_{it}" for it in ("both", "both#before", "both#behind")),
        *(f"test_other_fixture{it}" for it in ("", "#before", "#behind")),
        "test_asked_for",
        "test_mark",
        "TestGroup::test_method",
        "TestCase::test_case",
    }
    for options in ((), ("-k", "not argument"), ("-k", "case"), ("-k", "asked or mark")):
        done = tested.run(*options)
        assert done.ret == 0, done.stdout.str()
        assert "accepted" in done.stdout.str()
    tested.write(WAYS.replace("mx.ones(", "2 * mx.ones("))
    tested.run().assert_outcomes(failed=5, passed=2, skipped=1, errors=2)


def test_who_puts_another_in_its_place_is_asked(tested: TestedProject) -> None:
    """For each test, not only for the first."""
    tested.write(
        "@pytest.fixture\ndef reprokit(reprokit):\n    return [reprokit]\n\n"
        "@pytest.mark.parametrize('size', [1, 2, 3])\ndef test_one(reprokit, size):\n"
        "    reprokit[0].check(mx.ones(size))\n"
    )
    tested.accept()
    tested.run().stdout.fnmatch_lines(["3 accepted on *"])


def test_what_wider_fixtures_set_up_counts(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run before the key of the environment is made."""
    monkeypatch.setenv("MLX_ENABLE_TF32", "1")
    tested.write(
        "import os\n\n@pytest.fixture(scope='session')\ndef exact():\n"
        "    os.environ['MLX_ENABLE_TF32'] = '0'\n\n"
        "def test_one(reprokit, exact):\n    reprokit.check(mx.ones(3))\n"
    )
    tested.update()
    assert [it.key.tf32 for it in tested.read().tables] == [False]


@pytest.mark.parametrize(
    "value",
    [
        "np.ma.masked_array(np.ones(3, 'float32'), mask=[0, 1, 0])",
        "array.array('f', [1, 1, 1])",
        "memoryview(np.ones(3, 'float32'))",
    ],
)
def test_what_only_has_the_same_bytes_is_not_the_same(tested: TestedProject, value: str) -> None:
    """Neither at first nor once an array of the kind was met."""
    body = (
        "import array\n\n@pytest.mark.parametrize('turn', range(2))\n"
        "def test_one(reprokit, turn):\n    reprokit.check({}, name='a')\n\n"
        "def test_two(reprokit):\n    reprokit.check(np.ones(3, 'float32'))\n"
    )
    tested.write(body.format("np.ones(3, 'float32')"))
    tested.accept()
    tested.write(body.format(value))
    tested.run().assert_outcomes(failed=2, passed=1)
    tested.run("test_a.py::test_two", "test_a.py::test_one").assert_outcomes(failed=2, passed=1)
