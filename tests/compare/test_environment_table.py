"""Facts of several environments, side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.environment_table import tabulate_differences
from reprokit.model.environment import Gap
from reprokit.model.environment_difference import Impact
from reprokit.model.manifest import Origin, OriginKind
from tests.builders import make_environment, make_evidence

if TYPE_CHECKING:
    from reprokit.model.comparison import MachineEvidence


def make_machine(name: str, *, build: str | None = "25E1", kernel: str = "25") -> MachineEvidence:
    """Make a machine that differs in its system alone."""
    environment = make_environment()
    system = replace(environment.os, build=build, kernel=kernel)
    gaps = () if build else (Gap(fact="os.build", reason="no sw_vers"),)
    environment = replace(environment, os=system, gaps=gaps)
    return replace(make_evidence(name), environment=environment)


def test_equal_environments_have_no_row() -> None:
    """However many there are."""
    assert tabulate_differences([make_machine(name) for name in ("m1", "m2", "m3")]) == ()


def test_all_machines_have_a_value_and_likely_causes_come_first() -> None:
    """Also where the first two agree."""
    kernel, build = {"kernel": "26"}, {"build": "25E2"}
    machines = [make_machine("m1"), make_machine("m2", **kernel), make_machine("m3", **build)]
    found = tabulate_differences(machines)
    assert [(it.fact, it.impact) for it in found] == [
        ("os.build", Impact.HIGH),
        ("os.kernel", Impact.LOW),
    ]
    assert found[0].values == {"m1": "25E1", "m2": "25E1", "m3": "25E2"}


def test_a_gap_is_no_difference() -> None:
    """Where the others agree it is told as unknown, with its reason; where they part, left out."""
    (told,) = tabulate_differences([make_machine("m1"), make_machine("m2", build=None)])
    assert (told.fact, told.impact) == ("os.build", Impact.UNKNOWN)
    assert told.values == {"m1": "25E1"}
    assert told.reason == "not known of all: no sw_vers"
    others = [make_machine("m3", build="25E2"), make_machine("m2", build=None)]
    (parted,) = tabulate_differences([make_machine("m1"), *others])
    assert (parted.impact, set(parted.values)) == (Impact.HIGH, {"m1", "m3"})


def test_what_nobody_published_is_unknown() -> None:
    """And not told as if the machine had none."""
    origin = Origin(kind=OriginKind.PUBLISHED, sources=("a page",))
    bare = make_machine("m2")
    bare = replace(
        bare,
        origin=origin,
        environment=replace(bare.environment, os=replace(bare.environment.os, build=None)),
    )
    (told,) = tabulate_differences([make_machine("m1"), bare])
    assert (told.fact, told.impact, told.reason) == (
        "os.build",
        Impact.UNKNOWN,
        "not known of all",
    )
