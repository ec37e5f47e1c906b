"""What an amendment shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.amendment import list_changes, make_statement
from reprokit.compare.verdict import compare_machines
from reprokit.model.milestone import Amendment
from reprokit.model.names import short
from reprokit.render.milestone import render_amendment
from tests.builders import COMMIT, make_probe
from tests.render.shared import G13, name_evidence
from tests.render.test_milestone import MILESTONE

WORDS = {"p": "ab", "q": "ab", "r": "ac"}


@pytest.mark.parametrize(
    ("commit", "counted"),
    [
        (short(COMMIT), "8 changes: 6 of digest, 2 of manifest."),
        (
            "1" * 12,
            "9 changes: 1 of commit, 6 of digest, 2 of manifest; manifests stand under Provenance.",
        ),
    ],
)
def test_all_changes_are_counted(commit: str, counted: str) -> None:
    """As the command counts them: those that share a row too, and those that have none."""
    comparisons = []
    for at, code in enumerate((short(COMMIT), commit)):
        machines = [
            name_evidence(name, G13, "M1", [make_probe(it, word[at]) for it, word in WORDS.items()])
            for name in ("m1", "m2")
        ]
        for machine in machines:
            (manifest,) = machine.manifests
            manifest = replace(manifest, sha256=f"{at}" * 64)
            comparisons.append(replace(machine, manifests=(manifest,), commit=code))
    before, after = (
        compare_machines(comparisons[at : at + 2], commit=code)
        for at, code in ((0, short(COMMIT)), (2, commit))
    )
    changes = list_changes(make_statement(before), make_statement(after))
    milestone = replace(MILESTONE, comparison=after)
    text = render_amendment(
        Amendment(number=1, date="2026-06-01", milestone=milestone, changes=changes)
    )
    assert f"### What changed\n\n{counted}\n\n| changed | of |" in text
    assert counted.startswith(f"{len(changes)} changes")
