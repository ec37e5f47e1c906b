"""What is kept of a value that an op returned, as plain facts; see `run.execute`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reprokit.numerics.backend import mx
from reprokit.numerics.digest import digest_array, digest_bytes
from reprokit.numerics.outcome import Related, Staged, flatten_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reprokit.numerics.digest import ArrayDigest

TREE = "tree"
"""The dtype of a result that is a tree."""

_LONGEST_TEXT = 200


def describe_tree(value: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:  # noqa: ANN401
    """Keep of an op's value what a record keeps of its result.

    Returns:
        `ArrayFacts` and `NamedArray`s. For an array its facts and no leaves; for a tree the leaves'
        facts, and one digest over them: the sha256 of a line `name TAB dtype TAB shape TAB digest`
        for each, in order.

    Raises:
        TypeError: Where a leaf is no array, or a tree has none.
    """
    if isinstance(value, Staged | Related):
        return describe_tree(value.result)
    leaves = flatten_tree(value)
    if len(leaves) == 1 and leaves[0][0] == "":
        return describe_array(value), []
    if not leaves:
        msg = "the op returned a tree without arrays"
        raise TypeError(msg)
    arrays = [(_scrub(name), describe_array(leaf)) for name, leaf in leaves]
    if len({name for name, _ in arrays}) < len(arrays):
        msg = "two leaves of the tree have one name: keys must not hold dots, paths or addresses"
        raise TypeError(msg)
    lines = [f"{name}\t{it['dtype']}\t{it['shape']}\t{it['digest']}\n" for name, it in arrays]
    whole = {"digest": digest_bytes("".join(lines).encode()), "dtype": TREE}
    return whole, [{"name": name, "array": it} for name, it in arrays]


def describe_array(array: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever an op returned
    """Keep of an array, MLX's or NumPy's, what a record keeps: `ArrayFacts`.

    Raises:
        TypeError: For anything else.
    """
    if is_array(array):
        return _keep(digest_array(array), str(array.dtype).rpartition(".")[2], array.shape)
    from reprokit.numerics.streaming import StreamDigest  # slow to load, and seldom needed

    if isinstance(array, StreamDigest):
        return _keep(array.digest, array.dtype, array.shape, array.statistics)
    msg = f"the op returned a `{type(array).__name__}`, not an array"
    raise TypeError(msg)


def is_array(value: Any) -> bool:  # noqa: ANN401 - as above
    """Tell whether a value is an array that is held whole, MLX's or NumPy's."""
    is_numpy = type(value).__module__ == "numpy" and hasattr(value, "dtype")
    return isinstance(value, mx.array) or is_numpy


def _keep(
    digests: ArrayDigest,
    dtype: str,
    shape: Sequence[int],
    statistics: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    return {
        "digest": digests.digest,
        "dtype": dtype,
        "shape": list(shape),
        "bits": digests.bits,
        "block_bytes": digests.block_bytes,
        "blocks": digests.blocks,
        "statistics": statistics or {},
    }


def describe_stages(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """Keep the stages of a value that has some: `NamedArray`s."""
    if isinstance(value, Related):
        return describe_stages(value.result)
    if not isinstance(value, Staged):
        return []
    return [
        {"name": _scrub(name), "array": describe_array(array)}
        for name, array in value.stages.items()
    ]


def describe_relation(value: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Keep the `Relation` of a value that is about one; numbers not finite become words."""
    if isinstance(value, Staged):
        return describe_relation(value.result)
    if not isinstance(value, Related):
        return None
    facts = {_scrub(name): _make_plain(fact) for name, fact in value.facts.items()}
    name = _scrub(value.name)[:_LONGEST_TEXT]
    return {"name": name, "holds": bool(value.holds), "facts": facts}


def _make_plain(fact: object) -> bool | int | float | str:
    if type(fact).__module__ == "numpy" and hasattr(fact, "item"):
        fact = fact.item()
    if isinstance(fact, bool | int):
        return fact
    if isinstance(fact, float):
        return fact if math.isfinite(fact) else str(fact)
    return _scrub(str(fact))[:_LONGEST_TEXT]


def _scrub(text: str) -> str:
    from reprokit.observe.privacy import scrub  # needed for few ops, and workers start often

    return scrub(text)
