"""What a function of yours may return to a probe: `Staged`, `Related` and `Streamed`.

from reprokit.results import Related

def batch_invariance(*, key, rows: int):
    ...
    return Related(name="one row equals all", holds=equal, facts={"differing": n}, result=out)
"""

from __future__ import annotations

from reprokit.numerics.outcome import Related, Staged, Streamed

__all__ = ["Related", "Staged", "Streamed"]
