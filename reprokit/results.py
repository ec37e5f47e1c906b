"""What a function of yours may return to a probe: `Staged` and `Related`.

from reprokit.results import Related

def batch_invariance(*, key, rows: int):
    ...
    return Related(name="one row equals all", holds=equal, facts={"differing": n}, result=out)
"""

from __future__ import annotations

from reprokit.numerics.outcome import Related, Staged

__all__ = ["Related", "Staged"]
