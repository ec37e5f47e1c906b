"""What `--reprokit-update` writes, and what it leaves out, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.pytest_plugin.pending import _tells_folder
from reprokit.store import baselines
from tests.pytest_plugin.runs import LOADED

if TYPE_CHECKING:
    from tests.pytest_plugin.runs import TestedProject

pytest_plugins = ["pytester"]
assert LOADED


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ("{'x' * 2000: mx.ones(3)}", "leaves[0].name"),
        ("[mx.ones(1)] * 10_001", "leaves"),
    ],
)
def test_what_does_not_fit_is_left_out_alone(tested: TestedProject, tree: str, words: str) -> None:
    """It is told by its test, and the run fails; what others gave is written."""
    tested.write(
        f"def test_odd(reprokit):\n    reprokit.check({tree})\n\n"
        "def test_good(reprokit):\n    reprokit.check(mx.ones(3))\n"
    )
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    assert set(tested.list_entries()) == {"test_a.py::test_good"}
    (line,) = [it for it in done.stdout.lines if it.startswith("not written: ")]
    assert line.startswith("not written: `test_a.py::test_odd` does not fit into a baseline: ")
    assert words in line
    assert "(line " not in line


def test_what_would_be_too_large_to_read_is_not_written(
    tested: TestedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that is there stays, and the test with most bytes is named."""
    body = """
@pytest.mark.parametrize("size", range({}))
def test_many(reprokit, size):
    reprokit.check(mx.full(1024, size))
"""
    tested.write(body.format(2))
    tested.accept()
    before = tested.path.read_bytes()
    monkeypatch.setattr(baselines, "LARGEST_BYTES", 30_000)
    tested.write(body.format(5))
    done = tested.run("--reprokit-update")
    assert done.ret == 1
    text = done.stdout.str()
    assert "and no more than 30000 are read" in text
    assert "(`test_a.py::test_many` 40960)" in text
    assert tested.path.read_bytes() == before
    tested.write(body.format(2))
    tested.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("tests/home/ada/test_r.py::test_good", False),
        ("tests/test_r.py::test_good[/home/adam/x]", False),
        ("tests/test_r.py::test_good[a/home/ada/x]", False),
        ("tests/test_r.py::test_good[/home/ada/x]", True),
        ("tests/test_r.py::test_good[/home/ada]", True),
        ("tests/test_r.py::test_good[3-/home/ada-file]", True),
        ("tests/test_r.py::test_good[file:///home/ada/x]", True),
    ],
)
def test_a_folder_is_told_by_a_path_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, *, tells: bool
) -> None:
    """Not by a folder of the project that happens to be called as one of the machine."""
    monkeypatch.setenv("HOME", "/home/ada")
    assert _tells_folder(name) is tells
