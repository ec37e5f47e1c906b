"""What becomes of results that are new, pending, accepted or changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reprokit.model.baseline import BaselineStatus, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.store.baselines import update_baseline
from tests.baselines import make_entry

if TYPE_CHECKING:
    from reprokit.model.baseline import Baseline
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]

ONE = """
STEPS = 0

def test_one(reprokit):
    bits = mx.arange(8) + 0x3F800000 + STEPS
    reprokit.check(bits.astype(mx.uint32).view(mx.float32))
"""


def change(tested: TestedProject, steps: str = "1") -> None:
    """Let the test compute numbers that are so many ulps greater."""
    path = tested.root / "test_a.py"
    path.write_text(re.sub("STEPS = .*", f"STEPS = {steps}", path.read_text()))


def test_what_is_new_fails_and_is_not_written(tested: TestedProject) -> None:
    """The family is named, and how to go on."""
    tested.write(ONE)
    done = tested.run()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "E*`test_a.py::test_one` is new: nobody has accepted it for *mlx*",
            "E*the family has no baseline yet",
            "E*hint: `pytest --reprokit-update` writes it as pending*",
            "*1 new on *",
        ]
    )
    assert not tested.path.exists()


def test_what_is_pending_never_looks_green(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither passed nor failed here, and fails in CI; nothing is written anew."""
    tested.write(ONE)
    done = tested.run("--reprokit-update", "-v")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["*test_one PENDING*", "wrote 1 pending to manifests/accepted/*"])
    assert done.parseoutcomes() == {"pending": 1}
    before = tested.path.read_bytes()
    again = tested.run("--reprokit-update")
    assert again.parseoutcomes() == {"pending": 1}
    assert "wrote" not in again.stdout.str()
    assert tested.run().parseoutcomes() == {"pending": 1}
    monkeypatch.setenv("CI", "true")
    unattended = tested.run()
    unattended.assert_outcomes(failed=1)
    unattended.stdout.fnmatch_lines(["E*is pending: nobody has accepted it*", "E*by pytest on *"])
    assert tested.path.read_bytes() == before


def test_the_entry_says_what_it_is(tested: TestedProject) -> None:
    """Pending, by nobody in particular, of no suite, with its bytes."""
    tested.write(ONE)
    tested.update()
    (entry,) = tested.list_entries().values()
    assert entry.id == "test_a.py::test_one"
    assert entry.status is BaselineStatus.PENDING
    assert (entry.suite, entry.machine, entry.definition) == ("", "", "")
    assert (entry.result.dtype, entry.result.shape) == ("float32", (8,))
    assert len(bytes.fromhex(entry.result.bits or "")) == 32
    assert entry.review.by == "pytest"
    assert entry.review.reason == "pytest --reprokit-update: new"


def test_what_is_accepted_passes(tested: TestedProject) -> None:
    """And an update leaves the file as it is, to the byte."""
    tested.write(ONE)
    tested.accept()
    before = tested.path.read_bytes()
    for options in ((), ("--reprokit-update",)):
        done = tested.run(*options)
        done.assert_outcomes(passed=1)
        done.stdout.fnmatch_lines(["1 accepted on *"])
    assert tested.path.read_bytes() == before


def test_what_changed_shows_its_elements(tested: TestedProject) -> None:
    """How many, how far, the first of them, and the worst."""
    tested.write(ONE)
    tested.accept()
    before = tested.path.read_bytes()
    change(tested)
    done = tested.run()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "E*`test_a.py::test_one` changed against the baseline of *",
            "E*accepted  * float32[[]8], by pytest on *",
            "E*8 of 8 elements differ, by up to 1 ulp, the first at [[]0]",
            "E*element*baseline*now*ulp*",
            "E*0 * 1 * 1.00000012 * +1 (worst)",
            "E*and 3 more",
        ]
    )
    assert tested.path.read_bytes() == before


def test_the_worst_element_is_shown_wherever_it_is(tested: TestedProject) -> None:
    """Behind the first few, as its index says."""
    tested.write(ONE)
    tested.accept()
    change(tested, "mx.array([1] * 7 + [-9])")
    done = tested.run()
    done.stdout.re_match_lines([r"E +4 .* \+1", r"E +7 .* -9 \(worst\)", r"E +and 2 more"])


def test_a_change_can_be_left_pending(tested: TestedProject) -> None:
    """It takes the place of what was accepted, names it, and says how far it moved."""
    tested.write(ONE)
    tested.accept()
    (accepted,) = tested.list_entries().values()
    change(tested)
    tested.update()
    (pending,) = tested.list_entries().values()
    assert pending.status is BaselineStatus.PENDING
    assert pending.review.replaces == accepted.result.digest
    assert pending.review.reason.startswith(
        f"pytest --reprokit-update: changed from {accepted.result.digest[:12]} (accepted by pytest)"
    )
    assert pending.review.reason.endswith(
        "8 of 8 elements differ, by up to 1 ulp, the first at [0]"
    )
    change(tested, "2")
    tested.update()
    (again,) = tested.list_entries().values()
    assert again.result.digest != pending.result.digest
    assert again.review.replaces == accepted.result.digest
    assert "; before that changed from " in again.review.reason
    assert again.review.reason.endswith(pending.review.reason.partition(": ")[2])


def test_a_way_back_to_what_was_accepted_is_told(tested: TestedProject) -> None:
    """By the failing test, and by what is left pending where somebody updates all the same."""
    tested.write(ONE)
    tested.accept()
    change(tested)
    tested.update()
    tested.write(ONE)
    done = tested.run()
    done.stdout.fnmatch_lines(
        ["E*hint: these are the bytes that were accepted last: `git restore*"]
    )
    tested.update()
    (pending,) = tested.list_entries().values()
    assert pending.review.reason.endswith("; these are the bytes that were accepted last")


def test_an_update_is_refused_in_ci(tested: TestedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs, and nothing is written."""
    tested.write(ONE)
    monkeypatch.setenv("CI", "1")
    done = tested.run("--reprokit-update")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*--reprokit-update writes nothing in CI*"])
    assert not tested.path.exists()


def test_what_a_failed_test_gave_is_not_written(tested: TestedProject) -> None:
    """Nor what a test gave whose fixture failed; what others gave is."""
    tested.write(
        """
def test_good(reprokit):
    reprokit.check(mx.ones(3))

def test_bad(reprokit):
    reprokit.check(mx.ones(4))
    assert False

@pytest.fixture
def broken(reprokit):
    reprokit.check(mx.ones(5))
    raise ValueError

def test_broken(broken):
    pass

@pytest.mark.xfail
def test_expected(reprokit):
    reprokit.check(mx.ones(6))
    assert False
"""
    )
    assert tested.run("--reprokit-update").ret == 1
    assert set(tested.list_entries()) == {"test_a.py::test_good"}


def test_what_does_not_repeat_is_not_written(tested: TestedProject) -> None:
    """Two results under one name in one run are told, and the run fails."""
    tested.write(
        """
@pytest.mark.parametrize("size", [3, 4])
def test_one(reprokit, size):
    reprokit.check(mx.ones(size), full_name="ones")
"""
    )
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["not written: `ones` gave two results in this run"])
    assert not tested.path.exists()


def test_what_others_decided_stays(tested: TestedProject) -> None:
    """Other tests' results, probes', other keys' and other families' stay as they are."""
    tested.write(ONE)
    tested.accept()
    folder = tested.root / "manifests"
    update_baseline(folder, tested.path.stem, add_others, root=tested.root)
    foreign = folder / "accepted" / "applegpu_g99z.toml"
    foreign.write_text("<<<<<<< not even readable\n")
    before = {(it.key, entry) for it in tested.read().tables for entry in it.entries}
    tested.write(ONE.replace("test_one", "test_two"))
    tested.update()
    after = {(it.key, entry) for it in tested.read().tables for entry in it.entries}
    assert [entry.id for _, entry in after - before] == ["test_a.py::test_two"]
    assert before < after
    assert len(before) == 4
    assert foreign.read_text() == "<<<<<<< not even readable\n"


def add_others(baseline: Baseline) -> Baseline:
    """Add a probe's result, one of a test that is gone, and one under another key."""
    (table,) = baseline.tables
    gone = make_entry("test_gone.py::test_gone", suite="", definition="")
    baseline = put_entries(baseline, table.key, [make_entry("normal-8"), gone])
    return put_entries(baseline, BaselineKey(mlx="0.0.1"), [make_entry("normal-8")])


def test_what_another_release_gave_is_told(tested: TestedProject) -> None:
    """A result that is new under this key is held against that of another one."""
    tested.write(ONE)
    tested.accept()
    text = tested.path.read_text()
    start = text.index('mlx = "')
    line = text[start : text.index("\n", start)]
    tested.path.write_text(text.replace(line, 'mlx = "0.0.1"'))
    done = tested.run()
    done.stdout.fnmatch_lines(["E*is new*", "E*under mlx 0.0.1, * (accepted): the same bytes"])
