"""What is kept of a worker's output when it crashed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.observe.privacy import scrub
from reprokit.run.last_words import read_last_words

TRACE = """\
Fatal Python error: Segmentation fault

Thread 0x00007fb4619ff6c0 (most recent call first):
  File "{root}/other.py", line 5 in wait
  File "{stdlib}/threading.py", line 982 in run

Current thread 0x00007fb462bf7b80 (most recent call first):
  File "{root}/work.py", line 7 in inner
  File "{root}/work.py", line 9 in outer
  File "{package}/run/execute.py", line 156 in _evaluate
  File "<frozen runpy>", line 198 in _run_module_as_main

Thread 0x00007fb462bf7b81 (most recent call first):
  File "{root}/third.py", line 6 in wait

Extension modules: mlx.core (total: 1)
"""
READ = """
import sys
from reprokit.run.last_words import read_last_words
print(read_last_words(sys.stdin.read()))
"""


def fill(text: str) -> str:
    """Put this machine's folders into a text."""
    package = Path(scrub.__code__.co_filename).parents[1]
    return text.format(root=Path.cwd(), package=package, stdlib=Path(subprocess.__file__).parent)


def test_the_call_that_crashed_stands_last() -> None:
    """Other threads come first; the worker's own frames and the modules are left out."""
    assert read_last_words(fill("said before\n" + TRACE)).splitlines() == [
        "said before",
        "Fatal Python error: Segmentation fault",
        '  File "<project>/other.py", line 5 in wait',
        '  File "<project>/third.py", line 6 in wait',
        '  File "<project>/work.py", line 9 in outer',
        '  File "<project>/work.py", line 7 in inner',
    ]


def test_deep_recursion_leaves_the_innermost_call() -> None:
    """What does not fit is cut off at the outer end."""
    frames = "".join(f'  File "work.py", line {number} in deep\n' for number in range(100))
    words = read_last_words(f"Fatal Python error: Aborted\n\nCurrent thread 0x0 (most):\n{frames}")
    assert words.endswith('  File "work.py", line 0 in deep')
    assert len(words) <= 2000


def test_escaped_folders_are_recognised(tmp_path: Path) -> None:
    """A real traceback of `faulthandler` writes a folder's other letters as escapes."""
    project, elsewhere = tmp_path / "Zoë 😀", tmp_path / "Ωmega Zoë"
    for folder in (project, elsewhere):
        folder.mkdir()
        (folder / f"fail{len(folder.name)}.py").write_text(
            "import os\nos.abort()\n", encoding="utf-8"
        )
    for script in (project / "fail5.py", elsewhere / "fail9.py"):
        crash = [sys.executable, "-X", "faulthandler", str(script)]
        printed = subprocess.run(crash, capture_output=True, check=False).stderr
        assert b"\\xeb" in printed
        read = [sys.executable, "-c", READ]
        done = subprocess.run(read, input=printed, capture_output=True, cwd=project, check=True)
        place = "<project>" if script.parent == project else "<path>"
        last = done.stdout.decode().splitlines()[-1]
        assert last == f'  File "{place}/{script.name}", line 2 in <module>'


@given(st.text(st.sampled_from('\nFile "Tx0mU\\ud8, lineFatal Python error: ()!')) | st.text())
def test_other_text_is_scrubbed_and_shortened(printed: str) -> None:
    """Whatever a probe prints, it is no error, and is short."""
    words = read_last_words(f"{printed}\n{'x' * 10}")
    assert len(words) <= 2000
    assert words.endswith("x" * 10) or "Fatal Python error" in words


@pytest.mark.parametrize("escape", ["\\Uffffffff", "\\U0010ffff", "\\ud800", "\\x00", "\\u00"])
def test_any_escape_can_be_read(escape: str) -> None:
    """A probe can print what no interpreter would."""
    words = read_last_words(f'  File "{escape}", line 1 in f\n')
    assert words.endswith(", line 1 in f")
    words.encode("utf-8")
