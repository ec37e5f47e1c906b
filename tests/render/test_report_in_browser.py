"""The report in a real headless Chromium; skipped where none is installed."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from reprokit.compare.environment_table import tabulate_differences
from reprokit.compare.selection import gather_evidence
from reprokit.compare.verdict import compare_machines
from reprokit.model.names import short
from reprokit.model.record import Status
from reprokit.render.report import render_report
from tests.browser import start_browser
from tests.builders import COMMIT, make_evidence, make_probe, make_record
from tests.cli.test_hostile_manifests import make_evil
from tests.render.full import make_full_comparison
from tests.render.shared import HOSTILE, make_hostile_comparison
from tests.render.test_report import make_histories, render_full

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Request, ViewportSize
    from playwright.sync_api import Page as Tab

    from reprokit.model.comparison import Comparison

PHONE: ViewportSize = {"width": 360, "height": 740}
WAYS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": PHONE},
    "phone, dark": {"color_scheme": "dark", "viewport": PHONE},
}
PROBES = [probe.id for probe in make_full_comparison().probes]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for all of these tests."""
    with start_browser() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages lie."""
    folder = tmp_path_factory.mktemp("report")
    hostile = make_hostile_comparison()
    hostile_page = render_report(
        replace(hostile, notes=(HOSTILE,)),
        differences=tabulate_differences(hostile.machines),
        histories=make_histories(HOSTILE),
    )
    (folder / "full.html").write_text(render_full(), encoding="utf-8")
    (folder / "hostile.html").write_text(hostile_page, encoding="utf-8")
    strangers = [make_evil(machine, word) for machine, word in (("m1", "a"), ("m5", "b"))]
    evidence = [gather_evidence([it], short(COMMIT)) for it in strangers]
    evil = compare_machines(evidence, commit=short(COMMIT))
    evil_page = render_report(evil, differences=tabulate_differences(evil.machines))
    (folder / "evil.html").write_text(evil_page, encoding="utf-8")
    many = make_many()
    many_page = render_report(many, differences=tabulate_differences(many.machines))
    (folder / "many.html").write_text(many_page, encoding="utf-8")
    return folder


def make_many() -> Comparison:
    """Compare ten machines with names as long as they are; each has bytes of its own."""
    names = [f"apple-m{number}-max-studio" for number in range(1, 11)]
    evidence = [
        make_evidence(
            name,
            *(make_probe(f"normal-{shape}-key{shape}", f"{name}{shape}") for shape in range(3)),
            make_probe("matmul-bfloat16-512x512", "a"),
            make_probe("failing", record=make_record(status=Status.TIMED_OUT)),
            family=f"applegpu_g{number}s",
        )
        for number, name in enumerate(names, 13)
    ]
    return compare_machines(evidence, commit=short(COMMIT))


class Visit:
    """A page that is visited, and what happens meanwhile.

    Attributes:
        tab: The page.
        trouble: What its console says, errors, dialogs, and requests for anything but itself.
    """

    def __init__(self, browser: Browser, address: str, **ways: Any) -> None:  # noqa: ANN401
        self.trouble: list[str] = []
        self.tab: Tab = browser.new_context(**ways).new_page()
        self.tab.on("console", lambda it: self.trouble.append(it.text))
        self.tab.on("pageerror", lambda it: self.trouble.append(str(it)))
        self.tab.on("dialog", self._dismiss)
        self.tab.on("popup", lambda it: self.trouble.append(it.url))
        self.tab.on("request", self._note)
        self._address = address.partition("#")[0]
        self.tab.goto(address)

    def _dismiss(self, dialog: Dialog) -> None:
        self.trouble.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if request.url.partition("#")[0] != self._address:
            self.trouble.append(request.url)

    def list_shown(self) -> list[str]:
        """List the probes that are shown in the table; their parts below are shown alike."""
        shown: list[str] = self.tab.locator("tr[data-probe]:visible th").all_inner_texts()
        below = self.tab.locator("#details ~ details:visible > summary > code:first-child")
        assert below.all_inner_texts() == shown
        return shown

    def status(self) -> str:
        """Return what is told of how many are shown."""
        return self.tab.locator("#shown").inner_text()


@pytest.fixture
def full(browser: Browser, folder: Path) -> Iterator[Visit]:
    """A visit to the page that has everything; nothing untoward may happen in it."""
    visit = Visit(browser, (folder / "full.html").as_uri())
    yield visit
    assert visit.trouble == []
    visit.tab.context.close()


def test_all_is_shown_at_first(full: Visit) -> None:
    """The script ran under the page's own policy: the filter is there."""
    assert full.list_shown() == PROBES
    assert full.status() == "9 of 9 probes"
    assert full.tab.locator("#filter").is_visible()


def test_the_filter(full: Visit) -> None:
    """By name, verdict, severity and machine, alone and together; and back."""
    tab = full.tab
    tab.get_by_label("Name holds").fill("8 NORM")
    assert full.list_shown() == ["normal-8"]
    tab.get_by_label("Name holds").fill("8")
    tab.get_by_label("Severity").select_option(label="BLOCKING (4)")
    assert full.list_shown() == ["uniform-8"]
    assert full.status() == "1 of 9 probes"
    tab.get_by_label("Name holds").fill("")
    assert full.list_shown() == ["uniform-8", "matmul", "batch", "sum"]
    tab.get_by_label("Verdict").select_option("FAILED")
    assert full.list_shown() == ["matmul"]
    tab.get_by_label("Stands apart").select_option(label="apple-m3-ultra (2)")
    assert full.list_shown() == []
    assert full.status() == "0 of 9 probes"
    tab.get_by_role("button", name="Show all").click()
    expect(tab.locator("#shown")).to_have_text(re.compile("^9 "))
    assert full.list_shown() == PROBES
    tab.get_by_label("Stands apart").select_option(label="apple-m3-ultra (2)")
    assert full.list_shown() == ["uniform-8", "only-m1"]


def test_enter_in_the_filter_leads_nowhere(full: Visit) -> None:
    """The page stays as it is."""
    full.tab.get_by_label("Name holds").fill("key")
    full.tab.get_by_label("Name holds").press("Enter")
    assert full.list_shown() == ["key0"]


def test_links_unfold_what_they_lead_to(full: Visit) -> None:
    """Also where the filter leaves it out, as a link that somebody sent may."""
    part = full.tab.locator("#probe-1")
    assert part.get_attribute("open") is None
    full.tab.get_by_role("link", name="key0").click()
    expect(full.tab.locator("#probe-1")).to_have_attribute("open", "")
    full.tab.get_by_label("Name holds").fill("normal-8")
    full.tab.evaluate("location.hash = '#probe-2'")
    expect(full.tab.locator("#probe-2")).to_have_attribute("open", "")
    assert full.list_shown() == PROBES


def test_a_link_unfolds_again_what_was_folded(full: Visit) -> None:
    """Though the page's address stays the same; by keyboard too."""
    part = full.tab.locator("#probe-1")
    link = full.tab.get_by_role("link", name="key0")
    link.click()
    expect(full.tab.locator("#probe-1")).to_have_attribute("open", "")
    for by_keyboard in (False, True):
        part.locator("summary").first.click()
        assert part.get_attribute("open") is None
        if by_keyboard:
            link.press("Enter")
        else:
            link.click()
        expect(full.tab.locator("#probe-1")).to_have_attribute("open", "")


def test_the_keyboard_stops_only_where_something_scrolls(full: Visit) -> None:
    """In wide and narrow windows, and in parts that are unfolded later."""
    full.tab.set_viewport_size({"width": 1280, "height": 800})
    assert list_stops(full.tab) == []
    full.tab.get_by_role("button", name="Unfold").click()
    assert list_stops(full.tab) == []
    full.tab.set_viewport_size(PHONE)
    narrow = list_stops(full.tab)
    assert "Probes" in narrow
    assert "Results" in narrow
    full.tab.set_viewport_size({"width": 1280, "height": 800})
    assert list_stops(full.tab) == []


def list_stops(tab: Tab) -> list[str]:
    """List the boxes at which the keyboard stops; they are those that can be scrolled."""
    found: list[list[str]] = tab.evaluate(
        """async () => {
          const turn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          await turn();
          await turn();
          const boxes = [...document.querySelectorAll(".scroll")].filter(
            (it) => it.checkVisibility({ contentVisibilityAuto: true }));
          const name = (it) => it.getAttribute("aria-label");
          return [
            boxes.filter((it) => it.tabIndex === 0).map(name),
            boxes.filter((it) => it.scrollWidth > it.clientWidth).map(name),
          ];
        }"""
    )
    stops, wide = found
    assert stops == wide
    return stops


def test_a_link_from_elsewhere_unfolds(browser: Browser, folder: Path) -> None:
    """The page is opened with it."""
    visit = Visit(browser, f"{(folder / 'full.html').as_uri()}#probe-2")
    assert visit.tab.locator("#probe-2").get_attribute("open") is not None
    assert visit.trouble == []


def test_all_that_is_shown_is_folded_and_unfolded(full: Visit) -> None:
    """What is left out stays as it is."""
    full.tab.get_by_label("Name holds").fill("key0")
    full.tab.get_by_role("button", name="Unfold").click()
    assert full.tab.locator("#probe-1[open]").count() == 1
    assert full.tab.locator("#probe-2[open]").count() == 0
    full.tab.get_by_role("button", name="Fold", exact=True).click()
    assert full.tab.locator("#probe-1[open]").count() == 0


def test_the_keyboard_reaches_the_filter_and_focus_is_seen(full: Visit) -> None:
    """Every stop of the Tab key has an outline."""
    stops = []
    while True:
        full.tab.keyboard.press("Tab")
        name, width = full.tab.evaluate(
            "[document.activeElement.id || document.activeElement.tagName,"
            " getComputedStyle(document.activeElement).outlineWidth]"
        )
        if name == "BODY":
            break
        assert width == "2px", name
        stops.append(name)
    controls = ["text", "verdict", "severity", "machine", "BUTTON", "unfold", "fold"]
    at = stops.index("text")
    assert stops[at : at + len(controls)] == controls


def test_without_a_script_all_is_read(browser: Browser, folder: Path) -> None:
    """And no filter is offered that would do nothing."""
    visit = Visit(browser, (folder / "full.html").as_uri(), java_script_enabled=False)
    assert visit.list_shown() == PROBES
    assert not visit.tab.locator("#filter").is_visible()
    visit.tab.locator("#probe-1 > summary").click()
    assert visit.tab.locator("#probe-1 table").first.is_visible()


@pytest.mark.parametrize("name", ["hostile", "evil"])
def test_hostile_texts_do_nothing(browser: Browser, folder: Path, name: str) -> None:
    """They are read as they are written; nothing runs, loads, opens or is said in the console."""
    visit = Visit(browser, (folder / f"{name}.html").as_uri())
    visit.tab.get_by_role("button", name="Unfold").click()
    assert "<script>alert(1)</script>" in visit.tab.locator("main").inner_text()
    assert visit.tab.evaluate("document.scripts.length") == 1
    assert visit.trouble == []


def test_the_policy_forbids_all_else(browser: Browser, folder: Path) -> None:
    """What somebody would put into the page is neither run nor asked for."""
    visit = Visit(browser, (folder / "full.html").as_uri())
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        visit.tab.evaluate(
            """(port) => {
              const image = `<img src="http://127.0.0.1:${port}/" onerror="document.title = 1">`;
              document.body.insertAdjacentHTML("beforeend", image);
              const script = document.createElement("script");
              script.textContent = "document.title = 2";
              document.body.append(script);
              return fetch(`http://127.0.0.1:${port}/`).catch(() => {});
            }""",
            server.getsockname()[1],
        )
        while not visit.tab.evaluate("document.querySelector('body > img').complete"):
            visit.tab.wait_for_timeout(50)  # milliseconds; the page's policy forbids a waiting eval
        with pytest.raises(BlockingIOError):
            server.accept()
    assert visit.tab.title().startswith("reprokit report: ")
    told = [it for it in visit.trouble if "violates the following Content Security Policy" in it]
    for what in ("inline event handler", "inline script", "Loading the image", "Connecting to"):
        assert any(what in it for it in told), what


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_amiss_for_those_who_need_help(browser: Browser, folder: Path, way: str) -> None:
    """With every part unfolded: axe finds nothing, contrast included; no page scrolls sideways."""
    visit = Visit(browser, (folder / "full.html").as_uri(), **WAYS[way])
    tab = visit.tab
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(tab).response
    assert [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]] == []
    assert {"color-contrast", "label", "svg-img-alt"} <= {it["id"] for it in found["passes"]}
    assert visit.trouble == []


@pytest.mark.parametrize("name", ["full", "many"])
@pytest.mark.parametrize("width", [720, 1040], ids=["portrait", "landscape"])
def test_printed_without_controls_and_cut_tables(
    browser: Browser, folder: Path, name: str, width: int
) -> None:
    """On a page as wide as A4 is, or high; of many machines too, and nothing overlaps."""
    size = {"width": width, "height": 1000}
    visit = Visit(browser, (folder / f"{name}.html").as_uri(), viewport=size)
    visit.tab.emulate_media(media="print")
    assert not visit.tab.locator("#filter").is_visible()
    assert not visit.tab.locator("nav").is_visible()
    visit.tab.evaluate("for (const it of document.querySelectorAll('details')) it.open = true")
    cut = visit.tab.evaluate(
        """() => Array.from(document.querySelectorAll(".scroll > *, .scroll td, .scroll th"))
          .filter((it) => it.getBoundingClientRect().right > innerWidth ||
            (it.matches("td, th") && it.scrollWidth > it.clientWidth + 1))
          .map((it) => it.textContent)"""
    )
    assert cut == []


def test_printed_across(browser: Browser, folder: Path) -> None:
    """Where nobody says otherwise a sheet is wider than high."""
    visit = Visit(browser, (folder / "many.html").as_uri())
    printed = visit.tab.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
    assert boxes
    assert all(float(width) > float(height) for width, height in boxes)
