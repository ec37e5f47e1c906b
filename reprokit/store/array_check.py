"""Whether what a file keeps of an array's bytes belongs together."""

from __future__ import annotations

import hashlib
from math import prod
from typing import TYPE_CHECKING

from reprokit.model.value_text import cut_text

if TYPE_CHECKING:
    from reprokit.model.record import ArrayFacts

MOST_BYTES = 2**63 - 1


def find_fault(array: ArrayFacts) -> tuple[str, str] | None:
    """Find what does not belong to the digest, the dtype and the shape of an array.

    Returns:
        The field that is wrong, and what is wrong with it; None where all fits.
    """
    if prod(array.shape) > MOST_BYTES or array.size_bytes > MOST_BYTES:
        return "shape", "is larger than any array can be"
    if array.bits is not None:
        bits = bytes.fromhex(array.bits)
        if hashlib.sha256(bits).hexdigest() != array.digest:
            return "bits", "the digest is not that of these bytes"
        if len(bits) != array.size_bytes:
            shown = f"{cut_text(array.dtype)}{list(array.shape)}"
            return "bits", f"{len(bits)} bytes are no {shown}"
    if array.blocks:
        expected = -(-array.size_bytes // array.block_bytes) if array.block_bytes else 0
        if len(array.blocks) != expected:
            length = f"{array.block_bytes} bytes each"
            got = len(array.blocks)
            return "blocks", f"expected {expected} digests of {length}, got {got}"
    return None
