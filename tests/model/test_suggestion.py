"""What a hint proposes in the place of a word that is not known."""

from __future__ import annotations

import pytest

from reprokit.model.suggestion import find_near, suggest_names


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("sede", ["id", "seed"], "did you mean `seed`?"),
        ("Seed", ["id", "seed"], "did you mean `seed`?"),
        ("zzz", ["id", "seed"], "there are `id`, `seed`"),
        ("zzz", [], "there is none"),
    ],
)
def test_names_spelled_alike_go_first(name: str, known: list[str], hint: str) -> None:
    """Where none is spelled alike, all are listed."""
    assert suggest_names(name, known) == hint


def test_the_nearest_is_first_and_names_keep_their_case() -> None:
    """No more than three are proposed."""
    assert find_near("abcd", ["ABCD", "abcx", "abxd", "xbcd", "q"])[0] == "ABCD"
    assert len(find_near("abcd", ["ABCD", "abcx", "abxd", "xbcd", "q"])) == 3
