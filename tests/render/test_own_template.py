"""Templates of users: what they would say in vain is told, with its line."""

from __future__ import annotations

import pytest

from reprokit.errors import UsageError
from tests.render.test_report import fill

OURS = '{% extends "report/report.html.jinja" %}\n'


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (OURS + "{% block notse %}a{% endblock %}", 2, "has no block `notse`; it has before,"),
        (OURS + "\n\nlost\n{% block notes %}a{% endblock %}", 4, "outside of blocks"),
        (OURS + "{{ page.title }}", 2, "outside of blocks"),
        ("", 0, "writes nothing"),
        (" \n", 0, "writes nothing"),
        ('{% extends "nothing.jinja" %}', 1, "there is no template `nothing.jinja`"),
        ('a\n{% include "nothing.jinja" %}', 2, "there is no template `nothing.jinja`"),
        ("{{ page.tilte }}", 1, "there is no attribute 'tilte'"),
    ],
)
def test_what_would_be_said_in_vain_is_told(text: str, line: int, told: str) -> None:
    """Other blocks, text that is not written, nothing at all; never a name of ours."""
    with pytest.raises(UsageError) as caught:
        fill(text)
    assert told in caught.value.message
    assert caught.value.where == (f"mine.html.jinja: line {line}" if line else "mine.html.jinja")
    assert "reprokit." not in caught.value.message


def test_what_is_no_text_may_stand_outside_of_blocks() -> None:
    """Macros, values and comments; and a block within a block of its own."""
    made = fill(
        OURS
        + "{# why #}\n{% set word = 'spoken' %}\n{% macro say(it) %}<i>{{ it }}</i>{% endmacro %}\n"
        "{% block notes %}{{ say(word) }}{% block own %}inner{% endblock %}{% endblock %}"
    )
    assert "<i>spoken</i>inner" in made
