"""Files that `--output` names."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.cli.output import write_output
from reprokit.errors import UsageError
from tests.committed import copy_manifests
from tests.published.convert import ROOT

if TYPE_CHECKING:
    from tests.projects import Project

MANIFEST = "manifests/apple-m5/0a8ec29f1c21.toml"


@pytest.fixture
def published(project: Project) -> Project:
    """A project that holds the manifests of two machines."""
    copy_manifests(project.root / "manifests", "apple-m3-ultra", "apple-m5")
    return project


@pytest.mark.parametrize(
    "command",
    [
        ("report",),
        ("compare",),
        ("check", "--no-run"),
        ("explain", "normal-8-key0"),
        ("history", "normal-8-key0"),
    ],
)
@pytest.mark.parametrize("name", [MANIFEST, "milestones/r1.md"])
def test_evidence_is_not_written_over(
    published: Project, command: tuple[str, ...], name: str
) -> None:
    """Nor is anything else put beside it."""
    before = published.write(name, (published.root / MANIFEST).read_text()).read_bytes()
    done = published.run(*command, "--output", name)
    assert done.returncode == 2
    assert f"error: {name}: lies among the project's evidence" in done.stderr
    assert (published.root / name).read_bytes() == before
    beside = str(Path(name).with_name("new.html"))
    assert published.run(*command, "--output", beside).returncode == 2
    assert not (published.root / beside).exists()


def test_a_link_leads_to_evidence_no_less(published: Project) -> None:
    """A link is followed before anything is decided."""
    (published.root / "page.html").symlink_to(MANIFEST)
    before = (published.root / MANIFEST).read_bytes()
    done = published.run("report", "--output", "page.html")
    assert done.returncode == 2
    assert (published.root / MANIFEST).read_bytes() == before


def test_a_manifest_of_no_project_is_not_written_over(tmp_path: Path) -> None:
    """As one that was sent."""
    sent = tmp_path / "m5.toml"
    shutil.copy(ROOT / MANIFEST, sent)
    with pytest.raises(UsageError, match="is a manifest"):
        write_output(str(sent), "a")
    assert sent.read_bytes() == (ROOT / MANIFEST).read_bytes()


def test_what_was_there_stays_until_all_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full leaves the old page whole, and nothing beside it."""

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    page = tmp_path / "page.html"
    page.write_text("old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(UsageError, match="No space left on device"):
        write_output(str(page), "new")
    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


def test_permissions_are_those_of_the_file_or_the_process(tmp_path: Path) -> None:
    """A page is not more public than its author lets files be."""
    page, other = tmp_path / "page.html", tmp_path / "other.html"
    page.write_text("old")
    page.chmod(0o640)
    mask = os.umask(0o077)
    try:
        for path in (page, other):
            write_output(str(path), "new")
    finally:
        os.umask(mask)
    assert [stat.S_IMODE(it.stat().st_mode) for it in (page, other)] == [0o640, 0o600]
    assert page.read_text() == other.read_text() == "new"


def test_devices_and_links_stay_what_they_are(tmp_path: Path) -> None:
    """A link's target is written; a device takes what it is given."""
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    write_output(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    write_output(os.devnull, "new")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_standard_output_by_its_name(published: Project) -> None:
    """A pipe takes the page, then the path that is printed."""
    done = published.run("report", "--output", "/dev/stdout")
    assert done.stdout.startswith("<!DOCTYPE html>"), done.stderr
    assert done.stdout.endswith("</html>\n/dev/stdout\n")


@pytest.mark.parametrize("number", [1, 2])
def test_a_stream_of_ours_that_leads_to_a_file(
    published: Project, tmp_path: Path, number: int
) -> None:
    """What is printed behind the page does not overwrite it."""
    page = tmp_path / "page.html"
    streams = [subprocess.DEVNULL, subprocess.DEVNULL]
    with page.open("wb") as stream:
        streams[number - 1] = stream.fileno()
        subprocess.run(
            published.command("report", "--output", f"/dev/fd/{number}"),
            cwd=published.root,
            stdout=streams[0],
            stderr=streams[1],
            check=True,
        )
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "</html>\n" in text
    assert text.endswith({1: "</html>\n/dev/fd/1\n"}.get(number, "\n"))
