"""What comes of results in the reports of tests, where some are not as they were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.pytest_plugin import ATTRIBUTE, PENDING

if TYPE_CHECKING:
    from collections.abc import Generator

    from reprokit.pytest_plugin.checker import ResultChecker
    from reprokit.pytest_plugin.session import Opener


class Reporter:
    """Gives on the results of each part of a test, and lets it fail or be pending for them."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Give on the results of a test; a worker of pytest-xdist does by its report."""
        report = yield
        if report.when == "setup" and report.outcome == "passed":
            return report
        refusals = self._opener.tested.refusals  # of a test that has ended, too
        if refusals:
            if not report.failed:
                _fail(report, item, refusals)
            refusals.clear()
        if self._opener.item is item and self._opener.checker is not None:
            self._give_on(self._opener.checker, report)
        return report

    def _give_on(self, checker: ResultChecker, report: pytest.TestReport) -> None:
        sent = checker.take_results(failed=_has_failed(report), ended=report.when == "teardown")
        if sent is None:
            return
        if report.outcome == "passed" and "others" in sent:
            report.outcome = "skipped"
            report.wasxfail = PENDING
        if self._opener.results is None:
            setattr(report, ATTRIBUTE, sent)
        else:
            self._opener.results.take(sent)


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
