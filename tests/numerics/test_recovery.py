"""Several digests at a time: what is found serves to find the rest."""

from __future__ import annotations

from hashlib import sha256

import pytest

from reprokit.numerics.digest_search import Budget, Progress
from reprokit.numerics.distance import measure_witness
from reprokit.numerics.float_bits import join_elements
from reprokit.numerics.normal_steps import draw_with_rounded_log
from reprokit.numerics.recovery import recover_arrays
from tests.numerics.test_witness import M1_MAX, M3_ULTRA_AND_M5, NONE, SIXTY_FOUR, list_changes


def raise_by_ulps(*ulps: int) -> bytes:
    """Make eight numbers, the first of which are so many ulps above 1."""
    return join_elements([0x3F80_0000 + it for it in (*ulps, *[0] * (8 - len(ulps)))], "float32")


def test_published_digests_together() -> None:
    """Where no machine at hand has either array, both are found, then held against each other."""
    older, newer = M1_MAX[SIXTY_FOUR], M3_ULTRA_AND_M5[SIXTY_FOUR]
    known = [draw_with_rounded_log(SIXTY_FOUR)]
    found = recover_arrays(known, [newer, older], "float32", draw=SIXTY_FOUR)
    assert list(found) == [newer, older]
    one, other = found[older].candidate, found[newer].candidate
    assert one is not None
    assert other is not None
    witness = measure_witness(one, other, "float32", draw=SIXTY_FOUR, searched=1899)
    assert [index for index, *_ in list_changes(witness)] == [21, 23, 41, 53]
    assert witness.searched == 1899


def test_what_is_found_is_searched_from() -> None:
    """An array that is too far from the first is found from another, which was found before."""
    base, near, far = raise_by_ulps(), raise_by_ulps(2), raise_by_ulps(4, 1)
    digests = [sha256(it).hexdigest() for it in (far, near)]
    found = recover_arrays([base], digests, "float32", budget=Budget(candidates=1000))
    assert [it.candidate for it in found.values()] == [far, near]
    assert list_changes(found[digests[0]].witness) == [(0, 2, None), (1, 1, None)]
    assert list_changes(found[digests[1]].witness) == [(0, 2, None)]


def test_what_is_not_found_is_told_from_the_first() -> None:
    """A digest of nothing near is told as searched from the array at hand."""
    told: list[tuple[str, Progress]] = []
    base, near = raise_by_ulps(), raise_by_ulps(1)
    found = recover_arrays(
        [base],
        [NONE, sha256(near).hexdigest(), NONE],
        "float32",
        budget=Budget(candidates=100),
        report=lambda digest, progress: told.append((digest, progress)),
    )
    assert list(found) == [NONE, sha256(near).hexdigest()]
    assert found[NONE].candidate is None
    assert sum(it.result.searched for it in found[NONE].attempts) == 100
    assert (found[NONE].tried_elsewhere, found[NONE].searched) == (100, 200)
    assert {digest for digest, _ in told} == {NONE}


def test_all_digests_from_all_arrays_have_one_bound() -> None:
    """Many arrays and many digests do not cost their product; what is not searched is not told."""
    known = [raise_by_ulps(100 * it) for it in range(5)]
    digests = [sha256(bytes([it])).hexdigest() for it in range(5)]
    budget = Budget(candidates=100)
    unbounded = recover_arrays(known, digests, "float32", budget=budget)
    assert sum(it.searched for it in unbounded.values()) == 2500
    found = recover_arrays(known, digests, "float32", budget=budget, most_tries=250)
    assert [it.searched for it in found.values()] == [100, 100, 50]
    assert list(found) == digests[:3]
    assert recover_arrays(known, digests, "float32", budget=budget, most_tries=0) == {}


@pytest.mark.parametrize("digests", [[], [sha256(raise_by_ulps()).hexdigest()]])
def test_nothing_to_find(digests: list[str]) -> None:
    """No digest, or that of an array at hand, needs no search."""
    found = recover_arrays([raise_by_ulps()], digests, "float32")
    assert [it.searched for it in found.values()] == [1] * len(digests)
