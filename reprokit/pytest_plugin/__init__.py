"""The pytest plugin: a fixture `reprokit` that holds results of tests against the baseline.

Every run of pytest loads this where reprokit is installed, so nothing of ours is imported here.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec

    from reprokit.pytest_plugin.checker import ResultChecker
    from reprokit.pytest_plugin.gathering import Gathering
    from reprokit.pytest_plugin.session import Opener


FIXTURE = "reprokit"
UPDATE = "--reprokit-update"
ATTRIBUTE = "reprokit_results"
"""What a report carries its test's results in; pytest-xdist sends it along."""

PENDING = "reprokit: pending"
"""Why a test that passed does not count as passed."""

_RESULTS = "reprokit-results"
_PACKAGE = __name__.partition(".")[0] + "."
_OPENER: pytest.StashKey[Opener] = pytest.StashKey()

_running: list[pytest.Item] = []
"""The test that runs; behind it those that run pytest themselves."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("reprokit").addoption(
        UPDATE,
        action="store_true",
        help="Write results that are new or changed to the baseline, as pending; not in CI.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what CI must not do; in xdist's controller, which runs no test, gather results."""
    if hasattr(config, "workerinput"):
        return
    if config.getoption(UPDATE) and runs_unattended():
        msg = f"{UPDATE} writes nothing in CI: run it where somebody can review"
        raise pytest.UsageError(msg)
    if config.getoption("dist", "no") != "no":
        config.pluginmanager.register(_Arriving(gather_results(config)), "reprokit-arriving")


def gather_results(config: pytest.Config) -> Results:
    """Gather the results of a run, in the process that tells of them."""
    results: Results | None = config.pluginmanager.get_plugin(_RESULTS)
    if results is None:
        results = Results(config)
        config.pluginmanager.register(results, _RESULTS)
    return results


def runs_unattended(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this is a run of continuous integration; nothing is loaded where it is not."""
    if not environment.get("CI"):
        return False
    from reprokit.observe import variables

    return variables.runs_unattended(environment)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep at hand which test runs."""
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.pop()


@pytest.fixture(name=FIXTURE)
def find_checker() -> ResultChecker:
    """Hold results against the baseline of this machine's family: `reprokit.check(array)`."""
    item = _running[-1]  # `request` would tell it, too, but pytest makes one for each test then
    stash = item.config.stash
    if _OPENER not in stash:
        with _load_fast():
            from reprokit.pytest_plugin.session import Opener

            stash[_OPENER] = Opener(item.config)
    return stash[_OPENER].find_checker(item)


@contextmanager
def _load_fast() -> Iterator[None]:
    """Let Python not look for cycles, for what is loaded stays, and find our modules itself."""
    enabled = gc.isenabled()
    gc.disable()
    sys.meta_path.insert(0, _OwnModules)
    try:
        yield
    finally:
        sys.meta_path.remove(_OwnModules)  # at the end, it would keep pytest's modules alive
        if enabled:
            gc.enable()


class _OwnModules:
    """Finds modules of this package as Python does.

    Pytest's own importer takes three times as long: of each module of a plugin it keeps a second
    copy, in which it has looked for assertions.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _: object = None) -> ModuleSpec | None:
        """Find a module; None for one that is not of this package."""
        return PathFinder.find_spec(name, path) if name.startswith(_PACKAGE) else None


class Results:
    """Takes the results of tests, and tells of them in the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._gathering: Gathering | None = None
        self._any_pending = False

    def take(self, sent: dict[str, Any]) -> None:
        """Take the results of a test, before its report is shown."""
        if self._gathering is None:
            from reprokit.pytest_plugin.gathering import Gathering

            self._gathering = Gathering()
        self._gathering.add(sent)
        if "others" in sent and not self._any_pending:
            self._any_pending = True
            from reprokit.pytest_plugin.status import PendingStatus

            self._config.pluginmanager.register(PendingStatus(), "reprokit-pending-status")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what is pending, where that is asked for; what does not repeat fails the run."""
        if self._gathering is None:
            return
        if self._config.getoption(UPDATE):
            from reprokit.pytest_plugin.pending import write_pending

            write_pending(self._gathering, self._config.rootpath)
        if self._gathering.has_trouble and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell how results stand, and what to do next."""
        if self._gathering is not None:
            from reprokit.pytest_plugin.gathering import write_summary

            write_summary(self._gathering, terminalreporter)


class _Arriving:
    """Takes results out of the reports that workers of pytest-xdist send."""

    def __init__(self, results: Results) -> None:
        self._results = results

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the results of a test."""
        sent = getattr(report, ATTRIBUTE, None)
        if sent is not None:
            self._results.take(sent)
