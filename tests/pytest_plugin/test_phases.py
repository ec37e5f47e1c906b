"""What a test does around its checks: catching, failing in another phase, running twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pytest_plugin.runs import LOADED

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]
assert LOADED

SWALLOWED = """
import unittest

STEPS = 0

def test_one(reprokit):
    try:
        reprokit.check(mx.ones(3) + STEPS)
    except AssertionError:
        pass

def test_two(reprokit):
    if STEPS:
        with pytest.raises(AssertionError):
            reprokit.check(mx.ones(4) + STEPS)
    else:
        reprokit.check(mx.ones(4) + STEPS)

@pytest.mark.xfail(strict=False)
def test_three(reprokit):
    try:
        reprokit.check(mx.ones(5) + STEPS)
    except AssertionError:
        pass

def test_four(reprokit):
    try:
        reprokit.check(mx.ones(6) + STEPS)
    except AssertionError:
        pytest.skip("not today")

def test_five(reprokit):
    reprokit.check(mx.ones(7))

def test_six(reprokit):
    try:
        reprokit.check(mx.ones(8) + STEPS)
    except AssertionError:
        pytest.xfail("not today")
"""


@pytest.mark.parametrize("unattended", [False, True])
def test_what_was_caught_fails_all_the_same(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch, *, unattended: bool
) -> None:
    """Changed and new results fail a test that catches the error, with what it said."""
    tested.write(SWALLOWED)
    tested.accept()
    tested.write(
        SWALLOWED.replace("STEPS = 0", "STEPS = 1").replace("ones(7)", "ones(7), name='a'")
    )
    if unattended:
        monkeypatch.setenv("CI", "1")
    done = tested.run()
    assert done.ret == 1
    done.assert_outcomes(failed=6)
    done.stdout.fnmatch_lines(
        [
            "the test caught this, and went on:",
            "`test_a.py::test_one` changed against the baseline of *",
            "  3 of 3 elements differ*",
            "5 changed, 1 new on *",
        ]
    )


def test_what_is_pending_and_caught_fails_in_ci(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody is there to decide, it is as bad as a change; elsewhere it stays pending."""
    tested.write(SWALLOWED)
    tested.update()
    assert tested.run().parseoutcomes() == {"pending": 6}
    monkeypatch.setenv("CI", "1")
    done = tested.run()
    done.assert_outcomes(failed=6)
    done.stdout.fnmatch_lines(["the test caught this*", "`test_a.py::test_one` is pending*"])


def test_what_is_marked_to_fail_may_fail(tested: TestedProject) -> None:
    """A mark is seen by who reads the test; a caught change in it stays an expected failure."""
    tested.write(
        """
import unittest

@pytest.mark.xfail
def test_one(reprokit):
    try:
        reprokit.check(mx.ones(3))
    except AssertionError:
        raise ValueError

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def put(self, reprokit):
        self.reprokit = reprokit

    @unittest.expectedFailure
    def test_two(self):
        self.reprokit.check(mx.ones(4))
"""
    )
    tested.run().assert_outcomes(xfailed=2)


REFUSED = """
def test_twice(reprokit):
    reprokit.check(mx.ones(3))
    if STEPS:
        with pytest.raises(Exception):
            reprokit.check(mx.ones(3) + STEPS)

def test_type(reprokit):
    try:
        reprokit.check([1.0] if STEPS else mx.ones(3))
    except Exception:
        pass

def test_digest(reprokit):
    try:
        reprokit.check_digest("a" * (64 - STEPS))
    except Exception:
        pass

def test_singular(reprokit):
    matrix = mx.zeros((2, 2)) if STEPS else mx.eye(2)
    try:
        reprokit.check(mx.linalg.inv(matrix, stream=mx.cpu))
    except Exception:
        pass
"""


def test_what_could_not_be_held_fails_all_the_same(tested: TestedProject) -> None:
    """A name that is taken, a value without bytes, a wrong digest, what MLX cannot compute."""
    tested.write("STEPS = 0\n" + REFUSED)
    tested.accept()
    tested.write("STEPS = 1\n" + REFUSED)
    done = tested.run()
    done.assert_outcomes(failed=4)
    done.stdout.fnmatch_lines(
        [
            "the test caught this*",
            "UsageError: *`test_a.py::test_twice` is checked twice in one test*",
            "TypeError: *",
            "UsageError: digest: is no sha256*",
        ]
    )


LATER = """
KEPT = []

@pytest.fixture(scope="module", autouse=True)
def ending():
    yield
    try:
        KEPT[0].check(mx.ones(5), name="end")
    except Exception:
        pass

def test_keep(reprokit):
    KEPT.append(reprokit)
    reprokit.check(mx.ones(3))

def test_use_later():
    try:
        KEPT[0].check(mx.ones(4), name="later")
    except Exception:
        pass

def test_last(reprokit):
    reprokit.check(mx.ones(6))
"""


@pytest.mark.parametrize("options", [(), ("--reprokit-update",)])
def test_a_test_that_has_ended_checks_nothing(
    tested: TestedProject, options: tuple[str, ...]
) -> None:
    """Its results are told; a checker that is used later is an error of who does, caught or not."""
    tested.write(LATER.replace("KEPT[0].check", "print"))
    tested.accept()
    tested.write(LATER)
    done = tested.run(*options)
    done.assert_outcomes(passed=2, failed=1, errors=1)
    done.stdout.fnmatch_lines(
        ["the test caught this*", "*`test_a.py::test_keep` has ended*", "2 accepted on *"]
    )


PHASES = """
@pytest.fixture
def late(reprokit):
    yield
    reprokit.check(mx.ones(5), name="late")

@pytest.fixture
def broken_behind():
    yield
    raise ValueError

@pytest.fixture
def broken_before(reprokit):
    reprokit.check(mx.ones(3))
    raise ValueError

def test_good(late, reprokit):
    reprokit.check(mx.ones(3))

def test_ends_badly(broken_behind, reprokit):
    reprokit.check(mx.ones(3))

def test_fails_first(late, reprokit):
    reprokit.check(mx.ones(3))
    raise ValueError

def test_begins_badly(late, broken_before):
    pass

def test_parts(subtests, reprokit):
    with subtests.test("one"):
        reprokit.check(mx.ones(3), name="one")
    with subtests.test("two"):
        raise ValueError
"""


def test_nothing_of_a_failed_test_is_written(tested: TestedProject) -> None:
    """Whichever phase or part of it failed, before or behind the result."""
    tested.write(PHASES)
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    assert set(tested.list_entries()) == {"test_a.py::test_good", "test_a.py::test_good#late"}


RERUN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for last in (False, True):
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            again = report.failed and not last
            if again:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
            if again:
                break
        else:
            return True
    return True

def pytest_report_teststatus(report):
    if report.outcome == "rerun":
        return "rerun", "R", "RERUN"
"""
"""Runs a failed test once more, and leaves reports out, as pytest-rerunfailures does."""

FLAKY = """
import os

VALUES = [1, 1]
runs = []

def test_one(reprokit):
    runs.append(1)
    reprokit.check(mx.ones(3) * VALUES[len(runs) - 1])
    assert len(runs) > 1 or "ONCE" not in os.environ
"""


def test_what_does_not_repeat_fails_a_rerun(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that is right the second time is told, and the run fails, here and in CI."""
    tested.write(FLAKY)
    tested.accept()
    tested.write(FLAKY.replace("[1, 1]", "[2, 1]"))
    (tested.root / "conftest.py").write_text(RERUN)
    before = tested.path.read_bytes()
    for unattended in (False, True):
        if unattended:
            monkeypatch.setenv("CI", "1")
        done = tested.run()
        assert done.ret == 1
        assert done.parseoutcomes() == {"rerun": 1, "passed": 1}
        done.stdout.fnmatch_lines(
            [
                "1 does not repeat on *",
                "  does not repeat  test_a.py::test_one: 3 of 3 elements differ*",
                "next: find why one run gave two results*",
            ]
        )
        assert "--reprokit-update" not in done.stdout.str()
    assert tested.path.read_bytes() == before


@pytest.mark.parametrize("values", ["[1, 2]", "[2, 3]", "[2, 1]"])
def test_what_does_not_repeat_in_a_rerun_is_not_written(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch, values: str
) -> None:
    """Where the test failed for another reason, and gave something else then."""
    tested.write(FLAKY)
    tested.accept()
    before = tested.path.read_bytes()
    tested.write(FLAKY.replace("[1, 1]", values))
    (tested.root / "conftest.py").write_text(RERUN)
    monkeypatch.setenv("ONCE", "1")
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["not written: `test_a.py::test_one` gave two results in this run"])
    assert tested.path.read_bytes() == before


def test_a_rerun_that_repeats_is_as_good(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result is counted once, and written where it is new."""
    tested.write(FLAKY)
    (tested.root / "conftest.py").write_text(RERUN)
    monkeypatch.setenv("ONCE", "1")
    tested.accept()
    done = tested.run()
    assert done.ret == 0
    assert done.parseoutcomes() == {"rerun": 1, "passed": 1}
    done.stdout.fnmatch_lines(["1 accepted on *"])


def test_two_tests_under_one_name_do_not_repeat(tested: TestedProject) -> None:
    """Where one gives what is accepted, and the other does not."""
    body = """
@pytest.mark.parametrize("size", [3, 4])
def test_one(reprokit, size):
    reprokit.check(mx.ones(size), full_name="ones")
"""
    tested.write(body.replace("4", "3", 1).replace("[3, 3]", "[3]"))
    tested.accept()
    before = tested.path.read_bytes()
    tested.write(body)
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["1 does not repeat on *", "not written: `ones` gave two results*"])
    assert tested.path.read_bytes() == before
