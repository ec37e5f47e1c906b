"""What is kept of a value that a test checks."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.record import ArrayFacts, NamedArray
from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_view
from reprokit.numerics.outcome import Streamed, flatten_tree
from reprokit.run.description import describe_tree

_BYTES = "uint8"
_HINT = "give an array of MLX or NumPy, or its bytes: `array.tobytes()`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A value of a test.

    Attributes:
        result: What is kept of it.
        leaves: The arrays of a tree.
    """

    result: ArrayFacts
    leaves: tuple[NamedArray, ...] = ()


def describe_value(value: Any) -> Described:  # noqa: ANN401 - whatever a test has
    """Digest a value.

    Args:
        value: An array, a tree of arrays, an array in pieces, or bytes.

    Raises:
        TypeError: For anything else, and for arrays whose bytes are not plain numbers'.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        data = memoryview(value).cast("B")
        digests = digest_view(data)
        return Described(
            result=ArrayFacts(
                digest=digests.digest,
                dtype=_BYTES,
                shape=(len(data),),
                bits=digests.bits,
                block_bytes=digests.block_bytes,
                blocks=digests.blocks,
            )
        )
    if isinstance(value, Streamed):
        from reprokit.numerics.streaming import digest_stream

        value = digest_stream(value)
    else:
        _check_leaves(value)
    result, leaves = describe_tree(value)
    return Described(
        result=_make_facts(result),
        leaves=tuple(NamedArray(name=it["name"], array=_make_facts(it["array"])) for it in leaves),
    )


def describe_digest(digest: str) -> Described:
    """Keep a digest of which nothing else is known."""
    return Described(result=ArrayFacts(digest=digest))


def _make_facts(kept: dict[str, Any]) -> ArrayFacts:
    facts = {name: value for name, value in kept.items() if name != "statistics"}
    facts["shape"] = tuple(facts.get("shape", ()))
    facts["blocks"] = tuple(facts.get("blocks", ()))
    return ArrayFacts(**facts)


def _check_leaves(value: Any) -> None:  # noqa: ANN401
    leaves = flatten_tree(value)
    if not leaves:
        raise TypeError("the tree has no arrays")
    for name, leaf in leaves:
        place = f" at `{name}`" if name else ""
        if isinstance(leaf, mx.array):
            continue
        if type(leaf).__module__ != "numpy" or not hasattr(leaf, "dtype"):
            kind = type(leaf).__name__
            raise TypeError(f"a `{kind}`{place} has no bytes of its own: {_HINT}")
        if leaf.dtype.name not in ITEM_BYTES or leaf.dtype.byteorder == _FOREIGN:
            raise TypeError(f"`{leaf.dtype}`{place} is not a dtype of MLX: {_HINT}")


_FOREIGN = ">" if sys.byteorder == "little" else "<"
