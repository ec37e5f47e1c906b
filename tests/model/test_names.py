"""Which names are allowed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprokit.model.names import (
    COMMIT_PATTERN,
    DIGEST_PATTERN,
    PROBE_PATTERN,
    SLUG_PATTERN,
    is_slug,
    make_slug,
    short,
    slug_tokens,
)
from tests.builders import QUICK


@pytest.mark.parametrize("name", ["m1", "apple-m1-max", "linux-x86_64", "0", "a_b-c"])
def test_slugs(name: str) -> None:
    """Lower-case words and digits, joined by single dashes or underscores, are slugs."""
    assert is_slug(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "M1",
        "m1-",
        "-m1",
        "m1--max",
        "m1.max",
        "m1/max",
        "..",
        "m 1",
        "m1\n",
        "\nm1",
        "mü",
        "m\u0661",
    ],
)
def test_not_slugs(name: str) -> None:
    """All else is no slug, a trailing newline included."""
    assert not is_slug(name)


@pytest.mark.parametrize(
    ("pattern", "good"),
    [
        (SLUG_PATTERN, "apple-m1"),
        (PROBE_PATTERN, "normal.8_key=0,a+b-c"),
        (DIGEST_PATTERN, "0" * 64),
        (COMMIT_PATTERN, "0" * 12),
    ],
)
def test_patterns_refuse_a_trailing_newline(pattern: str, good: str) -> None:
    """No pattern lets a line end in behind a good name."""
    assert re.search(pattern, good)
    assert not re.search(pattern, f"{good}\n")


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (PROBE_PATTERN, "-starts-with-a-dash"),
        (PROBE_PATTERN, ".hidden"),
        (PROBE_PATTERN, "a|b"),
        (PROBE_PATTERN, "a/b"),
        (PROBE_PATTERN, "a" * 121),
        (DIGEST_PATTERN, "0" * 63),
        (DIGEST_PATTERN, "0" * 65),
        (DIGEST_PATTERN, "A" * 64),
        (COMMIT_PATTERN, "0" * 11),
        (COMMIT_PATTERN, "0" * 65),
    ],
)
def test_patterns_refuse(pattern: str, bad: str) -> None:
    """Names that would break tables or paths, and hashes of a wrong length, do not match."""
    assert not re.search(pattern, bad)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Apple M1 Max", "apple-m1-max"),
        ("  AMD EPYC(TM) 7B13 ", "amd-epyc-tm-7b13"),
        ("linux x86_64", "linux-x86-64"),
        ("!!!", ""),
    ],
)
def test_make_slug(text: str, slug: str) -> None:
    """Free text becomes words with dashes between."""
    assert make_slug(text) == slug


@QUICK
@given(st.text(max_size=30))
def test_make_slug_gives_a_slug_or_nothing(text: str) -> None:
    """Whatever the text, what comes out may name a machine, or is empty."""
    slug = make_slug(text)
    assert slug == "" or is_slug(slug)


def test_slug_tokens() -> None:
    """A slug's words stand between its dashes and underscores."""
    assert slug_tokens("apple-m1_max") == ("apple", "m1", "max")


def test_short() -> None:
    """People are shown the first twelve digits."""
    assert short("0123456789abcdef") == "0123456789ab"
