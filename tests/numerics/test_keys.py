"""Random keys, and how they follow from a seed."""

from __future__ import annotations

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.numerics.keys import LARGEST_SEED, derive_key, parse_key_path
from tests.builders import QUICK
from tests.numerics.threefry import make_key, split_key


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("raw", ()),
        ("split:0/1", ((0, 1),)),
        ("split:1/2", ((1, 2),)),
        ("split:1/2,0/3,9/10", ((1, 2), (0, 3), (9, 10))),
    ],
)
def test_parse_key_path(text: str, steps: tuple[tuple[int, int], ...]) -> None:
    """`raw` has no steps; `split:` has one for each `i/n`."""
    assert parse_key_path(text) == steps


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RAW",
        "raw:",
        "raw\n",
        "split",
        "split:",
        "split:1",
        "split:1/2,",
        "split:1/2\n",
        "split: 1/2",
        "split:-1/2",
        "split:1/2;0/2",
        "split:1.0/2",
        "split:0/0",
        "split:01/2",
        "split:\u0661/\u0662",
        "merge:1/2",
        "split:0/9999999999",
    ],
)
def test_parse_key_path_refuses_other_forms(text: str) -> None:
    """What is of neither form is refused, and quoted."""
    with pytest.raises(ValueError, match="is neither") as caught:
        parse_key_path(text)
    assert f"`{text}`" in str(caught.value)


@pytest.mark.parametrize("text", ["split:2/2", "split:0/2,7/3"])
def test_parse_key_path_refuses_subkeys_there_are_not(text: str) -> None:
    """A split into n has no subkey n."""
    with pytest.raises(ValueError, match="has subkeys 0 to"):
        parse_key_path(text)


@pytest.mark.parametrize("seed", [0, 7, 42, 2**32 - 1, 2**32, 2**63, LARGEST_SEED])
def test_derive_key_of_no_steps(seed: int) -> None:
    """Without a step, the key is the seed's own."""
    assert mx.array_equal(derive_key(seed), mx.random.key(seed))


def test_derive_key_of_one_step() -> None:
    """One step is one split: `split(key(7), 2)[1]`."""
    assert mx.array_equal(derive_key(7, [(1, 2)]), mx.random.split(mx.random.key(7), 2)[1])


@QUICK
@given(
    st.integers(0, LARGEST_SEED),
    st.lists(
        st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))),
        max_size=3,
    ),
)
def test_derive_key_follows_every_step(seed: int, steps: list[tuple[int, int]]) -> None:
    """Each step splits the key that the step before it gave, as the reference does."""
    expected = make_key(seed)
    for index, count in steps:
        expected = split_key(expected, count)[index]
    key = derive_key(seed, steps)
    assert (key.dtype, key.shape) == (mx.uint32, (2,))
    assert tuple(key.tolist()) == expected  # type: ignore[arg-type]
