"""`milestone` in real projects: written once, amended later, by templates of one's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.committed import copy_manifests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.projects import Project

MACHINES = ("apple-m1-max", "apple-m3-ultra", "apple-m5")
FIRST = ("milestone", "r1", "--machines", "m1,m3", "--date", "2026-05-20", "--why", "Asked.")
LATER = ("milestone", "r1", "--machines", "m1,m3,m5", "--date", "2026-06-01", "--why", "And M5.")
STEM = "milestones/r1-2026-05-20"
MARK = "<!-- reprokit:notes: what stands between these two lines is yours, and is kept -->\n"


@pytest.fixture
def published(project: Project) -> Project:
    """A project that holds the manifests of the three Apple machines."""
    copy_manifests(project.root / "manifests", *MACHINES)
    return project


def read_all(project: Project) -> dict[str, bytes]:
    """Read every document."""
    folder = project.root / "milestones"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))}


def read(project: Project, ending: str) -> str:
    """Read a document of the first milestone."""
    return (project.root / f"{STEM}.{ending}").read_text(encoding="utf-8")


def test_documents_stand_side_by_side(published: Project) -> None:
    """Markdown, pictures and JSON; the same manifests give the same bytes."""
    done = published.run(*FIRST)
    assert done.returncode == 0, done.stderr
    files = [f"{STEM}.md", f"{STEM}-heat-map.svg", f"{STEM}-ulps-1.svg", f"{STEM}.json"]
    assert done.stdout.split() == files
    text, data = read(published, "md"), json.loads(read(published, "json"))
    for file in files[1:]:
        assert f"]({file.removeprefix('milestones/')})" in text
    for machine in data["comparison"]["machines"]:
        for manifest in machine["manifests"]:
            assert manifest["sha256"] in text
    first = read_all(published)
    shutil.rmtree(published.root / "milestones")
    assert published.run(*FIRST).returncode == 0
    assert read_all(published) == first
    again = published.run(*FIRST)
    assert (again.returncode, again.stdout.split()) == (0, files)
    assert "nothing changed since 2026-05-20" in again.stderr
    assert read_all(published) == first


def test_the_command_in_the_document_makes_it_again(published: Project) -> None:
    """Also with a why of several lines, by a shell."""
    why = "Three `machines`, one lock:\n\nit's the question."
    done = published.run(*FIRST[:-1], why)
    assert done.returncode == 0, done.stderr
    first = read_all(published)
    command = json.loads(read(published, "json"))["command"]
    shutil.rmtree(published.root / "milestones")
    own = command.replace("uv run reprokit", f"'{published.command()[0]}' -m reprokit")
    published.git("-c", f"alias.again=!bash -c {_quote(own)}", "again")
    assert read_all(published) == first


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_a_later_run_amends(published: Project) -> None:
    """What changed stands behind, dated; what was published and what the user wrote stay."""
    published.run(*FIRST)
    before, data = read(published, "md"), json.loads(read(published, "json"))
    (published.root / f"{STEM}.md").write_text(before.replace(MARK, MARK + "My own words.\n"))
    done = published.run(*LATER)
    assert done.returncode == 0, done.stderr
    assert "amended r1-2026-05-20: 5 changes" in done.stderr
    text = read(published, "md")
    assert text.startswith(before.replace(MARK, MARK + "My own words.\n"))
    added = text[len(before) :]
    assert "## Amendment 1, 2026-06-01" in added
    assert "And M5." in added
    for row in (
        "| machine | apple-m5 | - | compared |",
        "| verdict | r1-replay, r1-full-pipeline | identical | different |",
        "| severity | r1-replay, r1-full-pipeline | none | warning |",
    ):
        assert row in added
    comparison = json.loads(read(published, "json"))["amendments"][0]["comparison"]
    digests = {it["id"]: it["digests"]["apple-m5"] for it in comparison["probes"]}
    assert len(digests) == 13
    for probe, digest in digests.items():
        (row,) = (it for it in added.splitlines() if it.startswith(f"| `{probe}` |"))
        assert f"`{digest[:12]}` |" in row
    for row in ("|  | `apple-m5` |", "| chip | Apple M5 |", "| system | macOS 26.5 |"):
        assert f"{row}\n" in added
    assert "Published, not measured by reprokit: apple-m1-max, apple-m3-ultra, apple-m5." in added
    assert "- **warning**: `normal-8-key0`" in added
    after = json.loads(read(published, "json"))
    assert len(after["amendments"]) == 1
    assert after["comparison"] == data["comparison"]
    stays = published.run(*LATER)
    assert "nothing changed since 2026-06-01" in stays.stderr
    assert read(published, "md") == text


def test_a_machine_that_is_added_is_stated_with_its_cautions(project: Project) -> None:
    """All of its results, and that it was emulated, though it agrees nearly everywhere."""
    copy_manifests(project.root / "manifests", "linux-x86-64", "linux-arm64-qemu")
    chosen = ("milestone", "r1", "--commit", "c45869a12920", "--date", "2026-05-20", "--machines")
    assert project.run(*chosen, "linux-x86-64").returncode == 0
    before = read(project, "md")
    assert "agree" not in before.partition("## Results")[2].partition("## Implications")[0]
    assert project.run(*chosen, "linux-x86-64,linux-arm64-qemu").returncode == 0
    added = read(project, "md")[len(before) :]
    results = added.partition("\n### Results\n")[2].partition("\n### ")[0]
    assert results.count("\n| `") == 27
    assert "linux-arm64-qemu is emulated (qemu-user): real bytes, but no real chip." in added
    assert "| memory | 24 GiB |\n" in added
    assert "\n### Implications\n" in added
    assert "\n### Time\n" in added


def test_another_why_is_an_amendment(published: Project) -> None:
    """One that stands there already is none."""
    published.run(*FIRST)
    done = published.run(*FIRST[:-1], "Another reason.")
    assert "amended r1-2026-05-20: why it was made" in done.stderr
    assert read(published, "md").count("Another reason.") == 2  # and in the command
    text = read(published, "md")
    for why in ("Another reason.", "Asked.", ""):
        assert "nothing changed" in published.run(*FIRST[:-1], why).stderr
    assert read(published, "md") == text


def test_an_edited_document_is_kept_and_told(published: Project) -> None:
    """Exit 2, and no byte of any document is changed, whether there is something to add or not."""
    published.run(*FIRST)
    path = published.root / f"{STEM}.md"
    path.write_text(path.read_text().replace("Apple M3 Ultra", "Apple M3"))
    before = read_all(published)
    for command in (LATER, FIRST):
        done = published.run(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{STEM}.md: was edited outside" in done.stderr
        assert "reprokit:notes" in done.stderr
        assert read_all(published) == before


def test_an_edited_picture_is_told(published: Project) -> None:
    """Pictures belong to what was published."""
    published.run(*FIRST)
    (published.root / f"{STEM}-heat-map.svg").write_text("<svg/>")
    done = published.run(*LATER)
    assert done.returncode == 2
    assert "heat-map.svg: was edited" in done.stderr


def test_an_amendment_is_not_dated_back(published: Project) -> None:
    """It follows what it amends."""
    published.run(*FIRST)
    done = published.run(*LATER[:-3], "2026-05-19")
    assert done.returncode == 2
    assert "cannot follow what was published on 2026-05-20" in done.stderr


def test_a_broken_json_stops_the_run(published: Project) -> None:
    """It is not taken for a milestone that is not there."""
    published.run(*FIRST)
    (published.root / f"{STEM}.json").write_text("<<<<<<< HEAD")
    before = read_all(published)
    done = published.run(*LATER)
    assert done.returncode == 2
    assert f"{STEM}.json: is no JSON" in done.stderr
    assert read_all(published) == before


def test_a_template_of_ones_own(published: Project) -> None:
    """It is filled, and named in the command by its path below the project."""
    template = '{% extends "milestone.md.jinja" %}{% block notes %}\n*Ours.*\n{% endblock %}'
    path = published.write("docs/mine.jinja", template)
    done = published.run(*FIRST, "--template", str(path))
    assert done.returncode == 0, done.stderr
    assert read(published, "md").endswith("\n*Ours.*\n")
    assert "--template docs/mine.jinja --date" in read(published, "md")
    amended = published.run(*LATER, "--template", str(path))
    assert amended.returncode == 0, amended.stderr
    assert "the template is not used" in amended.stderr
    path.write_text("\n\n{{ milestone.nope }}")
    wrong = published.run(*LATER, "--template", "docs/mine.jinja")
    assert wrong.returncode == 2
    assert "docs/mine.jinja: line 3: the template fails" in wrong.stderr


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"\xff", "is not UTF-8"), (None, "cannot be read: No such file"), (b"{% x %}", "line 1")],
)
def test_a_wrong_template_writes_nothing(
    published: Project, content: bytes | None, problem: str
) -> None:
    """Whatever is wrong with it."""
    if content is not None:
        (published.root / "t.jinja").write_bytes(content)
    done = published.run(*FIRST, "--template", "t.jinja")
    assert done.returncode == 2
    assert f"t.jinja: {problem}" in done.stderr
    assert read_all(published) == {}


def read_kept(project: Project, start: str) -> list[str]:
    """Read the texts of a kind that are kept in `.reprokit/`."""
    return [path.read_text() for path in (project.root / ".reprokit").glob(f"{start}-*.md")]


def test_an_amendment_that_was_interrupted_is_written_anew(published: Project) -> None:
    """On a later day, with other words, by a run that has something to add, or nothing."""
    published.run(*FIRST)
    path = published.root / f"{STEM}.json"
    first, data = read(published, "md"), path.read_bytes()
    assert published.run(*LATER).returncode == 0
    interrupted = read(published, "md")
    path.write_bytes(data)
    done = published.run(*FIRST)
    assert (done.returncode, read(published, "md")) == (0, first)
    assert "an amendment that was interrupted" in done.stderr
    assert "nothing changed since 2026-05-20" in done.stderr
    assert read_kept(published, "unfinished-amendment") == [interrupted.removeprefix(first)]
    (published.root / f"{STEM}.md").write_text(interrupted)
    again = published.run(*LATER[:-3], "2026-06-02", "--why", "Another day.")
    assert again.returncode == 0, again.stderr
    assert "is taken out of the document; its text is kept in .reprokit/unfinished-" in again.stderr
    text = read(published, "md")
    assert text.startswith(first)
    assert text.count("## Amendment 1, 2026-06-02") == 1
    assert "2026-06-01" not in text
    assert "nothing changed since 2026-06-02" in published.run(*LATER[:-2]).stderr


def test_an_amendment_that_was_interrupted_is_finished(published: Project) -> None:
    """By the same command; nothing is taken out."""
    published.run(*FIRST)
    path = published.root / f"{STEM}.json"
    data = path.read_bytes()
    published.run(*LATER)
    finished = read_all(published)
    path.write_bytes(data)
    done = published.run(*LATER)
    assert done.returncode == 0, done.stderr
    assert "taken out" not in done.stderr
    assert read_all(published) == finished


def test_a_first_run_that_was_interrupted(published: Project) -> None:
    """The next day it is told; the command that is told finishes it."""
    published.run(*FIRST)
    finished = read_all(published)
    (published.root / f"{STEM}.json").unlink()
    later = published.run(*FIRST[:5], "2026-05-21", *FIRST[6:])
    assert (later.returncode, later.stdout) == (2, "")
    assert f"{STEM}.md: has no JSON beside it" in later.stderr
    assert "`--date 2026-05-20`" in later.stderr
    assert sorted(read_all(published)) == sorted(set(finished) - {"r1-2026-05-20.json"})
    done = published.run(*FIRST)
    assert done.returncode == 0, done.stderr
    assert read_all(published) == finished


def run_at_once(project: Project, whys: Sequence[str], *arguments: str) -> list[str]:
    """Run the command once for each why, all at the same time; return what they said."""
    running = [
        subprocess.Popen(
            project.command(*arguments, "--why", why),
            cwd=project.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for why in whys
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * len(whys), told
    return told


def test_runs_at_once_write_over_nothing(published: Project) -> None:
    """One is the first, the others amend it, whichever comes when; none is lost."""
    whys = [f"Reason {number}." for number in range(4)]
    told = run_at_once(published, whys, *FIRST[:-2])
    assert sum("amended" in it for it in told) == len(whys) - 1
    data, text = json.loads(read(published, "json")), read(published, "md")
    assert sorted([data["why"], *(it["why"] for it in data["amendments"])]) == whys
    for why in whys:
        assert f"\n{why}\n" in text
    assert [f"## Amendment {number}, " in text for number in range(5)] == [
        False,
        *[True] * 3,
        False,
    ]
    assert "nothing changed" in published.run(*FIRST[:-2]).stderr


def test_the_command_of_the_first_turns_nothing_back(published: Project) -> None:
    """The document says so already, and something else since; a reason of its own may."""
    published.run(*FIRST)
    published.run(*LATER)
    before = read_all(published)
    for date in ("2026-05-20", "2026-06-01"):
        done = published.run(*FIRST[:5], date, *FIRST[6:])
        assert done.returncode == 0, done.stderr
        assert "stated this on 2026-05-20, and something else since, which stands" in done.stderr
        assert read_all(published) == before
    back = published.run(*FIRST[:5], "2026-06-02", "--why", "M5 was withdrawn.")
    assert "amended r1-2026-05-20: 5 changes" in back.stderr
    assert "M5 was withdrawn." in read(published, "md")


def test_an_edited_json_is_told(published: Project) -> None:
    """Nothing is amended by facts that were never published."""
    published.run(*FIRST)
    path = published.root / f"{STEM}.json"
    path.write_text(path.read_text().replace("Apple M3 Ultra", "Apple M9"))
    before = read_all(published)
    done = published.run(*LATER)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{STEM}.json: was edited" in done.stderr
    assert read_all(published) == before


def test_a_copy_under_another_name_is_refused(published: Project) -> None:
    """Nothing is written over it."""
    published.run(*FIRST)
    for path in (published.root / "milestones").iterdir():
        shutil.copy(path, path.with_name(path.name.replace("r1-", "r2-")))
    before = read_all(published)
    done = published.run("milestone", "r2", *LATER[2:])
    assert done.returncode == 2
    assert "r2-2026-05-20.json: is the milestone `r1`" in done.stderr
    assert read_all(published) == before


@pytest.mark.parametrize("option", ["--why", "--probe"])
def test_an_option_that_is_no_text_is_refused(published: Project, option: str) -> None:
    """It could not be written."""
    done = published.run("milestone", "r1", option, os.fsdecode(b"\xff"))
    assert done.returncode == 2
    assert done.stderr == f"error: {option}: is not UTF-8\n"
    assert read_all(published) == {}


def write_editor(folder: Path, script: str) -> dict[str, str]:
    """Make an editor, in a folder with a blank in its name, and the variables that name it."""
    path = folder / "an editor"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return {"VISUAL": "", "EDITOR": f"'{path}' --wait"}


def test_the_why_is_written_in_an_editor(published: Project, tmp_path: Path) -> None:
    """What was given stands in it at first; comments are left out."""
    environment = write_editor(tmp_path, 'test "$1" = --wait && printf "More.\n" >> "$2"')
    done = published.run(*FIRST, "--edit", environment=environment)
    assert done.returncode == 0, done.stderr
    data = json.loads(read(published, "json"))
    assert data["why"] == "Asked.\n\nMore."
    assert "Lines that begin with" not in read(published, "md")


@pytest.mark.parametrize(
    ("script", "problem"),
    [("exit 3", "ended with 3"), (None, "which editor"), ("rm $2", "no text")],
)
def test_an_editor_that_fails_writes_nothing(
    published: Project, tmp_path: Path, script: str | None, problem: str
) -> None:
    """And says what to do."""
    environment = write_editor(tmp_path, script or "")
    if script is None:
        environment = {"VISUAL": "", "EDITOR": ""}
    done = published.run(*FIRST, "--edit", environment=environment)
    assert done.returncode == 2
    assert problem in done.stderr
    assert read_all(published) == {}


def test_what_was_typed_is_not_kept_twice(published: Project, tmp_path: Path) -> None:
    """It stands in the document; an editor that changed nothing leaves nothing."""
    environment = write_editor(tmp_path, 'printf "More.\n" >> "$2"')
    assert published.run(*FIRST, "--edit", environment=environment).returncode == 0
    environment = write_editor(tmp_path, "exit 3")
    assert published.run(*LATER, "--edit", environment=environment).returncode == 2
    assert read_kept(published, "why") == []


@pytest.mark.parametrize("trouble", ["date", "edit", "template"])
def test_what_could_refuse_a_text_is_tried_before_it_is_typed(
    published: Project, tmp_path: Path, trouble: str
) -> None:
    """The editor is not opened for a run that can write nothing."""
    arguments = [*FIRST, "--edit"]
    if trouble == "date":
        published.run(*FIRST)
        arguments[5] = "2026-05-19"
    elif trouble == "edit":
        published.run(*FIRST)
        published.write(f"{STEM}.md", read(published, "md") + "Mine.\n")
    else:
        published.write("t.jinja", "{{ milestone.nope }}")
        arguments += ["--template", "t.jinja"]
    environment = write_editor(tmp_path, f"touch '{tmp_path}/opened'")
    assert published.run(*arguments, environment=environment).returncode == 2
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("ending", ["", "exit 1", "printf '\\377' >> \"$2\""])
def test_what_was_typed_is_kept_where_it_is_refused_later(
    published: Project, tmp_path: Path, ending: str
) -> None:
    """By whatever: a document that changed meanwhile, the editor itself, a byte that is no text."""
    script = f"printf 'Hours of work.\n' >> \"$2\"\ntouch '{STEM}.md'\n{ending}"
    environment = write_editor(tmp_path, script)
    (published.root / "milestones").mkdir()
    done = published.run(*FIRST, "--edit", environment=environment)
    assert done.returncode == 2
    assert "what you wrote is kept in .reprokit/why-r1-" in done.stderr
    kept = done.stderr.partition("is kept in ")[2].split("\n")[0]
    assert b"Hours of work.\n" in (published.root / kept).read_bytes()


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/x", "x.md", "", ".", "X", "a b", "x" * 81])
def test_a_name_that_is_no_slug_is_refused(published: Project, name: str) -> None:
    """No name leads out of the folder."""
    done = published.run("milestone", name)
    assert done.returncode == 2
    assert "cannot name a milestone" in done.stderr
    assert not (published.root / "milestones").exists()


def test_no_manifests_at_the_commit(published: Project) -> None:
    """What there is instead is told."""
    done = published.run("milestone", "r1", "--machines", "m1", "--commit", "ffff")
    assert done.returncode == 2
    assert "no commit of which these machines have a manifest" in done.stderr
    assert "0a8ec29f1c21" in done.stderr
    shutil.rmtree(published.root / "manifests")
    empty = published.run("milestone", "r1")
    assert empty.returncode == 2
    assert "reprokit snapshot" in empty.stderr
    assert not (published.root / "milestones").exists()


def test_what_was_stated_is_left_out_for_a_reason_alone(published: Project) -> None:
    """Not by a narrower selection: the last word would be `ALL IDENTICAL`."""
    assert published.run(*FIRST).returncode == 0
    before = read_all(published)
    narrow = ("milestone", "r1", "--machines", "m1,m3", "--date", "2026-06-01", "--probe", "key0")
    done = published.run(*narrow)
    assert done.returncode == 2
    assert "--probe: 12 probes that the document states would be left out: `split-key7-0`" in (
        done.stderr
    )
    assert "say by `--why`" in done.stderr
    fewer = published.run("milestone", "r1", "--machines", "m1,m5", "--date", "2026-06-01")
    assert fewer.returncode == 2
    assert "--machines: 1 machine that the document states would be left out" in fewer.stderr
    assert read_all(published) == before
    done = published.run(*narrow, "--why", "The rest was taken after a cast.")
    assert done.returncode == 0, done.stderr
    assert "## Amendment 1, 2026-06-01" in read(published, "md")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("r1", "--date", "2999-01-01"), "--date: 2999-01-01 is in the future"),
        (("r1-2026-05-20",), "name it `r1`; `--date` chooses another date"),
    ],
)
def test_a_date_that_would_harm_is_refused(
    published: Project, arguments: tuple[str, ...], told: str
) -> None:
    """Nothing could follow the one; the other would be `r1-2026-05-20-2026-11-23.md`."""
    done = published.run("milestone", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert read_all(published) == {}
