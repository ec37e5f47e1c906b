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
from reprokit.pytest_plugin import (
    ATTRIBUTE,
    FIXTURE,
    PENDING,
    UPDATE,
    gather_results,
    runs_unattended,
)
from reprokit.pytest_plugin.checker import ResultChecker
from reprokit.store.held_results import keep_held, read_kept, stamp_file

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from reprokit.model.baseline import Baseline
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.pytest_plugin import Results


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
        refusals: What checks have raised since the last report: the test may have caught it.

    Raises:
        ReprokitError: Where there is no project, or the baseline is wrong.
    """

    __test__ = False

    def __init__(self, start: Path, *, updating: bool) -> None:
        self.root, self._folder = find_manifests_folder(start) or _read_settings(start)
        self.family = observe_family()
        self.key = observe_key()
        self.place = (self.family, self.key.mlx, self.key.wheel, self.key.tf32)
        self.unattended = runs_unattended()
        self.updating = updating
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
    """Gives tests their checkers, and takes their results, in the process that runs the tests.

    Before the first, the baseline is read.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._item: pytest.Item | None = None
        self._checker: ResultChecker | None = None
        try:
            tested = TestedBaseline(config.rootpath, updating=bool(config.getoption(UPDATE)))
        except ReprokitError as error:
            self._trouble = f"reprokit: {error}"
            return
        self._trouble = ""
        self._tested = tested
        grouped = config.getoption("loadgroup", default=False)
        self._named_by_pytest = config.rootpath == tested.root and not grouped
        config.pluginmanager.register(self, "reprokit-opener")
        self._results: Results | None = None
        if not hasattr(config, "workerinput"):
            self._results = gather_results(config)
            import_module("reprokit.pytest_plugin.gathering")  # now, while modules load fast

    def find_checker(self, item: pytest.Item) -> ResultChecker:
        """Find the checker of the test that runs, or make it.

        The test fails where there is no project, or a wrong baseline.
        """
        if self._trouble:
            pytest.fail(self._trouble, pytrace=False)
        if self._checker is not None and self._item is item:
            return self._checker
        return self._open_checker(item)

    def _open_checker(self, item: pytest.Item) -> ResultChecker:
        self._item = item
        self._checker = ResultChecker(self._tested, self._name_test(item))
        return self._checker

    def _name_test(self, item: pytest.Item) -> str:
        if self._named_by_pytest:
            return item.nodeid
        from reprokit.pytest_plugin.naming import name_test

        return name_test(item, self._tested.root)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give a test its checker before pytest does, which takes 60 us for any fixture.

        The first test has got its own by the fixture, after all fixtures of a wider scope.
        """
        if _asks_for_ours(item):
            item.funcargs[FIXTURE] = self._open_checker(item)  # type: ignore[attr-defined]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Give on the results of a test; a worker of pytest-xdist does by its report."""
        report = yield
        if report.when == "setup" and report.outcome == "passed":
            return report
        refusals = self._tested.refusals  # of a test that has ended, too
        if refusals:
            if not report.failed:
                _fail(report, item, refusals)
            refusals.clear()
        if self._item is item and self._checker is not None:
            self._give_on(self._checker, report)
        return report

    def _give_on(self, checker: ResultChecker, report: pytest.TestReport) -> None:
        ended = report.when == "teardown"
        sent = checker.take_results(failed=_has_failed(report), ended=ended)
        if sent is not None:
            if report.outcome == "passed" and "others" in sent:
                report.outcome = "skipped"
                report.wasxfail = PENDING
            if self._results is None:
                setattr(report, ATTRIBUTE, sent)
            else:
                self._results.take(sent)
        if ended:
            self._item = self._checker = None


def _asks_for_ours(item: pytest.Item) -> bool:
    """Tell whether a test names the fixture, and nobody has put another one in its place."""
    info = getattr(item, "_fixtureinfo", None)  # pytest's own; without it, pytest gives the fixture
    definitions = info.name2fixturedefs.get(FIXTURE) if info is not None else None
    return bool(definitions and definitions[-1].func.__module__ == _PLUGIN)


def _has_failed(report: pytest.TestReport) -> bool:
    """Tell whether a part of a test failed, be it as expected; one that is skipped did not."""
    return report.failed or (report.skipped and hasattr(report, "wasxfail"))


def _fail(report: pytest.TestReport, item: pytest.Item, refusals: list[str]) -> None:
    """Let a test fail that caught what the fixture raised, unless it is marked to fail."""
    if _has_failed(report) and _is_marked_to_fail(item):
        return
    if hasattr(report, "wasxfail"):
        del report.wasxfail  # it passed in spite of its mark, or chose to be excused
    report.outcome = "failed"
    report.longrepr = "\n".join(["the test caught this, and went on:", *refusals])


def _is_marked_to_fail(item: pytest.Item) -> bool:
    """Tell whether who reads a test sees that it is to fail, by pytest's mark or unittest's."""
    function = getattr(item, "obj", None)
    unittests_mark = getattr(function, "__unittest_expecting_failure__", False)
    return item.get_closest_marker("xfail") is not None or bool(unittests_mark)
