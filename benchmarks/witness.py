"""Arrays that a search for a digest tries in a second; the best of several runs, by turns.

    uv run python benchmarks/witness.py

- `search_digest` over the outputs' own ulps, for a digest that nothing has: 8 float32 elements (up
  to 4 ulps, so that there are enough) and 64 (up to 2), in 1 and in 2 processes. Two are timed when
  both are at work, as in a long search, and with their start.
- A bare loop beside it, in one process: hashlib's `sha256(array).digest() == target` alone.
- The published normals of MLX issue 3568, from definition and digest to witness.
"""

from __future__ import annotations

from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING

from reprokit.numerics.digest_search import Budget, Progress, search_digest
from reprokit.numerics.neighbourhood import list_ulp_alternatives, make_neighbourhood
from reprokit.numerics.normal_steps import (
    NormalDraw,
    draw_with_rounded_log,
    list_log_outcomes,
)
from reprokit.numerics.witness import recover_witness

if TYPE_CHECKING:
    from reprokit.numerics.neighbourhood import Neighbourhood

RUNS = 5
CANDIDATES = 2_000_000
ABSENT = "0" * 64
PUBLISHED = {
    (8, 0): "a662607828c52cafea1f79d98f09bd81855784116acd23364a6130eb037d6a5e",
    (8, 42): "7ef9a0d55131a5b50cb4d5b5ff1fcf8fb93515ca98ece723a97f4612c2673c85",
    (64, 0): "b2b3b19fe3512c1b88f780328a914a8e1b69a2ac7fe5a77b10deb011e01d8a49",
}


def surround(size: int, span: int) -> Neighbourhood:
    """Surround a normal draw by the arrays up to so many ulps away in each element."""
    base = draw_with_rounded_log(NormalDraw(size=size, seed=0))
    return make_neighbourhood(base, "float32", list_ulp_alternatives(base, "float32", span))


def rate_search(neighbourhood: Neighbourhood, processes: int) -> tuple[float, float]:
    """Return arrays a second in a search under way, and with its start."""
    told: list[Progress] = []
    budget = Budget(candidates=CANDIDATES, wall_s=None)
    result = search_digest(
        neighbourhood, ABSENT, budget=budget, processes=processes, report=told.append
    )
    # the others have begun where a fourth is done
    first = next(it for it in told if it.searched >= CANDIDATES / 4)
    steady = (told[-1].searched - first.searched) / (told[-1].wall_s - first.wall_s)
    return steady, result.searched / result.wall_s


def rate_bare_loop(size: int) -> float:
    """Return digests a second of a loop that does nothing else."""
    array, target = bytes(4 * size), bytes(32)
    count = CANDIDATES // 4
    start = perf_counter()
    for _ in range(count):
        if sha256(array).digest() == target:
            break
    return count / (perf_counter() - start)


def time_published(size: int, seed: int, digest: str) -> tuple[float, int]:
    """Return the seconds from a definition and a digest to the witness, and the arrays tried."""
    list_log_outcomes.cache_clear()
    start = perf_counter()
    draw = NormalDraw(size=size, seed=seed)
    recovery = recover_witness(draw_with_rounded_log(draw), digest, "float32", draw=draw)
    seconds = perf_counter() - start
    assert recovery.witness is not None
    return seconds, recovery.searched


def main() -> None:
    """Measure and print."""
    for size, span in ((8, 4), (64, 2)):
        neighbourhood = surround(size, span)
        bare, rates = 0.0, {1: (0.0, 0.0), 2: (0.0, 0.0)}
        for _ in range(RUNS):
            bare = max(bare, rate_bare_loop(size))
            for processes, best in rates.items():
                rates[processes] = max(best, rate_search(neighbourhood, processes))
        print(f"{size:3} elements: bare loop {bare / 1e6:.2f} million a second")
        for processes, (steady, whole) in rates.items():
            print(
                f"    {processes} process(es): {steady / 1e6:.2f} million a second under way, "
                f"{whole / 1e6:.2f} with the start"
            )
    for (size, seed), digest in PUBLISHED.items():
        times = [time_published(size, seed, digest) for _ in range(RUNS)]
        seconds, searched = min(times)
        print(f"normal(({size},), key({seed})): {seconds * 1000:.1f} ms, {searched} arrays tried")


if __name__ == "__main__":
    main()
