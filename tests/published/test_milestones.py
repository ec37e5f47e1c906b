"""The committed milestones are as they were published."""

from __future__ import annotations

import pytest

from reprokit.store.manifests import list_machines, read_machine
from reprokit.store.milestones import find_published, read_untouched
from tests.published.convert import ROOT
from tests.render.test_schemas import validate

FOLDER = ROOT / "milestones"
NAMES = ("r1-cross-machine", "two-linux")


@pytest.mark.parametrize("name", NAMES)
def test_nobody_edited_a_milestone_outside_of_the_notes(name: str) -> None:
    """Markdown and pictures have the hashes of the JSON, which is as its schema says."""
    found = find_published(FOLDER, name)
    assert found is not None
    document, published = found
    assert read_untouched(FOLDER, published).text.startswith(f"# {name}: ")
    validate(document, "milestone-1")


@pytest.mark.parametrize("name", NAMES)
def test_the_evidence_of_a_milestone_is_committed(name: str) -> None:
    """The manifests are there, with the hashes that it tells."""
    found = find_published(FOLDER, name)
    assert found is not None
    for machine, stated in found[1].statement.machines.items():
        folder = ROOT / "manifests"
        assert machine in list_machines(folder)
        hashes = {it.path: it.sha256 for it in read_machine(folder, machine, root=ROOT)}
        assert stated.manifests.items() <= hashes.items()


def test_no_file_lies_there_that_belongs_to_no_milestone() -> None:
    """Every document of these names is in a JSON, as no old picture is."""
    named = set()
    for name in NAMES:
        found = find_published(FOLDER, name)
        assert found is not None
        named |= {*found[1].files, f"{found[1].stem}.json"}
    lying = {path.name for name in NAMES for path in FOLDER.glob(f"{name}-*")}
    assert lying == named
