"""The search for a digest, held against trying everything in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256
from unittest import mock

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics import digest_search, digest_trial
from reprokit.numerics.digest_search import Budget, Progress, SearchResult, search_digest
from reprokit.numerics.digest_trial import change_places
from reprokit.numerics.float_bits import join_elements, measure_ulp
from reprokit.numerics.neighbourhood import (
    Neighbourhood,
    list_ulp_alternatives,
    make_neighbourhood,
)
from tests.builders import QUICK
from tests.numerics.test_subsets import list_subsets

ABSENT = sha256(b"none of them").hexdigest()
ENDLESS = """
from reprokit.numerics.digest_search import Budget, search_digest
from reprokit.numerics.neighbourhood import list_ulp_alternatives, make_neighbourhood
if __name__ == "__main__":
    base = bytes(256)
    near = make_neighbourhood(base, "float32", list_ulp_alternatives(base, "float32", 2))
    budget = Budget(candidates=10**12)
    print("ready", flush=True)
    search_digest(near, "0" * 64, budget=budget, processes=2)
"""


def make_steps(size: int, choices: int, *, dtype: str = "float32") -> Neighbourhood:
    """Make an array of so many elements, the last of which may go an ulp up or down."""
    base = join_elements([0x3F80 + 3 * index for index in range(size)], dtype)
    alternatives = list_ulp_alternatives(base, dtype, 1)
    kept = [others if index >= size - choices else [] for index, others in enumerate(alternatives)]
    return make_neighbourhood(base, dtype, kept)


def search(neighbourhood: Neighbourhood, digest: str, **arguments: object) -> SearchResult:
    """Search with budget for everything, unless one is given."""
    options = {"budget": Budget(candidates=10**6)} | arguments
    return search_digest(neighbourhood, digest, **options)  # type: ignore[arg-type]


@QUICK
@given(
    size=st.sampled_from([5, 16, 17, 127, 128, 300]),
    dtype=st.sampled_from(["float32", "bfloat16", "float64"]),
    most_places=st.sampled_from([0, 512]),
    data=st.data(),
)
def test_finds_each_subset_at_its_rank(
    size: int, dtype: str, most_places: int, data: st.DataObject
) -> None:
    """Any subset is found after exactly those before it, tails kept or states shared."""
    neighbourhood = make_steps(size, 4, dtype=dtype)
    subsets = list_subsets([2] * 4)
    rank = data.draw(st.integers(0, len(subsets) - 1))
    planted = change_places(neighbourhood, subsets[rank])
    with mock.patch.object(digest_trial, "_MOST_PLACES", most_places):
        result = search(neighbourhood, sha256(planted).hexdigest())
    assert result.candidate == planted
    assert result.searched == rank + 2
    assert result.complete_changes == len(subsets[rank]) - 1
    assert not result.exhausted


def test_changed_places_are_the_ones_asked_for() -> None:
    """A place is an alternative of an element: its bytes stand there, and nothing else moves."""
    neighbourhood = make_steps(40, 3)
    changed = change_places(neighbourhood, (0, 5))
    base = neighbourhood.base
    differing = {index // 4 for index in range(160) if changed[index] != base[index]}
    assert differing == {37, 39}
    assert changed[148:152] == neighbourhood.choices[0][1][0]
    assert changed[156:] == neighbourhood.choices[2][1][1]


def test_the_array_at_hand_may_have_it() -> None:
    """Nothing is changed where nothing has to be."""
    neighbourhood = make_steps(8, 8)
    result = search(neighbourhood, sha256(neighbourhood.base).hexdigest())
    assert (result.candidate, result.searched) == (neighbourhood.base, 1)


@pytest.mark.parametrize("size", [8, 200])
def test_tells_that_all_was_in_vain(size: int) -> None:
    """A digest of no neighbour is not found, and everything was tried: 3**4 arrays."""
    result = search(make_steps(size, 4), ABSENT)
    assert (result.candidate, result.searched) == (None, 81)
    assert (result.exhausted, result.complete_changes) == (True, 4)


@pytest.mark.parametrize(
    ("candidates", "complete"), [(1, 0), (8, 0), (9, 1), (32, 1), (33, 2), (65, 3), (80, 3)]
)
def test_tells_how_far_a_budget_went(candidates: int, complete: int) -> None:
    """1 + 8 + 24 + 32 + 16 arrays: a level counts where its last array was tried."""
    result = search(make_steps(8, 4), ABSENT, budget=Budget(candidates=candidates))
    assert (result.searched, result.complete_changes) == (candidates, complete)
    assert not result.exhausted


def test_a_budget_of_time_ends_the_search() -> None:
    """Without time one batch is tried, and no level is told complete that is not."""
    result = search(make_steps(64, 64), ABSENT, budget=Budget(wall_s=0.0))
    assert (result.searched, result.complete_changes) == (129, 1)


def test_progress_is_told_after_each_batch() -> None:
    """Changes, arrays and seconds grow up to what the result says."""
    told: list[Progress] = []
    result = search(make_steps(10, 10), ABSENT, report=told.append)
    assert result.searched == told[-1].searched == 3**10
    assert [it.changes for it in told] == sorted(it.changes for it in told)
    assert {it.changes for it in told} == set(range(1, 11))
    assert [it.searched for it in told] == sorted({it.searched for it in told})
    assert told[0].wall_s <= told[-1].wall_s <= result.wall_s


def test_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes find the same after as many arrays, and get as far in vain."""
    monkeypatch.setattr(digest_search, "_ALONE_S", 0.0)
    monkeypatch.setattr(digest_search, "_BATCH_CANDIDATES", 300)
    neighbourhood = make_steps(64, 9)
    planted = change_places(neighbourhood, (0, 3, 5, 8, 17))
    for digest, candidates in ((sha256(planted).hexdigest(), 10**6), (ABSENT, 5000)):
        budget = Budget(candidates=candidates)
        one, two = (
            search(neighbourhood, digest, budget=budget, processes=processes)
            for processes in (1, 2)
        )
        assert replace(two, wall_s=one.wall_s) == one
        assert (one.candidate == planted) == (digest != ABSENT)


def test_processes_end_with_the_one_that_started_them() -> None:
    """Killed at once, a search leaves no process behind."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        parent = psutil.Process(process.pid)
        deadline = time.monotonic() + 30
        while len(children := parent.children(recursive=True)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


@pytest.mark.parametrize("digest", ["00", "0" * 63 + "g", "0" * 66])
def test_refuses_what_is_no_digest(digest: str) -> None:
    """A digest has 64 hex digits."""
    with pytest.raises(ValueError, match=r"hex"):
        search(make_steps(2, 1), digest)


def test_neighbours_by_ulps_are_the_nearest_numbers() -> None:
    """Each element has its neighbours, nearest first; infinity has one side, a NaN none."""
    bits = [0x3F80_0000, 0, 0x7F80_0000, 0xFFC0_0000]
    near = list_ulp_alternatives(join_elements(bits, "float32"), "float32", 2)
    distances = [
        [measure_ulp(one, it, "float32") for it in its] for one, its in zip(bits, near, strict=True)
    ]
    assert distances == [[-1, 1, -2, 2], [-1, 1, -2, 2], [-1, -2], []]
