"""Comparisons of many machines and probes, for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.completion import add_side_findings
from reprokit.compare.verdict import compare_machines
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts, Record, Run, Status
from tests.builders import COMMIT, make_digest, make_evidence, make_probe, make_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.model.comparison import Comparison
    from reprokit.model.manifest import ProbeRecord


def compare_words(words: Mapping[str, Sequence[str]]) -> Comparison:
    """Compare machines by the words behind their digests: for each probe one for each machine.

    A word that names a status without bytes gives a record of that status, an empty one none.
    """
    machines = range(max(map(len, words.values())))
    return compare_machines(
        [
            make_evidence(
                f"machine-{index}",
                *(_make_probe(name, given[index]) for name, given in words.items() if given[index]),
            )
            for index in machines
        ],
        commit=short(COMMIT),
        ids=words,
    )


def _make_probe(name: str, word: str) -> ProbeRecord:
    statuses = {status.value: status for status in Status}
    record = make_record("a", status=statuses[word]) if word in statuses else make_record(word)
    return make_probe(name, record=record)


def make_weighed(name: str, size_bytes: int, peak_bytes: int) -> ProbeRecord:
    """Make a probe whose result and whose peak have these sizes."""
    digest = make_digest(name)
    run = Run(
        digest=digest,
        warm_digest=digest,
        cold_s=1.0,
        warm_s=1.0,
        peak_bytes=peak_bytes,
        peak_rss_bytes=None,
    )
    result = ArrayFacts(digest=digest, dtype="uint8", shape=(size_bytes,))
    return make_probe(name, record=Record(status=Status.OK, result=result, runs=(run,)))


def compare_weights(weights: Mapping[str, Mapping[str, tuple[int, int]]]) -> Comparison:
    """Compare machines by size of result and peak of memory, by machine and probe."""
    evidence = [
        make_evidence(machine, *(make_weighed(name, *it) for name, it in probes.items()))
        for machine, probes in weights.items()
    ]
    return add_side_findings(compare_machines(evidence, commit=short(COMMIT)))
