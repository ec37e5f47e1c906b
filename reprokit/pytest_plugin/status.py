"""How tests with pending results are shown: as neither passed nor failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from reprokit.pytest_plugin import PENDING

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

Status: TypeAlias = "tuple[str, str, str | tuple[str, Mapping[str, bool]]]"
"""A category to count by, a letter, and a word with its colors; empty where nothing is shown."""

_NOTHING: Status = ("", "", "")
_YELLOW = {"yellow": True}


class PendingStatus:
    """Shows a test with pending results once, also one whose subtests or teardown have them.

    It is asked from the first pending result on.
    """

    def __init__(self) -> None:
        self._tests: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport, config: pytest.Config
    ) -> Generator[None, Status, Status]:
        """Name the status of a test, or of a part of it."""
        status = yield
        is_pending = getattr(report, "wasxfail", None) == PENDING
        had_pending = report.nodeid in self._tests
        if not is_pending and not (had_pending and status[0] == "passed"):
            return status
        if report.when == "call":
            self._tests.add(report.nodeid)
        if hasattr(report, "context"):  # of a subtest; pytest shows of those what failed alone
            if not is_pending:
                return status
            shown = config.get_verbosity() > 0
            return ("subtests pending", "P", ("SUBPENDING", _YELLOW)) if shown else _NOTHING
        if report.when != "call" and had_pending:
            return _NOTHING
        return "pending", "P", ("PENDING", _YELLOW)
