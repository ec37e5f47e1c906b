"""Random keys, and how they follow from a seed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reprokit.numerics.backend import mx

if TYPE_CHECKING:
    from collections.abc import Iterable

RAW = "raw"
LARGEST_SEED = 2**64 - 1

_STEP = re.compile(r"(0|[1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


def parse_key_path(text: str) -> tuple[tuple[int, int], ...]:
    """Read how a key is derived.

    Args:
        text: `raw` for the seed's own key, or `split:` and steps `i/n` with commas between, each
            of which takes subkey `i` of a split into `n`.

    Returns:
        The steps `(i, n)`; none for `raw`.

    Raises:
        ValueError: Where the text is of neither form or a step asks for a subkey there is not.
    """
    if text == RAW:
        return ()
    kind, _, path = text.partition(":")
    matches = [_STEP.fullmatch(step) for step in path.split(",")]
    if kind != "split" or not all(matches):
        msg = f'`{text}` is neither "raw" nor "split:i/n"'
        raise ValueError(msg)
    steps = tuple((int(match[1]), int(match[2])) for match in matches if match)
    for index, count in steps:
        if index >= count:
            msg = f"`{index}/{count}`: a split into {count} has subkeys 0 to {count - 1}"
            raise ValueError(msg)
    return steps


def derive_key(seed: int, steps: Iterable[tuple[int, int]] = ()) -> mx.array:
    """Make the key that a seed and a path of splits lead to.

    Args:
        seed: From 0 to 2**64 - 1.
        steps: Pairs `(i, n)`, as `parse_key_path` gives them.

    Returns:
        Two uint32 words, shape (2,).
    """
    key = mx.random.key(seed)
    for index, count in steps:
        key = mx.random.split(key, count)[index]
    return key
