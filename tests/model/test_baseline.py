"""Keys of baselines, and what is found under them."""

from __future__ import annotations

import pytest

from reprokit.model.baseline import (
    Baseline,
    KeyedBaseline,
    make_key,
    make_key_of,
    put_entries,
    remove_entries,
    remove_under,
)
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.environment import Package, Variable
from reprokit.store.baseline_index import index_baseline, list_held
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import make_environment

OTHER = BaselineKey(mlx="0.33.0", wheel="macosx_15_0_arm64", tf32=True)
VAGUE = BaselineKey(mlx="0.32.4")


def test_the_key_of_an_environment() -> None:
    """It holds the version, the platform of the wheel with the machine code, and TF32."""
    assert make_key(make_environment()) == KEY
    packages = (
        Package(name="mlx", version="0.32.4", wheel="cp311-cp311-manylinux_2_35_x86_64"),
        Package(name="mlx-cpu", version="0.32.4", wheel="py3-none-manylinux_2_36_x86_64"),
    )
    assert make_key_of(packages, ()).wheel == "manylinux_2_36_x86_64"
    assert make_key_of((), ()) == BaselineKey()


@pytest.mark.parametrize(("value", "on"), [("0", False), ("1", True), ("2", True)])
def test_tf32_is_off_by_a_zero_alone(value: str, on: object) -> None:
    """Any other value leaves it on, as does none."""
    package = Package(name="mlx", version="1")
    variable = Variable(name="MLX_ENABLE_TF32", value=value)
    assert make_key_of((package,), (variable,)).tf32 is on


def test_an_unknown_part_covers_every_value() -> None:
    """What is known must be equal; a key that knows more is not covered by one that differs."""
    assert VAGUE.covers(KEY)
    assert not KEY.covers(VAGUE)
    assert not VAGUE.covers(OTHER)
    assert BaselineKey().covers(OTHER)


def test_what_knows_more_is_found_first() -> None:
    """An entry under the very key goes before one that was taken over without its wheel."""
    exact, vague, alone = make_entry("a", "exact"), make_entry("a", "vague"), make_entry("b")
    baseline = put_entries(make_baseline(exact), VAGUE, [vague, alone])
    assert baseline.find(KEY, "a") == exact
    assert baseline.find(KEY, "b") == alone
    assert baseline.list_entries(KEY) == (exact, alone)
    assert baseline.find(OTHER, "a") is None


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_keys_that_know_as_much_one_goes_first(*, turned: bool) -> None:
    """The same one wherever it is looked up, and in whatever order a file holds them."""
    by_release, by_wheel = BaselineKey(mlx="0.32.4"), BaselineKey(wheel=KEY.wheel)
    tables = (
        KeyedBaseline(key=by_release, entries=(make_entry("a", "by release"),)),
        KeyedBaseline(key=by_wheel, entries=(make_entry("a", "by wheel"),)),
    )
    baseline = Baseline(family="f", tables=tables[::-1] if turned else tables)
    first = make_entry("a", "by release")
    assert baseline.find(KEY, "a") == first
    assert baseline.list_entries(KEY) == (first,)
    assert list_held(index_baseline(baseline), KEY)["a"].endswith(first.result.digest)


def test_what_another_release_gave_is_found_elsewhere() -> None:
    """Under another key it does not hold, and is there to be held against."""
    baseline = make_baseline(make_entry("a"))
    assert baseline.find_elsewhere(OTHER, "a") == (KEY, make_entry("a"))
    assert baseline.find_elsewhere(KEY, "a") is None


def test_a_machine_has_entries_of_its_own() -> None:
    """What one machine alone promises stands beside the family's, and for no other machine."""
    own, family = make_entry("a", "own", machine="m1"), make_entry("a", "family")
    baseline = make_baseline(own, family)
    assert baseline.find(KEY, "a", "m1") == own
    assert baseline.find(KEY, "a") == family
    assert baseline.find(KEY, "a", "m2") is None


def test_put_and_remove_touch_nothing_else() -> None:
    """Entries of other ids and other keys stay, tables without entries go."""
    baseline = put_entries(
        make_baseline(make_entry("a"), make_entry("b")), OTHER, [make_entry("a")]
    )
    changed = put_entries(baseline, KEY, [make_entry("a", "new")])
    assert changed.find(KEY, "b") == make_entry("b")
    assert changed.find(OTHER, "a") == make_entry("a")
    assert changed.find(KEY, "a") == make_entry("a", "new")
    left = remove_entries(changed, KEY, [("a", ""), ("b", "")])
    assert [table.key for table in left.tables] == [OTHER]
    assert remove_entries(left, OTHER, [("a", "")]) == Baseline(family="applegpu_g13s")


def test_a_key_says_what_was_allowed_and_not_what_was_done() -> None:
    """A CPU has the same key as a GPU that cuts products, unless somebody forbids it."""
    assert str(KEY) == "mlx 0.32.4, macosx_15_0_arm64, TF32 allowed"
    assert str(KEY._replace(tf32=False)) == "mlx 0.32.4, macosx_15_0_arm64, TF32 forbidden"
    assert str(KEY._replace(tf32=None)) == "mlx 0.32.4, macosx_15_0_arm64"
    assert str(BaselineKey()) == "anything"


def test_removing_under_a_key_leaves_what_covers_it() -> None:
    """An entry that was taken over without its wheel stands again where a newer one goes."""
    exact, vague = make_entry("a", "exact"), make_entry("a", "vague")
    baseline = put_entries(make_baseline(exact), VAGUE, [vague])
    left = remove_under(baseline, KEY, [("a", "")])
    assert left.find(KEY, "a") == vague
    assert remove_under(left, KEY, [("a", "")]) == left
