"""What a run tells of its tests: each once, by one process, whatever parts and workers they had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pytest_plugin.runs import LOADED

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]
assert LOADED

SHARED = """
@pytest.mark.parametrize("size", [3, 4])
def test_one(reprokit, size):
    reprokit.check(mx.ones(size), full_name="ones")
"""

BY_WORKER = """
import os

def test_one(reprokit):
    worker = os.environ["PYTEST_XDIST_WORKER"]
    reprokit.check(mx.ones(4 if worker == os.environ.get("OTHER") else 3))
"""


def run_spread(tested: TestedProject, *options: str) -> pytest.RunResult:
    """Run the tests in workers of xdist."""
    return tested.pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-p", "no:cacheprovider", *options
    )


@pytest.mark.parametrize("accepted", ["3", "4", ""])
def test_workers_that_differ_do_not_repeat(tested: TestedProject, accepted: str) -> None:
    """One gives what is accepted, or is new as the other, under one name; nothing is written."""
    if accepted:
        tested.write(SHARED.replace("3, 4", accepted))
        tested.accept()
        before = tested.path.read_bytes()
    tested.write(SHARED)
    done = run_spread(tested, "-n", "2", "--reprokit-update")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["1 does not repeat on *", "not written: `ones` gave two results*"])
    assert "accepted" not in done.stdout.str().split("does not repeat", maxsplit=1)[0]
    if accepted:
        assert tested.path.read_bytes() == before
    else:
        assert not tested.path.exists()


def test_every_worker_runs_every_test(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `--dist each` a result is counted once; where workers differ, it does not repeat."""
    spread = ("--dist", "each", "--tx", "2*popen")
    tested.write(BY_WORKER)
    assert run_spread(tested, *spread, "--reprokit-update").ret == 0
    tested.path.write_text(tested.path.read_text().replace('"pending"', '"accepted"'))
    run_spread(tested, *spread).stdout.fnmatch_lines(["1 accepted on *"])
    before = tested.path.read_bytes()
    monkeypatch.setenv("OTHER", "gw1")
    done = run_spread(tested, *spread, "--reprokit-update")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["1 does not repeat on *"])
    assert tested.path.read_bytes() == before


PARTS = """
import unittest

def test_parts(subtests, reprokit):
    with subtests.test("one"):
        reprokit.check(mx.ones(3), name="one")
    with subtests.test("two"):
        pytest.skip("not today")
    with subtests.test("three"):
        pass

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def put(self, reprokit):
        self.reprokit = reprokit

    def test_unit(self):
        with self.subTest("one"):
            self.reprokit.check(mx.ones(4), name="one")
        with self.subTest("two"):
            self.skipTest("not today")

def test_skipped(reprokit):
    reprokit.check(mx.ones(5))
    pytest.skip("later")

@pytest.fixture
def late(reprokit):
    yield
    reprokit.check(mx.ones(6), name="late")

def test_late(late):
    pass

def test_both(late, reprokit):
    reprokit.check(mx.ones(7))
"""


def test_a_part_that_is_skipped_is_no_failure(tested: TestedProject) -> None:
    """What tests give is written, though a subtest of theirs, or their rest, is skipped."""
    tested.write(PARTS)
    done = tested.run("--reprokit-update")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["6 new on *", "wrote 6 pending to *"])
    assert set(tested.list_entries()) == {
        "test_a.py::test_parts#one",
        "test_a.py::TestCase::test_unit#one",
        "test_a.py::test_skipped",
        "test_a.py::test_late#late",
        "test_a.py::test_both",
        "test_a.py::test_both#late",
    }


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_a_pending_test_is_counted_once(tested: TestedProject, options: tuple[str, ...]) -> None:
    """With subtests, and a teardown; where that alone is pending, the call before it passed."""
    tested.write(PARTS)
    tested.update()
    done = run_spread(tested, *options) if options else tested.run()
    assert done.ret == 0
    counts = done.parseoutcomes()
    assert counts.pop("skipped") >= 1  # releases of pytest differ in whether they count subtests
    assert counts == {"passed": 1, "pending": 4}  # test_late passed, and then its teardown


def test_a_pending_subtest_is_named_where_parts_are(tested: TestedProject) -> None:
    """With `-v`."""
    tested.write(PARTS)
    tested.update()
    done = tested.run("-v")
    assert "SUBPENDING" in done.stdout.str()
    assert done.parseoutcomes()["pending"] == 4


LEFT = """
def test_good(reprokit):
    reprokit.check(mx.ones(3))

def test_bad(reprokit):
    reprokit.check(mx.ones(4))
    raise ValueError

@pytest.mark.xfail
def test_expected(reprokit):
    reprokit.check(mx.ones(5))
    raise ValueError
"""


def test_what_is_left_out_is_told(tested: TestedProject) -> None:
    """A result whose test failed, also as expected; that is the step where no other is left."""
    tested.write(LEFT)
    tested.run("--reprokit-update").stdout.fnmatch_lines(
        [
            "3 new on *",
            "  new  test_a.py::test_good",
            "  new  test_a.py::test_bad (not written: its test failed, or did not end)",
            "  new  test_a.py::test_expected (not written: its test failed, or did not end)",
            "wrote 1 pending *",
        ]
    )
    assert set(tested.list_entries()) == {"test_a.py::test_good"}
    tested.path.write_text(tested.path.read_text().replace('"pending"', '"accepted"'))
    tested.run("--reprokit-update").stdout.fnmatch_lines(
        ["1 accepted, 2 new on *", "next: let those tests pass, and then `pytest *-update` again"]
    )
    tested.run().stdout.fnmatch_lines(["next: if they are meant, `pytest --reprokit-update`*"])


INTERRUPTED = """
@pytest.fixture
def interrupted(reprokit):
    yield
    raise KeyboardInterrupt

def test_good(reprokit):
    reprokit.check(mx.ones(3))

def test_bad(interrupted, reprokit):
    reprokit.check(mx.ones(4))
"""


@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_what_did_not_end_is_not_written(tested: TestedProject, options: tuple[str, ...]) -> None:
    """A run that is interrupted writes what ended before."""
    tested.write(INTERRUPTED)
    done = run_spread(tested, *options, "--reprokit-update")
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(["  new  test_a.py::test_bad (not written*"])
    assert set(tested.list_entries()) == {"test_a.py::test_good"}


def test_where_nothing_is_checked_nothing_is_told(tested: TestedProject) -> None:
    """Though a test has the fixture."""
    tested.write("def test_one(reprokit):\n    pass\n")
    done = tested.run()
    assert done.ret == 0
    assert "= reprokit =" not in done.stdout.str()
