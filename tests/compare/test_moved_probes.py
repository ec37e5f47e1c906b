"""Which probes are worth tracing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reprokit.compare.history import trace_probes
from reprokit.compare.moved_probes import list_moved
from reprokit.compare.selection import list_evidence
from reprokit.model.environment import Repository
from reprokit.model.history import Step
from reprokit.model.record import Status
from tests.builders import QUICK, make_definition, make_manifest, make_probe, make_record

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord

GIVEN = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from([0, 1]),
    st.sampled_from([Status.OK, Status.OK, Status.UNSTABLE, Status.FAILED]),
)
"""What one machine gives of one probe at one commit: its bytes, its seed, and how it ended."""


def make(name: str, given: tuple[str, int, Status]) -> ProbeRecord:
    """Make the probe that is given."""
    word, seed, status = given
    definition = make_definition(seed=seed)
    return make_probe(name, definition=definition, record=make_record(word, status=status))


@QUICK
@given(
    machines=st.lists(
        st.lists(st.tuples(st.none() | GIVEN, GIVEN), min_size=1, max_size=4),
        min_size=1,
        max_size=2,
    )
)
def test_none_that_moved_is_left_out(
    machines: list[list[tuple[tuple[str, int, Status] | None, tuple[str, int, Status]]]],
) -> None:
    """What is left out has neither a move nor a new definition; what is not, has results apart."""
    timelines = {}
    for number, commits in enumerate(machines):
        manifests = [
            make_manifest(
                f"m{number}",
                [make(name, it) for name, it in zip("pq", probes, strict=True) if it],
                repository=Repository(
                    commit=f"{place}" * 40, committed=f"2026-01-0{place + 1}T00:00:00Z"
                ),
            )
            for place, probes in enumerate(commits)
        ]
        timelines[f"m{number}"] = list_evidence(manifests)
    names = [
        name for name in "pq" if any(name in it.probes for x in timelines.values() for it in x)
    ]
    moved = list_moved(names, timelines)
    assert list(moved) == [name for name in names if name in moved]
    for history in trace_probes(names, timelines):
        told = bool(history.count(Step.MOVED) or history.count(Step.REDEFINED))
        assert told == (history.probe in moved)
