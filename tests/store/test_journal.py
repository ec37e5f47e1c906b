"""The journal of a snapshot under way."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from reprokit.model.record import Record, Status
from reprokit.store.journal import Journal
from tests.builders import QUICK, make_digest, make_record, records

FACTS = ("apple-m1-max", "commit", "lock")
DEFINITION = make_digest("definition")


def journal_file(root: Path) -> Path:
    """Find the one journal there is."""
    (path,) = (root / ".reprokit" / "journal").glob("*.jsonl")
    return path


def fill(root: Path) -> None:
    """Write a journal of two records, as a snapshot that was interrupted."""
    journal = Journal(root, FACTS)
    journal.append("first", DEFINITION, make_record("a"))
    journal.append("second", DEFINITION, make_record(status=Status.CRASHED))


def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    """Before anything has run, nothing is finished."""
    assert Journal(tmp_path, FACTS).find("first", DEFINITION) is None


def test_resume(tmp_path: Path) -> None:
    """A second snapshot of the same facts finds what the first finished."""
    fill(tmp_path)
    resumed = Journal(tmp_path, FACTS)
    assert resumed.find("first", DEFINITION) == make_record("a")
    assert resumed.find("second", DEFINITION) == make_record(status=Status.CRASHED)
    assert resumed.find("third", DEFINITION) is None


def test_what_is_appended_is_found_at_once(tmp_path: Path) -> None:
    """A record that was just written is known to the same journal."""
    journal = Journal(tmp_path, FACTS)
    journal.append("first", DEFINITION, make_record("a"))
    assert journal.find("first", DEFINITION) == make_record("a")


@QUICK
@given(records())
def test_records_come_back_as_they_went(record: Record) -> None:
    """Any record comes back from the journal, to the last bit of its seconds."""
    with TemporaryDirectory() as folder:
        Journal(Path(folder), FACTS).append("probe", DEFINITION, record)
        assert Journal(Path(folder), FACTS).find("probe", DEFINITION) == record


def test_another_definition_is_not_found(tmp_path: Path) -> None:
    """A probe whose definition changed since has to run again."""
    fill(tmp_path)
    assert Journal(tmp_path, FACTS).find("first", make_digest("other")) is None


@pytest.mark.parametrize(
    "facts", [(*FACTS, "more"), FACTS[:-1], ("other", *FACTS[1:]), ("apple-m1-maxcommit", "lock")]
)
def test_other_facts_are_another_journal(tmp_path: Path, facts: tuple[str, ...]) -> None:
    """A snapshot of other facts does not go on where this one stopped."""
    fill(tmp_path)
    assert Journal(tmp_path, facts).find("first", DEFINITION) is None


@pytest.mark.parametrize("lost", [1, 2, 40, 150])
def test_a_last_line_that_was_cut_off_is_forgotten(tmp_path: Path, lost: int) -> None:
    """A record whose line is not whole has to run again; those before it are kept."""
    fill(tmp_path)
    path = journal_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-lost])
    resumed = Journal(tmp_path, FACTS)
    assert resumed.find("first", DEFINITION) == make_record("a")
    assert resumed.find("second", DEFINITION) is None
    resumed.append("second", DEFINITION, make_record(status=Status.CRASHED))
    assert path.read_bytes() == whole


def test_garbage_is_forgotten(tmp_path: Path) -> None:
    """Bytes that are no record, as a crash of the system may leave, cost no finished record."""
    fill(tmp_path)
    path = journal_file(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0\0\xff\n")
    assert Journal(tmp_path, FACTS).find("second", DEFINITION) is not None


def test_discard(tmp_path: Path) -> None:
    """A journal whose records are in a manifest goes; to discard it twice does no harm."""
    fill(tmp_path)
    journal = Journal(tmp_path, FACTS)
    journal.discard()
    journal.discard()
    assert Journal(tmp_path, FACTS).find("first", DEFINITION) is None
