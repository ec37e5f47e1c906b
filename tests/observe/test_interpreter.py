"""The Python that runs this, and who installed it."""

from __future__ import annotations

import platform
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.observe import interpreter
from reprokit.observe.gaps import GapCollector, UnknownFactError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("prefix", "manager"),
    [
        ("/home/u/.local/share/uv/python/cpython-3.13.2-linux-x86_64-gnu", "uv"),
        ("/opt/pythons/cpython-3.14.0+freethreaded-macos-aarch64-none", "uv"),
        ("/opt/pythons/cpython-3.13-macos-aarch64-none", "uv"),
        ("/Users/u/.pyenv/versions/3.12.1", "pyenv"),
        ("/opt/pyenv/versions/3.12.1", "pyenv"),
        ("/opt/homebrew/opt/python@3.13/Frameworks/Python.framework/Versions/3.13", "homebrew"),
        ("/usr/local/Cellar/python@3.12/3.12.1/Frameworks", "homebrew"),
        ("/home/linuxbrew/.linuxbrew/opt/python@3.13", "homebrew"),
        ("/Library/Frameworks/Python.framework/Versions/3.13", "python.org"),
        ("/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework", "system"),
        ("/usr", "system"),
    ],
)
def test_who_installed_it(prefix: str, manager: str) -> None:
    """An installer is known by the folder it uses; conda by the records it keeps in any folder."""
    assert interpreter.find_manager(prefix, is_conda=False) == manager
    assert interpreter.find_manager(prefix, is_conda=True) == "conda"


@pytest.mark.parametrize("prefix", ["/usr/local", "/home/someone/python", "", "/opt/homebrewed"])
def test_an_unknown_installer_is_a_gap(prefix: str) -> None:
    """Another folder tells nothing, and is not named."""
    with pytest.raises(UnknownFactError) as caught:
        interpreter.find_manager(prefix, is_conda=False)
    assert "someone" not in str(caught.value)


@given(st.text())
def test_any_folder_gives_a_manager_or_a_reason(prefix: str) -> None:
    """No folder makes it fail in another way than with a reason."""
    collector = GapCollector()
    found = collector.ask("a.b", lambda: interpreter.find_manager(prefix, is_conda=False))
    assert (found is None) == bool(collector.gaps)


def test_conda_keeps_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conda is known by its folder conda-meta."""
    (tmp_path / "conda-meta").mkdir()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert interpreter.read_manager() == "conda"


def test_observe_interpreter() -> None:
    """What runs this test is known, and no path of it is told."""
    collector = GapCollector()
    python = interpreter.observe_interpreter(collector)
    assert python.implementation == platform.python_implementation()
    assert python.version == platform.python_version()
    assert (python.manager is None) == ("python.manager" in {gap.fact for gap in collector.gaps})
    assert python.free_threaded is interpreter.runs_without_lock()
    assert sys.base_prefix not in repr((python, collector.gaps))


def test_build_and_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build and compiler are as the interpreter tells, without needless white space."""
    monkeypatch.setattr(platform, "python_build", lambda: ("", "Oct 16 2024 08:56:36"))
    monkeypatch.setattr(platform, "python_compiler", lambda: "Clang 18.1.8 ")
    assert interpreter.read_build() == "Oct 16 2024 08:56:36"
    assert interpreter.read_compiler() == "Clang 18.1.8"


def test_an_interpreter_that_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is told, or in a form that Python itself cannot read, it is unknown."""

    def refuse() -> str:
        raise ValueError("failed to parse")

    for answer in (refuse, str):
        monkeypatch.setattr(platform, "python_build", answer)
        monkeypatch.setattr(platform, "python_compiler", answer)
        with pytest.raises(UnknownFactError, match="does not tell its build"):
            interpreter.read_build()
        with pytest.raises(UnknownFactError, match="does not tell its compiler"):
            interpreter.read_compiler()


@pytest.mark.parametrize(
    ("disabled", "enabled", "expected"),
    [(1, False, True), (1, True, False), (0, True, False), (None, True, False)],
)
def test_free_threaded(
    monkeypatch: pytest.MonkeyPatch, disabled: int | None, *, enabled: bool, expected: bool
) -> None:
    """A free-threaded build counts as such only while the lock is off."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: disabled)
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: enabled, raising=False)
    assert interpreter.runs_without_lock() is expected
