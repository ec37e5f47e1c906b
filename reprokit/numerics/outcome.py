"""What an op may return beside an array: a tree, its stages, a relation, or a stream of pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Tree: TypeAlias = Any
"""An array, or dictionaries, lists and tuples of arrays, at any depth."""

Scalar: TypeAlias = bool | int | float | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """A result with the steps that led to it, so that a comparison can name the first that parts.

    Attributes:
        result: What the op computes, taken from the very function that is probed.
        stages: Arrays by step, in order: `words`, `uniform`, `log` and so on.
    """

    result: Tree
    stages: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """A relation between results, whether it holds, and by how much not.

    Attributes:
        name: What should hold, as `matmul(a[:1], b) equals matmul(a, b)[:1]`.
        holds: Whether it does.
        facts: Finite numbers and words that tell how far it does not: `differing`, `first_index`,
            `max_abs_error` and so on.
        result: What is digested, as of any other op.
    """

    name: str
    holds: bool
    result: Tree
    facts: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Streamed:
    """An array that is never held whole: its pieces are digested one by one, and dropped.

    Attributes:
        shape: Shape of the whole.
        dtype: Dtype of the whole and of each piece.
        pieces: Arrays that, one after the other, are the whole in flat C order.
    """

    shape: tuple[int, ...]
    dtype: Any
    pieces: Iterable[Any]


def flatten_tree(tree: Tree, path: str = "") -> list[tuple[str, Any]]:
    """List a tree's leaves with their paths, `layers.0.weight`; keys of dictionaries are sorted.

    Args:
        tree: Dictionaries with text keys, lists, tuples, and leaves of any other type.
        path: Where the tree stands in a larger one.

    Returns:
        One pair for a tree that is a leaf itself, with an empty path.

    Raises:
        TypeError: For a dictionary whose keys are not texts.
    """
    if isinstance(tree, Mapping):
        if not all(isinstance(key, str) for key in tree):
            msg = f"the keys of a tree must be texts, at `{path or 'its top'}`"
            raise TypeError(msg)
        items: list[tuple[str, Tree]] = sorted(tree.items())
    elif isinstance(tree, list | tuple):
        items = [(str(index), item) for index, item in enumerate(tree)]
    else:
        return [(path, tree)]
    joint = f"{path}." if path else ""
    return [leaf for key, item in items for leaf in flatten_tree(item, f"{joint}{key}")]
