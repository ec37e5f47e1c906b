"""What all tests of a process share: the family, its key, and what its baseline holds."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import ManifestError, ReprokitError
from reprokit.model.baseline_key import TF32_VARIABLE, make_key_of_wheels
from reprokit.model.names import ACCEPTED, name_family
from reprokit.numerics.backend import read_gpu_architecture
from reprokit.observe.quick_facts import (
    cpu_architecture,
    find_manifests_folder,
    observe_native_wheels,
)
from reprokit.pytest_plugin import FIXTURE, UPDATE, gather_results, runs_unattended
from reprokit.pytest_plugin.checker import ResultChecker
from reprokit.store.held_results import keep_held, read_kept, stamp_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reprokit.model.baseline import Baseline
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.pytest_plugin import Results


_REPORTER = "reprokit-reporter"


class TestedBaseline:
    """The baseline of this machine's family, read once in a process.

    Attributes:
        root: The project's folder.
        family: This machine's family.
        key: What its results go by.
        place: Both, as reports carry them.
        held: What they are held against, by id.
        unattended: Whether this is CI.
        updating: Whether what is new or changed is to be written.
        watch: Sees to it that reports are looked at from now on.
        refusals: What checks have raised since the last report: the test may have caught it.

    Raises:
        ReprokitError: Where there is no project, or the baseline is wrong.
    """

    __test__ = False

    def __init__(self, start: Path, *, updating: bool, watch: Callable[[], None]) -> None:
        self.root, self._folder = find_manifests_folder(start) or _read_settings(start)
        self.family = observe_family()
        self.key = observe_key()
        self.place = (self.family, self.key.mlx, self.key.wheel, self.key.tf32)
        self.unattended = runs_unattended()
        self.updating = updating
        self.watch = watch
        self._baseline: Baseline | None = None
        self.held = self._read_held()
        self.refusals: list[str] = []

    def _read_held(self) -> dict[str, str]:
        path = self._folder / ACCEPTED / f"{self.family}.toml"
        try:
            stamp = stamp_file(path)
        except OSError:
            return self._read_file(path)  # which tells what is wrong
        if stamp is None:
            return {}
        of = (self.family, stamp, self.key)
        held = None if self.unattended else read_kept(self.root, *of)
        if held is None:
            held = self._read_file(path)
            if not self.unattended and stamp_file(path) == stamp:
                keep_held(self.root, *of, held)
        return held

    def _read_file(self, path: Path) -> dict[str, str]:
        from reprokit.store.baseline_index import (
            LARGEST_BYTES,
            index_baseline,
            index_text,
            list_held,
        )
        from reprokit.store.regular_file import read_regular

        try:
            content = read_regular(path, most_bytes=LARGEST_BYTES, where=path.name)
        except ManifestError:
            content = b""  # reading it whole tells what is wrong
        index = index_text(content, self.family)
        return list_held(index_baseline(self.baseline) if index is None else index, self.key)

    @property
    def known(self) -> bool:
        """Whether anything was ever decided for the family."""
        return bool(self.baseline.tables)

    @property
    def baseline(self) -> Baseline:
        """The whole of it, read when it is first asked for."""
        if self._baseline is None:
            from reprokit.store.baselines import read_baseline

            self._baseline = read_baseline(self._folder, self.family, root=self.root)
        return self._baseline


def _read_settings(start: Path) -> tuple[Path, Path]:
    from reprokit.observe.project import read_settings

    settings = read_settings(start)
    return settings.root, settings.manifests_path


def observe_family() -> str:
    """Name this machine's family, as a snapshot does; MLX is loaded for it."""
    return name_family(
        read_gpu_architecture(),
        system="macos" if sys.platform == "darwin" else "linux",
        cpu_architecture=cpu_architecture(),
    )


def observe_key() -> BaselineKey:
    """Make the key of what is installed here, as that of a snapshot is made."""
    return make_key_of_wheels(observe_native_wheels(), tf32=os.environ.get(TF32_VARIABLE))


_PLUGIN = gather_results.__module__


class Opener:
    """Gives tests their checkers, in the process that runs the tests.

    Before the first, the baseline is read. While results are as they were accepted, nothing looks
    at reports: their names are given on in the end. A worker of pytest-xdist gives them on by
    reports, and what is to be written depends on what comes of its test; so reports are looked at
    there from the first test on.

    Attributes:
        item: The test that runs.
        checker: Its checker, where it has one.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.item: pytest.Item | None = None
        self.checker: ResultChecker | None = None
        self._plugins = config.pluginmanager
        updating = bool(config.getoption(UPDATE))
        try:
            self.tested = TestedBaseline(config.rootpath, updating=updating, watch=self._watch)
        except ReprokitError as error:
            self._trouble = f"reprokit: {error}"
            return
        self._trouble = ""
        grouped = config.getoption("loadgroup", default=False)
        self._named_by_pytest = config.rootpath == self.tested.root and not grouped
        self._accepted: list[str] = []
        self.results: Results | None = None
        if not hasattr(config, "workerinput"):
            self.results = gather_results(config)
            import_module("reprokit.pytest_plugin.gathering")  # now, while modules load fast
        if updating or self.results is None:
            self._watch()
        self._plugins.register(self, "reprokit-opener")  # behind the results: it ends before them

    def _watch(self) -> None:
        if not self._plugins.has_plugin(_REPORTER):
            from reprokit.pytest_plugin.reporting import Reporter

            self._plugins.register(Reporter(self), _REPORTER)

    def find_checker(self, item: pytest.Item) -> ResultChecker:
        """Find the checker of a test, or make it.

        The test fails where there is no project, or a wrong baseline.
        """
        if self._trouble:
            pytest.fail(self._trouble, pytrace=False)
        if self.checker is not None and self.item is item:
            return self.checker
        return self._open_checker(item)

    def _open_checker(self, item: pytest.Item) -> ResultChecker:
        self.item = item
        self.checker = ResultChecker(self.tested, self._name_test(item))
        return self.checker

    def _name_test(self, item: pytest.Item) -> str:
        if self._named_by_pytest:
            return item.nodeid
        from reprokit.pytest_plugin.naming import name_test

        return name_test(item, self.tested.root)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give a test its checker before pytest does, which takes 60 us for any fixture.

        The first test has got its own by the fixture, after all fixtures of a wider scope.
        """
        self._end_checker()
        if _asks_for_ours(item):
            item.funcargs[FIXTURE] = self._open_checker(item)  # type: ignore[attr-defined]

    def _end_checker(self) -> None:
        if self.checker is not None:
            self._accepted += self.checker.end()
        self.item = self.checker = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Give on what was accepted."""
        self._end_checker()
        if self.results is not None and self._accepted:
            self.results.take({"place": self.tested.place, "accepted": self._accepted})


def _asks_for_ours(item: pytest.Item) -> bool:
    """Tell whether a test names the fixture, and nobody has put another one in its place."""
    info = getattr(item, "_fixtureinfo", None)  # pytest's own; without it, pytest gives the fixture
    definitions = info.name2fixturedefs.get(FIXTURE) if info is not None else None
    return bool(definitions and definitions[-1].func.__module__ == _PLUGIN)
