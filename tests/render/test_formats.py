"""All formats tell the same findings in the same order, and none obeys what it quotes."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.comparison import Severity
from reprokit.model.divergence import PartDifference, PartState
from reprokit.render import github, html, junit, markdown, report, table
from reprokit.render import json as json_format
from reprokit.render.findings import list_findings
from reprokit.render.text import make_harmless
from tests.builders import QUICK
from tests.render.full import make_full_comparison
from tests.render.shared import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprokit.model.comparison import Comparison

ELEMENTS = "2 of 8 elements: 0 by -1 ulp, 5 by NaN"
CAUSE = "GPU generation >= 15"
OLD_VALUE = "changed on apple-m3 since 111111111111, to apple-m3-ultra's old value"

FORMATS: dict[str, Callable[[Comparison], str]] = {
    "table": table.render_comparison,
    "markdown": markdown.render_comparison,
    "json": json_format.render_comparison,
    "html": html.render_comparison,
    "report": report.render_report,
    "junit": junit.render_comparison,
    "github": github.render_comparison,
}
LISTED = {
    "table": r"^(\S+)  +(?:identical|DIFFERENT|not comparable|FAILED|missing) ",
    "markdown": r"^\| `(.+?)` \| (?:\*\*)?(?:identical|DIFFERENT|not comparable|FAILED|missing)",
    "html": r"<summary><code>(.+?)</code>",
    "report": r"<summary><code>(.+?)</code>",
    "junit": r'<testcase [^>]*name="(.+?)"',
    "github": r"^::\w+ title=reprokit compare%3A (.+?)::",
}
"""How each format names a finding's probe."""

JUNIT_RULES = {
    "testsuites": ((), ("testsuite",)),
    "testsuite": (("name", "tests", "failures", "errors", "skipped"), ("testcase",)),
    "testcase": (("classname", "name"), ("skipped", "error", "failure", "system-out")),
    "skipped": (("message",), ()),
    "error": (("message",), ()),
    "failure": (("message",), ()),
    "system-out": ((), ()),
}
"""Attributes and children that readers of JUnit XML have in common. Ours leaves none out."""


@pytest.mark.parametrize("name", LISTED)
def test_findings_stand_in_the_same_order(name: str) -> None:
    """The order of the probes; a format that lists only findings leaves out what agrees."""
    comparison = make_full_comparison()
    expected = [
        it.probe
        for it in list_findings(comparison)
        if name != "github" or it.severity is not Severity.NONE
    ]
    assert re.findall(LISTED[name], FORMATS[name](comparison), re.MULTILINE) == expected


def test_json_has_what_findings_are_made_of() -> None:
    """Probes, verdicts and severities, in that order, and the elements with their bits."""
    comparison = make_full_comparison()
    probes = json.loads(json_format.render_comparison(comparison))["probes"]
    assert [(it["id"], it["verdict"], it["severity"]) for it in probes] == [
        (it.probe, it.verdict.value, it.severity.value) for it in list_findings(comparison)
    ]
    (witness,) = [it["witness"] for it in probes if it["witness"]]
    assert [it["candidate"] for it in witness["elements"]] == ["0x3f7fffff"] * 2


@pytest.mark.parametrize("name", LISTED)
@pytest.mark.parametrize("text", [ELEMENTS, OLD_VALUE])
def test_every_format_says_it_in_the_same_words(name: str, text: str) -> None:
    """Elements and ulps, and whose old value a digest is."""
    assert text in FORMATS[name](make_full_comparison()).replace("&#x27;", "'").replace(
        "&#39;", "'"
    )


@pytest.mark.parametrize("name", ["table", "markdown", "json", "html"])
def test_formats_of_a_whole_comparison_tell_causes(name: str) -> None:
    """Those that list findings one by one have no place for them."""
    text = unescape(FORMATS[name](make_full_comparison()).replace("\\", ""))
    assert CAUSE in text


def check_junit(element: ET.Element) -> None:
    """Hold an element and all in it against JUNIT_RULES."""
    attributes, children = JUNIT_RULES[element.tag]
    assert set(element.attrib) == set(attributes)
    for child in element:
        assert child.tag in children
        check_junit(child)


@pytest.mark.parametrize("strict", [False, True])
def test_junit_is_what_its_readers_know(strict: bool) -> None:  # noqa: FBT001
    """No element and no attribute of our own; a case is at most one of failed and skipped."""
    root = ET.fromstring(junit.render_comparison(make_full_comparison(), strict=strict))  # noqa: S314
    assert root.tag == "testsuites"
    check_junit(root)
    assert all(len(case) <= 1 for case in root.iter("testcase"))


def make_quoting(text: str) -> Comparison:
    """Put a stranger's text wherever one can be: reasons, stages, leaves, gaps, causes, notes."""
    comparison = make_full_comparison()
    part = PartDifference(name=text, state=PartState.DIFFERENT)
    probes = tuple(
        replace(
            probe,
            reason=text,
            divergences=tuple(
                replace(it, stages=(part,), leaves=(part,), gap=text, distance=None, blocks=None)
                for it in probe.divergences
            ),
        )
        for probe in comparison.probes
    )
    attributions = tuple(
        replace(
            it,
            strength=text,
            facts=tuple(
                replace(fact, fact=text, values=dict.fromkeys(fact.values, text), reason=text)
                for fact in it.facts
            ),
        )
        for it in comparison.attributions
    )
    return replace(comparison, probes=probes, attributions=attributions, notes=(text,))


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_hostile_is_seen_and_not_obeyed(name: str) -> None:
    """No control character, no change of direction, and no more lines than with a plain word."""
    text = FORMATS[name](make_quoting(HOSTILE))
    assert all(unicodedata.category(char) not in {"Cc", "Cf"} for char in text.replace("\n", ""))
    assert text.count("\n") == FORMATS[name](make_quoting("plain")).count("\n")


ANYTHING = st.text(min_size=1, max_size=12) | st.text(
    "<>&\"'%:,|`\\\n\r\x1b]\u202e\ufffe", min_size=1
)


@QUICK
@given(ANYTHING)
def test_junit_carries_any_text(text: str) -> None:
    """What was quoted is read back, its harmful characters made visible."""
    (suite,) = ET.fromstring(junit.render_comparison(make_quoting(text)))  # noqa: S314
    told = [
        *(it.get("message", "") for it in suite.iter()),
        *(it.text or "" for it in suite.iter()),
    ]
    assert any(make_harmless(text) in it for it in told)


@QUICK
@given(ANYTHING)
def test_annotations_carry_any_text(text: str) -> None:
    """Each is a line; what was quoted is read back as a workflow reads it."""
    comparison = make_quoting(text)
    *lines, last = github.render_comparison(comparison).split("\n")[:-1]
    assert not last.startswith("::")
    assert len(lines) == sum(it.severity is not Severity.NONE for it in comparison.probes)
    for line in lines:
        match = re.fullmatch(r"::(?:error|warning) title=[^:,\r\n]*::([^\r\n]*)", line)
        assert match is not None
        assert make_harmless(text) in match[1].replace("%25", "%")


@pytest.mark.parametrize("render", [html.render_comparison, report.render_report])
@QUICK
@given(text=ANYTHING)
def test_pages_carry_any_text(render: Callable[[Comparison], str], text: str) -> None:
    """As text: with its markup taken away and its escapes undone, a page still says it."""
    page = render(make_quoting(text))
    said = unescape(re.sub(r"<[^>]*>", "\0", page.partition("</style>")[2]))
    assert make_harmless(text) in said
    assert page.count("<") == render(make_quoting("plain")).count("<")
