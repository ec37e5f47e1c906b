"""Milestone documents are written once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.compare.amendment import make_statement
from reprokit.compare.verdict import compare_machines
from reprokit.errors import UsageError
from reprokit.model.milestone import Amendment, Milestone, Published
from reprokit.model.milestone_seal import seal_document
from reprokit.render.milestone import add_to_json, render_json
from reprokit.store import milestones
from reprokit.store.milestones import (
    Untouched,
    find_published,
    hash_document,
    list_documents,
    list_spoiled,
    lock_milestones,
    read_untouched,
    replace_documents,
    write_documents,
)
from tests.builders import make_evidence, make_probe
from tests.render.full import make_full_comparison

if TYPE_CHECKING:
    from collections.abc import Callable
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


def publish(folder: Path, text: str = TEXT, *, milestone: Milestone = MILESTONE) -> Published:
    """Write a milestone's documents, and find it."""
    name = f"{milestone.stem}.md"
    data = render_json(milestone, {name: hash_document(name, text)})
    write_documents(folder, {name: text, f"{milestone.stem}.json": data})
    found = find_published(folder, milestone.name)
    assert found is not None
    return found[1]


def amend(folder: Path, commit: str) -> None:
    """Add to the JSON that another commit was compared."""
    found = find_published(folder, "r1")
    assert found is not None
    comparison = compare_machines([make_evidence("m1", make_probe("p"))], commit=commit)
    later = Milestone(name="r1", date="2026-06-01", why="Later.", command="", comparison=comparison)
    amendment = Amendment(number=1, date="2026-06-01", milestone=later, changes=())
    text = add_to_json(found[0], amendment, found[1].files)
    (folder / f"{MILESTONE.stem}.json").write_text(text)


def change_json(folder: Path, change: Callable[[dict[str, Any]], None], *, seal: bool) -> Path:
    """Change what a JSON says, as somebody does who knows of its hash, or does not."""
    path = folder / f"{MILESTONE.stem}.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(seal_document(data) if seal else data, indent=2))
    return path


def test_documents_of_a_commit(tmp_path: Path) -> None:
    """Markdown, pictures, JSON; also of an amendment. Others, and what is none, are passed over."""
    commit = MILESTONE.comparison.commit
    assert commit is not None
    publish(tmp_path)
    publish(tmp_path, milestone=replace(MILESTONE, name="other"))
    (tmp_path / "other-2026-05-20.json").write_text("{")
    (tmp_path / "c.json").write_text('{"schema": "reprokit/comparison/1"}')
    names = ["r1-2026-05-20.md", "r1-2026-05-20.json"]
    assert [path.name for path in list_documents(tmp_path, commit + "0" * 28)] == names
    picture = "r1-2026-05-20-heat-map.svg"
    (tmp_path / picture).write_text("")
    change_json(
        tmp_path, lambda it: it["files"].update({picture: "", "r1-2026-05-20-x.svg": ""}), seal=True
    )
    assert list_documents(tmp_path, "1" * 40) == ()
    amend(tmp_path, "1" * 12)
    found = list_documents(tmp_path, "1" * 40)
    assert [path.name for path in found] == [names[0], picture, names[1]]
    assert list_documents(tmp_path / "nowhere", commit) == ()


def test_what_is_wrong_with_milestones_is_told(tmp_path: Path) -> None:
    """An edited or unreadable JSON, whatever it is of, and a document of the commit; no other."""
    commit = MILESTONE.comparison.commit
    assert commit is not None
    publish(tmp_path)
    publish(tmp_path, milestone=replace(MILESTONE, name="other"))
    (tmp_path / "attestation-2026-05-20.json").write_text("{}")
    (tmp_path / "c.json").write_text('{"schema": "reprokit/comparison/1"}')
    assert list_spoiled(tmp_path, commit) == ()
    (tmp_path / "z-2026-05-20.json").symlink_to("/dev/zero")
    (tmp_path / "other-2026-05-20.json").write_text("{")
    markdown = tmp_path / "r1-2026-05-20.md"
    text = markdown.read_text()
    markdown.write_text(f"{text}An edit.\n")
    found = [(str(it.where), it.message) for it in list_spoiled(tmp_path, commit)]
    assert [where for where, _ in found] == [
        f"{tmp_path.name}/other-2026-05-20.json",
        f"{tmp_path.name}/r1-2026-05-20.md",
        f"{tmp_path.name}/z-2026-05-20.json",
    ]
    assert "edited outside" in found[1][1]
    assert len(list_spoiled(tmp_path, "1" * 40)) == 2
    markdown.write_text(text)
    change_json(tmp_path, lambda it: it.update(why="Another one."), seal=False)
    (tmp_path / "z-2026-05-20.json").unlink()
    (tmp_path / "other-2026-05-20.json").unlink()
    (edited,) = list_spoiled(tmp_path, commit)
    assert "was edited" in edited.message


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
    amend(tmp_path, "1" * 12)
    again = find_published(tmp_path, "r1")
    assert again is not None
    published = again[1]
    assert (published.stem, published.date) == ("r1-2026-05-20", "2026-06-01")
    assert published.amendments == 1
    assert published.reasons == ("Because.", "Later.")
    assert published.statement.commit == "1" * 12
    assert published.statements[0] == make_statement(MILESTONE.comparison)
    assert published.dates == ("2026-05-20", "2026-06-01")


def test_the_newest_date_of_a_name_is_found(tmp_path: Path) -> None:
    """Names that only begin alike are others."""
    publish(tmp_path, milestone=replace(MILESTONE, name="r1-more", date="2026-07-01"))
    for date in ("2026-05-20", "2026-06-01", "2025-06-01"):
        publish(tmp_path, milestone=replace(MILESTONE, date=date))
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
    assert read_untouched(tmp_path, published) == Untouched(text=TEXT.replace(before, after))


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
    """They are no traceback, nor does an empty hash in the JSON stand for them."""
    published = publish(tmp_path)
    (tmp_path / "r1-2026-05-20.md").write_bytes(TEXT.encode() + b"\xff")
    for sha256 in (published.files["r1-2026-05-20.md"], ""):
        with pytest.raises(UsageError, match="edited outside"):
            read_untouched(tmp_path, replace(published, files={"r1-2026-05-20.md": sha256}))


def test_bytes_that_are_no_text_are_the_users_between_the_lines(tmp_path: Path) -> None:
    """They are written again as they were."""
    published = publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.md"
    content = TEXT.encode().replace(b"old", b"M\xfcnchen")
    path.write_bytes(content)
    text = read_untouched(tmp_path, published).text
    replace_documents(tmp_path, {path.name: text + "more\n"})
    assert path.read_bytes() == content + b"more\n"


UNFINISHED = "\n## Amendment 1, 2026-06-01\n\n**Status:** **BLOCKED**: 1 different\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_an_unfinished_amendment_is_told_apart(tmp_path: Path, ending: str) -> None:
    """One that the JSON does not have yet, whatever it says, and of whichever day."""
    published = publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.md"
    texts = [it.replace("\n", ending) for it in (TEXT.replace("old", "new"), UNFINISHED)]
    path.write_bytes("".join(texts).encode())
    assert read_untouched(tmp_path, published) == Untouched(text=texts[0], unfinished=texts[1])


@pytest.mark.parametrize(
    "text",
    [
        TEXT + UNFINISHED.replace("Amendment 1", "Amendment 2"),
        TEXT + "\n## Amendment 1, 2026-06-01\n\nBy hand.\n",
        TEXT + "Mine.\n" + UNFINISHED,
        TEXT.replace("middle", "muddle") + UNFINISHED,
    ],
)
def test_what_looks_like_an_unfinished_amendment_is_an_edit(tmp_path: Path, text: str) -> None:
    """Another number, another form, or words before it that nobody published."""
    published = publish(tmp_path)
    (tmp_path / "r1-2026-05-20.md").write_text(text)
    with pytest.raises(UsageError, match="edited outside"):
        read_untouched(tmp_path, published)


def test_a_markdown_without_its_json_stops_the_run(tmp_path: Path) -> None:
    """A second milestone is not begun beside one that was interrupted; its own day finishes it."""
    publish(tmp_path)
    (tmp_path / "r1-2026-05-20.json").unlink()
    with pytest.raises(UsageError, match="has no JSON beside it") as caught:
        find_published(tmp_path, "r1", date="2026-05-21")
    assert caught.value.where == f"{tmp_path.name}/r1-2026-05-20.md"
    assert "`--date 2026-05-20`" in str(caught.value.hint)
    assert find_published(tmp_path, "r1", date="2026-05-20") is None
    assert find_published(tmp_path, "r", date="2026-05-21") is None


def test_a_markdown_without_its_json_beside_a_milestone(tmp_path: Path) -> None:
    """It is told too; no date finishes it."""
    publish(tmp_path)
    (tmp_path / "r1-2026-05-21.md").write_text(TEXT)
    with pytest.raises(UsageError, match="has no JSON beside it") as caught:
        find_published(tmp_path, "r1", date="2026-05-21")
    assert "--date" not in str(caught.value.hint)


@pytest.mark.parametrize("name", ["r1-2026-05-20.md", "r1-2026-05-20.json"])
def test_a_link_is_not_followed(tmp_path: Path, name: str) -> None:
    """To add to it would put a file in its place, and leave its target as it was."""
    published = publish(tmp_path)
    (tmp_path / name).rename(tmp_path / "elsewhere")
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    read: Callable[[], object] = (
        (lambda: read_untouched(tmp_path, published))
        if name.endswith(".md")
        else (lambda: find_published(tmp_path, "r1"))
    )
    with pytest.raises(UsageError, match="symbolic link") as caught:
        read()
    assert caught.value.where == f"{tmp_path.name}/{name}"


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_nothing_is_written_over_a_link(tmp_path: Path, target: str) -> None:
    """Not even where its target says the same, or is not there."""
    name = "r1-2026-05-20.md"
    (tmp_path / "elsewhere").write_text(DOCUMENTS[name], encoding="utf-8")
    (tmp_path / name).symlink_to(tmp_path / target)
    with pytest.raises(UsageError, match="symbolic link"):
        write_documents(tmp_path, DOCUMENTS)
    assert (tmp_path / name).is_symlink()


def test_a_copy_under_another_name_is_refused(tmp_path: Path) -> None:
    """Its JSON tells of other documents than those beside it, which would be written over."""
    publish(tmp_path)
    for ending in ("md", "json"):
        text = (tmp_path / f"r1-2026-05-20.{ending}").read_text()
        (tmp_path / f"r2-2026-05-20.{ending}").write_text(text)
    with pytest.raises(UsageError, match="is the milestone `r1` of `2026-05-20`") as caught:
        find_published(tmp_path, "r2")
    assert caught.value.where == f"{tmp_path.name}/r2-2026-05-20.json"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "does not name `r1-2026-05-20.md`"),
        ({"r1-2026-05-20-heat-map.svg": "0"}, "does not name `r1-2026-05-20.md`"),
        ({"r1-2026-05-20.md": "0", "r2-2026-05-20.md": "0"}, "no document of this milestone"),
        ({"r1-2026-05-20.md": "0", "../r1-2026-05-20-x.svg": "0"}, "no document of this"),
        ({"r1-2026-05-20.md": "0", "r1-2026-05-20-\x1b[2J.svg": "0"}, "no document of this"),
        ({"r1-2026-05-20.md": "0", "r1-2026-05-20-x.html": "0"}, "no document of this"),
        ({"r1-2026-05-20.md": "0", "r1-2026-05-20.json": "0"}, "no document of this"),
    ],
)
def test_a_json_names_its_own_documents(
    tmp_path: Path, files: dict[str, str], problem: str
) -> None:
    """The markdown among them, and no other's; whoever changed it knows of the hash."""
    publish(tmp_path)
    change_json(tmp_path, lambda it: it.update(files=files), seal=True)
    with pytest.raises(UsageError, match=problem):
        find_published(tmp_path, "r1")


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "a digest": lambda it: it["comparison"]["probes"][0]["digests"].update({"m1": "0" * 64}),
    "a chip": lambda it: it["comparison"]["machines"][0].update(chip="Apple M9"),
    "a text": lambda it: it.update(why="Another."),
    "a hash of a document": lambda it: it["files"].update({"r1-2026-05-20.md": "0" * 64}),
    "its own hash": lambda it: it.pop("sha256"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_an_edited_json_is_told(tmp_path: Path, case: str) -> None:
    """It is nothing that a later run may be held against."""
    publish(tmp_path)
    path = change_json(tmp_path, CHANGES[case], seal=False)
    with pytest.raises(UsageError, match="was edited") as caught:
        find_published(tmp_path, "r1")
    assert caught.value.where == f"{tmp_path.name}/{path.name}"


def test_a_json_may_be_laid_out_otherwise(tmp_path: Path) -> None:
    """Line ends, blanks and the order of names say nothing."""
    publish(tmp_path)
    path = tmp_path / "r1-2026-05-20.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data, sort_keys=True, indent=1).replace("\n", "\r\n"))
    assert find_published(tmp_path, "r1") is not None


def test_one_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cannot have the lock writes nothing, and is told so."""
    monkeypatch.setattr(milestones, "PATIENCE_S", 0.0)
    with (
        lock_milestones(tmp_path),
        pytest.raises(UsageError, match="another process is writing"),
        lock_milestones(tmp_path),
    ):
        pass
    with lock_milestones(tmp_path):
        pass


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
