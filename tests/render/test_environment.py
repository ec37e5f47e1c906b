"""An environment as text and as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from reprokit.model.environment import (
    Gap,
    NativeLibrary,
    OperatingSystem,
    Package,
    Repository,
)
from reprokit.model.environment_difference import EnvironmentDifference, Impact
from reprokit.render.environment import render_differences, render_json, render_text
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


def test_text_on_a_terminal_is_cut_to_digests_of_12() -> None:
    """A terminal has short digests and wrapped lines; a pipe has all of it, a line for a fact."""
    library = NativeLibrary(path=f"lib/{'a-long-name-' * 4}.so", sha256="ab" * 32)
    environment = replace(
        make_environment(),
        packages=(Package(name="mlx", version="0.32.4", libraries=(library,)),),
        gaps=(Gap(fact="os.kernel", reason="one word after another " * 8),),
    )
    narrow = render_text(environment, REPOSITORY, width=80)
    assert max(map(len, narrow.splitlines())) <= 80
    assert "abababababab\n" in narrow
    wide = render_text(environment, REPOSITORY)
    assert f"{library.path}  {'ab' * 32}\n" in wide
    assert len(wide.splitlines()) == len({line.split()[0] for line in wide.splitlines()})
    assert re.search("^family {20,25}applegpu_g13s$", wide, flags=re.MULTILINE), "not pushed away"


def test_differences_on_a_terminal_have_three_lines_each() -> None:
    """Where the table has no room, each difference says what, why, and both values."""
    differences = [
        EnvironmentDifference(
            fact=f"packages.mlx.library {'lib' * 6}.so",
            before=None,
            after="ab" * 32,
            impact=Impact.HIGH,
            reason="the kernels themselves",
        )
    ]
    wide = render_differences(("m1", "m3"), differences)
    assert wide.startswith("can change bytes")
    assert render_differences(("m1", "m3"), differences, width=200) == wide
    assert render_differences(("m1", "m3"), differences, width=80).splitlines() == [
        f"high: packages.mlx.library {'lib' * 6}.so: the kernels themselves",
        "    m1  -",
        "    m3  abababababab",
    ]


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
