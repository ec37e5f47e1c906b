"""The examples of docs/, tried as a reader would."""

from __future__ import annotations

import re
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import pytest

from reprokit import seeding
from reprokit.model.milestone import Milestone
from reprokit.probes.suite_file import load_suite
from reprokit.render.html_view import ComparisonView, ProbeView
from reprokit.render.milestone import render_markdown
from reprokit.render.milestone_view import MilestoneView
from reprokit.render.own_template import TemplateText
from reprokit.render.report import render_report
from reprokit.render.report_view import ReportView
from reprokit.seeding import SeedConsumedError
from tests.projects import make_project
from tests.render.shared import make_comparison

if TYPE_CHECKING:
    from tests.projects import Project

DOCS = Path(__file__).parents[1] / "docs"


def list_blocks(page: str, language: str) -> list[str]:
    """List a page's blocks of code in one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def draw(*_: object, **__: object) -> object:
    """Stand for a model, its LoRA layers and its training: something that draws."""
    return mx.random.normal((2,))


NAMES: dict[str, Any] = {
    "mx": mx,
    "seeding": seeding,
    "load_base_model": draw,
    "linear_to_lora_layers": draw,
    "train": draw,
    "config": {},
    "optimizer": None,
    "dataset": None,
    "args": None,
}


def test_the_first_example_of_seeding_is_silent() -> None:
    """Uses that draw themselves, with nothing in between, give no warning."""
    first = list_blocks("seeding.md", "python")[0]
    exec(first, dict(NAMES))  # noqa: S102 - the example is what is tested


def test_consumed_state_is_told_as_the_page_says() -> None:
    """The second example raises the very text that stands beneath it; the third mends it."""
    _, wrong, mended = list_blocks("seeding.md", "python")
    with pytest.raises(SeedConsumedError) as caught:
        exec(wrong, dict(NAMES))  # noqa: S102 - as above
    assert textwrap.indent(str(caught.value), "    ") in (DOCS / "seeding.md").read_text()
    (told,) = re.findall(r"state\.consumed\(\)  # (.*)", mended)
    checked = mended.replace("state.consumed()  #", "told.append(state.consumed())  #")
    found: list[dict[str, str]] = []
    exec(checked, {**NAMES, "told": found})  # noqa: S102 - as above
    assert [repr(item) for item in found] == [told]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that holds the suite, the function and the probe of docs/suites.md."""
    project = make_project(tmp_path_factory.mktemp("docs") / "project")
    settings, suite, probe = list_blocks("suites.md", "toml")
    (function,) = list_blocks("suites.md", "python")
    text = (project.root / "pyproject.toml").read_text()
    project.write("pyproject.toml", text[: text.index("[tool.reprokit]")] + settings)
    project.write("suites/mine.toml", f"{suite}\n{probe}")
    project.write("mypackage/__init__.py", "")
    project.write("mypackage/training.py", function)
    project.commit()
    return project


def test_the_suite_declares_what_the_page_says(reader: Project) -> None:
    """Its ids are those that the page names, and the function's."""
    suite = load_suite("mine", reader.root / "suites", root=reader.root)
    text = (DOCS / "suites.md").read_text()
    *normals, own = [probe.id for probe in suite.probes]
    named = ", ".join(f"`{name}`" for name in normals[:-1])
    assert f"four probes: {named} and `{normals[-1]}`" in text
    assert own == "one-step"


def test_the_suite_runs(reader: Project) -> None:
    """A snapshot runs it beside `core`, as the settings say, and shows what it covers."""
    checked = reader.run("suite", "check")
    assert checked.returncode == 0, checked.stderr
    shown = reader.run("suite", "show", "mine", "--probe", "one-step")
    assert "covers the weights that a step begins with" in shown.stdout
    done = reader.run("snapshot", "--machine", "here", "--suite", "mine")
    assert done.returncode == 0, done.stderr
    assert "5 ok; 0 blocking" in done.stdout
    listed = reader.run("suite", "list").stdout.splitlines()
    assert {line.split()[0] for line in listed if " yes " in line} == {"core", "mine"}


def test_the_template_of_the_milestones_page_works() -> None:
    """It replaces what it says; every name, filter and block in the page is one."""
    page = (DOCS / "milestones.md").read_text(encoding="utf-8")
    (text,) = list_blocks("milestones.md", "jinja")
    milestone = Milestone(
        name="r1", date="2026-05-20", why="Who?", command="", comparison=make_comparison()
    )
    filled = render_markdown(milestone, (), TemplateText(name="t", text=text))
    assert "## Question\n\nWho? Asked by the *numerics* group.\n" in filled
    assert "## Implications" not in filled
    tables = page.partition("| name | what it is |")[2].partition("| filter | does |")
    names = re.findall(r"^\| (.*?) \|", tables[0], flags=re.MULTILINE)
    told = {name for row in names for name in re.findall(r"`(?:milestone)?\.(\w+)`", row)}
    assert told == set(MilestoneView.__dataclass_fields__)
    blocks = re.findall(r"The blocks are (.*?)\.", page, flags=re.DOTALL)[0]
    ours = (files("reprokit") / "templates" / "milestone.md.jinja").read_text(encoding="utf-8")
    assert re.findall(r"`(\w+)`", blocks) == re.findall(r"{% block (\w+) %}", ours)
    for name in re.findall(r"^\| `(\w+)` \|", tables[2], flags=re.MULTILINE):
        assert f"| {name}" in ours or name == "sentence"


def test_the_template_of_the_report_page_works() -> None:
    """It replaces what it says; every name and block in the page is one."""
    page = (DOCS / "report.md").read_text(encoding="utf-8")
    (text,) = list_blocks("report.md", "jinja")
    filled = render_report(make_comparison(), template=TemplateText(name="t", text=text))
    assert "<p>3 probes part; see apple-m1-max.</p>" in filled
    assert 'id="pictures"' not in filled
    table = page.partition("| name | what it is |")[2].partition("`report/macros")[0]
    told: dict[str, set[str]] = {}
    subject = ""
    for row in re.findall(r"^\| (`.*?`) \|", table, flags=re.MULTILINE):
        subject = next(iter(re.findall(r"^`(\w+)\.", row)), subject)
        told.setdefault(subject, set()).update(re.findall(r"`\w*\.(\w+)[`\[]", row))
    assert told["page"] == set(ComparisonView.__dataclass_fields__)
    assert told["probe"] == set(ProbeView.__dataclass_fields__)
    assert told["report"] == set(ReportView.__dataclass_fields__)
    blocks = re.findall(r"The blocks are (.*?)\.", page, flags=re.DOTALL)[0]
    folder = files("reprokit") / "templates" / "report"
    ours = (folder / "comparison.html.jinja").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+)`", blocks)) == set(re.findall(r"{% block (\w+)", ours))
