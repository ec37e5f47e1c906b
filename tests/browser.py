"""A real Chromium, where there is one: started for tests, with nothing to reach."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
VARIABLE = "REPROKIT_TEST_BROWSER"
"""Names a Chromium that is not on PATH."""

ARGUMENTS = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


def find_browser(playwright: Playwright) -> str | None:
    """Find a Chromium: the one that is named, the system's, or Playwright's own."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    on_path = (shutil.which(name) for name in NAMES)
    places = (*filter(None, on_path), *ON_MACOS, playwright.chromium.executable_path)
    return next((place for place in places if Path(place).is_file()), None)


@contextmanager
def start_browser() -> Iterator[Browser]:
    """Start a headless Chromium; skip the test where there is none."""
    with sync_playwright() as playwright:
        found = find_browser(playwright)
        if found is None:
            pytest.skip(
                f"the page is NOT tried in a browser: no Chromium is named in {VARIABLE}, none of "
                f"{', '.join(NAMES)} is on PATH, and Playwright has none; install one (Debian: "
                "`apt-get install chromium`), or run `uv run playwright install chromium`"
            )
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        sandbox = ["--no-sandbox"] if is_root else []  # Chromium has none for root
        browser = playwright.chromium.launch(executable_path=found, args=[*ARGUMENTS, *sandbox])
        try:
            yield browser
        finally:
            browser.close()
