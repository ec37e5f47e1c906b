"""What all tests of a process share: the family, its key, and what its baseline holds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

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
    PENDING,
    UPDATE,
    gather_results,
    runs_unattended,
)
from reprokit.pytest_plugin.checker import ResultChecker
from reprokit.pytest_plugin.naming import TestNames
from reprokit.store.held_results import keep_index, list_held, read_kept_index, stamp_file

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from reprokit.model.baseline import Baseline, BaselineEntry
    from reprokit.model.baseline_key import BaselineKey
    from reprokit.store.held_results import Index


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
        self._index = self._read_index()
        self.held = list_held(self._index, self.key)
        self._accepted: set[str] = set()
        self._others: set[str] = set()

    def _read_index(self) -> Index:
        path = self._folder / ACCEPTED / f"{self.family}.toml"
        try:
            stamp = stamp_file(path)
        except OSError:
            return self._read_file(path)  # which tells what is wrong
        if stamp is None:
            return {}
        index = read_kept_index(self.root, self.family, stamp)
        if index is None:
            index = self._read_file(path)
            if not self.unattended and stamp_file(path) == stamp:
                keep_index(self.root, self.family, stamp, index)
        return index

    def _read_file(self, path: Path) -> Index:
        from reprokit.store.baseline_index import LARGEST_BYTES, index_baseline, index_text
        from reprokit.store.regular_file import read_regular

        try:
            content = read_regular(path, most_bytes=LARGEST_BYTES, where=path.name)
        except ManifestError:
            content = b""  # reading it whole tells what is wrong
        index = index_text(content, self.family)
        return index_baseline(self.baseline) if index is None else index

    def count_results(
        self, accepted: list[str], others: list[dict[str, Any]]
    ) -> tuple[int, list[str]]:
        """Remember results of this process, and find those that were otherwise before.

        Args:
            accepted: The names of those that are accepted.
            others: Those that are not.

        Returns:
            How many are accepted for the first time, less those that no longer count as accepted;
            and the names of those that were accepted once and were something else once.
        """
        before = len(self._accepted)
        unrepeated: set[str] = set()
        if others or self._others:
            names = {it["id"] for it in others}
            unrepeated = self._others.intersection(accepted) | (self._accepted & names)
            self._others |= names
        self._accepted.update(accepted)
        self._accepted -= unrepeated
        return len(self._accepted) - before, sorted(unrepeated)

    @property
    def known(self) -> bool:
        """Whether anything was ever decided for the family."""
        return bool(self._index)

    @property
    def baseline(self) -> Baseline:
        """The whole of it, read when it is first asked for."""
        if self._baseline is None:
            from reprokit.store.baselines import read_baseline

            self._baseline = read_baseline(self._folder, self.family, root=self.root)
        return self._baseline

    def find_elsewhere(self, name: str) -> tuple[BaselineKey, BaselineEntry] | None:
        """Find what was decided under another key, as of another MLX."""
        if all(name not in held for held in self._index.values()):
            return None
        return self.baseline.find_elsewhere(self.key, name)


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


_CHECKER = pytest.StashKey[ResultChecker]()


class Opener:
    """Makes checkers for the tests of a process; before the first, the baseline is read."""

    def __init__(self, config: pytest.Config) -> None:
        self._tested = _read_baseline(config)
        if not isinstance(self._tested, str):
            self._names = TestNames(config, self._tested.root)
        config.pluginmanager.register(_Attaching(), "reprokit-attaching")
        gather_results(config)

    def open_checker(self, item: pytest.Item) -> ResultChecker:
        """Make a test's checker; the test fails where there is no project, or a wrong baseline."""
        if isinstance(self._tested, str):
            pytest.fail(self._tested, pytrace=False)
        checker = ResultChecker(self._tested, self._names.name_test(item))
        item.stash[_CHECKER] = checker
        return checker


def _read_baseline(config: pytest.Config) -> TestedBaseline | str:
    try:
        return TestedBaseline(config.rootpath, updating=bool(config.getoption(UPDATE)))
    except ReprokitError as error:
        return f"reprokit: {error}"


class _Attaching:
    """Puts results on reports, in the process that runs the tests."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report of a test carry its results."""
        report = yield
        checker = item.stash.get(_CHECKER, None)
        if checker is None or (report.when == "setup" and report.passed):
            return report
        refusals = checker.take_refusals()
        if refusals and not report.failed:
            _fail(report, refusals)
        sent = checker.take_results(failed=not report.passed)
        if sent is not None:
            setattr(report, ATTRIBUTE, sent)
            if "others" in sent and report.passed:
                report.outcome = "skipped"
                report.wasxfail = PENDING
        if report.when == "teardown":
            del item.stash[_CHECKER]  # pytest keeps tests until it ends
        return report


def _fail(report: pytest.TestReport, refusals: list[str]) -> None:
    """Let a test fail that caught what the fixture raised, unless it is marked to fail."""
    if report.skipped and hasattr(report, "wasxfail"):
        return
    if hasattr(report, "wasxfail"):
        del report.wasxfail  # it passed in spite of its mark
    report.outcome = "failed"
    report.longrepr = "\n".join(["the test caught this, and went on:", *refusals])
