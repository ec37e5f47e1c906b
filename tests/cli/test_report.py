"""`report` in real projects."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING

import pytest

from reprokit.store.manifests import encode_text
from tests.cli.test_hostile_manifests import EVIL, is_harmless, make_evil
from tests.committed import copy_manifests
from tests.render.taken_apart import Page

if TYPE_CHECKING:
    from tests.projects import Project

PAGE = ".reprokit/report.html"
APPLE = ("apple-m1-max", "apple-m3-ultra", "apple-m5")


@pytest.fixture
def published(project: Project) -> Project:
    """A project that holds the manifests of three Apple machines and two of Linux."""
    copy_manifests(project.root / "manifests", *APPLE, "linux-x86-64", "linux-arm64-qemu")
    return project


def test_the_page_is_written_where_it_is_wanted(published: Project) -> None:
    """Its path is printed; the same manifests give the same bytes."""
    done = published.run("report", "--machines", "m1,m3,m5")
    assert (done.returncode, done.stdout) == (0, f"{PAGE}\n"), done.stderr
    made = (published.root / PAGE).read_bytes()
    assert published.git("status", "--porcelain", "--", ".") == published.git(
        "status", "--porcelain", "--", "manifests"
    )
    done = published.run("report", "--machines", "m1,m3,m5", "--output", "other.html")
    assert (done.returncode, done.stdout) == (0, "other.html\n"), done.stderr
    assert (published.root / "other.html").read_bytes() == made
    page = Page(made.decode())
    assert "GPU generation >= 15" in page.text
    assert "hardware.gpu_architecture" in page.text
    assert "5 by +1 ulp" in page.text
    assert {"svg", "script"} <= {name for name, _ in page.elements}


def test_selections_are_those_of_compare(published: Project) -> None:
    """Probes, commits, and manifests anywhere."""
    folders = [str(published.root / "manifests" / name) for name in APPLE[:2]]
    done = published.run("report", *folders, "--probe", "normal-8-*")
    assert done.returncode == 0, done.stderr
    rows = Page((published.root / PAGE).read_text()).list_attributes("tr")
    assert len([it for it in rows if "data-probe" in it]) == 2
    one = published.run("report", "--machines", "m1")
    assert one.returncode == 2
    assert "`apple-m1-max` is the only machine" in one.stderr


def test_a_probe_that_moved_has_its_history(published: Project) -> None:
    """Those that did not have none."""
    path = published.root / "manifests" / "linux-x86-64" / "1491acf7db13.toml"
    head, mark, tail = path.read_text().partition('id = "normal-8-key0"')
    probe, rest = tail.split("[[probes]]", 1)
    facts = tomllib.loads(probe)["probes"]["result"]
    bits = bytes.fromhex(facts["bits"])
    moved = bytes([bits[0] ^ 1, *bits[1:]])
    probe = probe.replace(facts["bits"], moved.hex())
    probe = probe.replace(facts["digest"], hashlib.sha256(moved).hexdigest())
    path.write_text(f"{head}{mark}{probe}[[probes]]{rest}")
    done = published.run("report", "--machines", "x86,qemu", "--probe", "normal-*")
    assert done.returncode in {0, 1}, done.stderr
    page = Page((published.root / PAGE).read_text())
    history = page.text.partition("The same letter is the same result")[2]
    assert "; 1 move" in history
    assert "1 of 8 elements: 0 by +1 ulp" in history
    assert "normal-8-key42" not in history


def test_a_template_of_ones_own(published: Project) -> None:
    """It may be any document, with the data of the JSON."""
    published.write("mine.jinja", "{{ comparison.summary.different }} of {{ page.names | length }}")
    done = published.run("report", "--machines", "m1,m5", "--template", "mine.jinja")
    assert done.returncode == 0, done.stderr
    assert (published.root / PAGE).read_text() == "6 of 2"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mine.jinja", "mine.jinja: line 2: the template fails: 'nope' is undefined"),
        ("none.jinja", "none.jinja"),
        ("folder", "folder"),
    ],
)
def test_a_wrong_template_writes_nothing(published: Project, name: str, told: str) -> None:
    """And is told with file and line."""
    published.write("mine.jinja", "a\n{{ nope }}\n")
    (published.root / "folder").mkdir()
    done = published.run("report", "--machines", "m1,m5", "--template", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (published.root / PAGE).exists()


def test_a_page_that_cannot_be_written(published: Project) -> None:
    """Exit 2, with the path."""
    done = published.run("report", "--machines", "m1,m5", "--output", "no/such/folder.html")
    assert done.returncode == 2
    assert "no/such/folder.html" in done.stderr


def test_what_manifests_of_strangers_say_is_not_obeyed(project: Project) -> None:
    """Each text is escaped; no other file is written."""
    for machine, word in (("m1", "a"), ("m5", "b")):
        project.write(f"{machine}.toml", encode_text(make_evil(machine, word)))
    done = project.run("report", "m1.toml", "m5.toml")
    assert (done.returncode, done.stdout, done.stderr) == (1, f"{PAGE}\n", "")
    made = (project.root / PAGE).read_text(encoding="utf-8")
    page = Page(made)
    assert is_harmless(made)
    assert not {name for name, _ in page.elements} & {"img", "iframe", "object"}
    assert page.list_attributes("script") == [{}]
    assert EVIL.partition("<")[2].partition("\n")[0] in page.text
    assert not (project.root / "owned").exists()
