"""An environment as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from reprokit.model.environment import Gap, OperatingSystem, Repository
from reprokit.render.environment import render_json, render_text
from tests.builders import COMMIT, make_environment
from tests.render.shared import HOSTILE

REPOSITORY = Repository(commit=COMMIT, branch="main")


def test_text_names_facts_and_gaps() -> None:
    """Every fact has a line, and one that is unknown says why."""
    environment = replace(
        make_environment(),
        os=OperatingSystem(name="macOS"),
        gaps=(Gap(fact="os.build", reason="`sw_vers` is not there"),),
    )
    lines = render_text(environment, REPOSITORY).splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines)
    assert facts["family"] == "applegpu_g13s"
    assert facts["hardware.chip"] == "Apple M1 Max"
    assert facts["packages.mlx.version"] == "0.32.4"
    assert facts["packages.mlx.wheel"] == "cp312-cp312-macosx_15_0_arm64"
    assert facts["os.build"] == "unknown: `sw_vers` is not there"
    assert facts["repository.dirty"] == "no"
    assert "os.version" not in facts


def test_text_is_harmless() -> None:
    """A hostile fact stays on its line."""
    plain = render_text(make_environment(), REPOSITORY)
    hostile = render_text(make_environment(), replace(REPOSITORY, branch=HOSTILE))
    assert len(hostile.splitlines()) == len(plain.splitlines())
    assert "\x1b" not in hostile


def test_json() -> None:
    """JSON has every fact under a schema of its own; what is unknown is null."""
    document = json.loads(render_json(make_environment(), REPOSITORY))
    assert document["schema"] == "reprokit/environment/1"
    assert document["hardware"]["emulator"] is None
    assert document["repository"]["commit"] == COMMIT
