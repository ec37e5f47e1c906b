"""Milestone documents are written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.compare.amendment import make_statement
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.milestone import Amendment, Milestone, Published
from reprokit.render.milestone import add_to_json, render_json
from reprokit.store.milestones import (
    find_published,
    hash_document,
    list_documents,
    read_untouched,
    write_documents,
)
from tests.builders import make_evidence, make_probe
from tests.render.full import make_full_comparison

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = {"r1-2026-05-20.md": "# r1: ünï\n", "r1-2026-05-20.json": "{}\n"}


def test_write_documents(tmp_path: Path) -> None:
    """All documents are written, in order, as UTF-8."""
    folder = tmp_path / "milestones"
    assert write_documents(folder, DOCUMENTS) == tuple(folder / name for name in DOCUMENTS)
    for name, text in DOCUMENTS.items():
        assert (folder / name).read_bytes() == text.encode()


def test_the_same_text_may_be_written_again(tmp_path: Path) -> None:
    """To make the same milestone again changes nothing."""
    write_documents(tmp_path, DOCUMENTS)
    write_documents(tmp_path, DOCUMENTS)
    assert sorted(it.name for it in tmp_path.iterdir()) == sorted(DOCUMENTS)


def test_another_text_is_not_written_over(tmp_path: Path) -> None:
    """One document that says something else stops all of them."""
    name = "r1-2026-05-20.json"
    (tmp_path / name).write_text("{ }\n", encoding="ascii")
    with pytest.raises(UsageError, match="says something else") as caught:
        write_documents(tmp_path, DOCUMENTS)
    assert caught.value.where == f"{tmp_path.name}/{name}"
    assert caught.value.hint is not None
    assert (tmp_path / name).read_text(encoding="ascii") == "{ }\n"
    assert [it.name for it in tmp_path.iterdir()] == [name]


def test_documents_of_a_commit(tmp_path: Path) -> None:
    """Those whose JSON says so; others, and what is none, are passed over."""
    commit = "0a8ec29f1c21"
    text = '{{"schema": "reprokit/{}/1", "comparison": {{"commit": "{}"}}}}'
    (tmp_path / "a.json").write_text(text.format("milestone", commit))
    (tmp_path / "a.md").write_text("# a")
    (tmp_path / "b.json").write_text(text.format("milestone", "1" * 12))
    (tmp_path / "c.json").write_text(text.format("comparison", commit))
    (tmp_path / "d.json").write_text("{")
    (tmp_path / "e.json").write_text('{"schema": "reprokit/attestation/1"}')
    found = list_documents(tmp_path, commit + "0" * 28)
    assert [path.name for path in found] == ["a.md", "a.json"]
    assert list_documents(tmp_path / "nowhere", commit) == ()


def test_documents_of_an_amended_commit(tmp_path: Path) -> None:
    """A milestone is of the commits of its amendments too; its pictures belong to it."""
    (tmp_path / "a.json").write_text(
        '{"schema": "reprokit/milestone/1", "comparison": {"commit": "0"}, '
        '"files": {"a.md": "", "a-heat-map.svg": "", "../out.svg": "", "gone.svg": ""}, '
        f'"amendments": [{{"comparison": {{"commit": "{"1" * 12}"}}}}]}}'
    )
    for name in ("a.md", "a-heat-map.svg"):
        (tmp_path / name).write_text("")
    found = list_documents(tmp_path, "1" * 40)
    assert [path.name for path in found] == ["a.md", "a-heat-map.svg", "a.json"]


MILESTONE = Milestone(
    name="r1",
    date="2026-05-20",
    why="Because.",
    command="reprokit milestone r1",
    comparison=make_full_comparison(),
)
TEXT = """\
# r1
<!-- reprokit:notes: yours -->
<!-- reprokit:end -->
middle
<!-- reprokit:notes -->
old
<!-- reprokit:end -->
last
"""


def publish(folder: Path, text: str = TEXT) -> Published:
    """Write a milestone's documents, and find it."""
    name = "r1-2026-05-20.md"
    data = render_json(MILESTONE, {name: hash_document(name, text)})
    write_documents(folder, {name: text, "r1-2026-05-20.json": data})
    found = find_published(folder, "r1")
    assert found is not None
    return found[1]


def test_what_was_published_is_read_as_it_was_stated(tmp_path: Path) -> None:
    """Through the JSON nothing is lost of what a later run is held against."""
    published = publish(tmp_path)
    assert (published.stem, published.date, published.amendments) == (
        *("r1-2026-05-20", "2026-05-20"),
        0,
    )
    assert published.statement == make_statement(MILESTONE.comparison)
    assert find_published(tmp_path, "r") is None
    assert find_published(tmp_path, "r1-2026") is None
    assert find_published(tmp_path / "nowhere", "r1") is None


def test_the_newest_amendment_is_what_stands(tmp_path: Path) -> None:
    """Its statement, its date, and all reasons that were given."""
    publish(tmp_path)
    found = find_published(tmp_path, "r1")
    assert found is not None
    comparison = compare_machines([make_evidence("m1", make_probe("p"))], commit="1" * 12)
    later = Milestone(name="r1", date="2026-06-01", why="Later.", command="", comparison=comparison)
    amendment = Amendment(number=1, date="2026-06-01", milestone=later, changes=())
    (tmp_path / "r1-2026-05-20.json").write_text(add_to_json(found[0], amendment, {}))
    again = find_published(tmp_path, "r1")
    assert again is not None
    published = again[1]
    assert (published.stem, published.date) == ("r1-2026-05-20", "2026-06-01")
    assert published.amendments == 1
    assert published.reasons == ("Because.", "Later.")
    assert published.statement == make_statement(comparison)


def test_the_newest_date_of_a_name_is_found(tmp_path: Path) -> None:
    """Names that only begin alike are others."""
    publish(tmp_path)
    text = (tmp_path / "r1-2026-05-20.json").read_text()
    for name in ("r1-2026-06-01", "r1-2025-06-01", "r1-more-2026-07-01"):
        (tmp_path / f"{name}.json").write_text(text)
    found = find_published(tmp_path, "r1")
    assert found is not None
    assert found[1].stem == "r1-2026-06-01"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("yours -->\n", "yours -->\nMine.\n"),
        ("yours -->\n", "yours -->\nMine.\n<!-- a comment -->\n\n## Heading\n"),
        ("old\n", ""),
        ("\n", "\r\n"),
    ],
)
def test_what_stands_between_marked_lines_is_the_users(
    tmp_path: Path, before: str, after: str
) -> None:
    """It may be changed, and how lines end, and is read as it is."""
    published = publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.md"
    path.write_bytes(TEXT.replace(before, after).encode())
    assert read_untouched(tmp_path, published) == TEXT.replace(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# r1", "# r2"),
        ("middle", "muddle"),
        ("last\n", "last\nMine.\n"),
        ("yours -->\n<!-- reprokit:end -->\n", "yours -->\n"),
        ("<!-- reprokit:notes -->\nold", "old"),
    ],
)
def test_what_stands_outside_of_them_is_not(tmp_path: Path, before: str, after: str) -> None:
    """It is told, with what to do, and the file stays."""
    published = publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.md"
    path.write_text(TEXT.replace(before, after))
    with pytest.raises(UsageError, match="edited outside") as caught:
        read_untouched(tmp_path, published)
    assert caught.value.where == f"{tmp_path.name}/r1-2026-05-20.md"
    assert path.read_text() == TEXT.replace(before, after)


def test_bytes_that_are_no_text_are_an_edit(tmp_path: Path) -> None:
    """They are no traceback."""
    published = publish(tmp_path)
    (tmp_path / "r1-2026-05-20.md").write_bytes(TEXT.encode() + b"\xff")
    with pytest.raises(UsageError, match="edited outside"):
        read_untouched(tmp_path, published)


def test_an_interrupted_amendment_is_gone_on_with(tmp_path: Path) -> None:
    """What was added already, without the JSON, is left out; another addition is an edit."""
    published = publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.md"
    path.write_text(TEXT + "\n## Amendment\n")
    assert read_untouched(tmp_path, published, addition="\n## Amendment\n") == TEXT
    with pytest.raises(UsageError, match="edited outside"):
        read_untouched(tmp_path, published, addition="\n## Other\n")


def test_a_document_that_is_missing_is_told(tmp_path: Path) -> None:
    """And nothing is written in its place."""
    published = publish(tmp_path)
    (tmp_path / "r1-2026-05-20.md").unlink()
    with pytest.raises(UsageError, match="is missing"):
        read_untouched(tmp_path, published)


BAD_JSON = {
    "{": "is no JSON",
    "[]": "is no milestone",
    '{"schema": "reprokit/milestone/9"}': "is newer than this reprokit",
    '{"schema": "reprokit/comparison/1"}': "expected `reprokit/milestone/1`",
    '{"schema": "reprokit/milestone/1", "name": 1}': "name: expected",
    '{"schema": "reprokit/milestone/1", "name": "r1"}': "date",
}


@pytest.mark.parametrize("text", BAD_JSON)
def test_a_wrong_json_is_an_error_with_its_place(tmp_path: Path, text: str) -> None:
    """A milestone is never begun anew because its JSON cannot be read."""
    (tmp_path / "r1-2026-05-20.json").write_text(text)
    with pytest.raises(UsageError) as caught:
        find_published(tmp_path, "r1")
    assert BAD_JSON[text] in str(caught.value)
    assert "r1-2026-05-20.json" in str(caught.value)
