"""Suite files: TOML in, `Suite` out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import SuiteError
from reprokit.model.definition import Definition
from reprokit.model.probe import Expectation
from reprokit.probes.suite_file import load_suite, locate_probe, parse_suite, shipped_suites

if TYPE_CHECKING:
    from reprokit.model.probe import Suite

HEAD = 'schema = "reprokit/suite/1"\nname = "mine"\n'
PROBE = """
[[probe]]
id = "normal"
op = "random.normal"
seed = 0
arguments = { shape = [8] }
expectation = "family"
"""
LOG = """
[[probe]]
id = "log"
op = "elementwise.log"
arguments = { count = 16 }
expectation = "family"
"""


def parse(text: str | bytes) -> Suite:
    """Parse a suite file of the name `mine`."""
    content = text.encode() if isinstance(text, str) else text
    return parse_suite(content, name="mine", where="suites/mine.toml", root=Path())


def test_parse_suite() -> None:
    """A suite has its probes in file order, and the hash of its bytes."""
    text = HEAD + 'about = "a"\nexcludes = "b"\n' + PROBE + LOG
    suite = parse(text)
    assert (suite.name, suite.about, suite.excludes) == ("mine", "a", "b")
    assert suite.sha256 == hashlib.sha256(text.encode()).hexdigest()
    normal, log = suite.probes
    assert normal.definition == Definition(
        op="random.normal", arguments={"shape": (8,)}, dtype="float32", seed=0
    )
    assert (normal.id, normal.suite, normal.expectation) == ("normal", "mine", Expectation.FAMILY)
    assert (normal.needed_bytes, normal.time_limit_s, normal.repeats) == (32, 300.0, None)
    assert log.definition == Definition(op="elementwise.log", arguments={"count": 16})


def test_parse_suite_options() -> None:
    """A probe may choose key, dtype, device, repeats and time limit."""
    (probe,) = parse(
        HEAD
        + PROBE
        + 'key = "split:1/2"\ndtype = "bfloat16"\ndevice = "cpu"\nrepeats = 5\ntime_limit_s = 7\n'
    ).probes
    definition = probe.definition
    assert (definition.key, definition.dtype, definition.device) == ("split:1/2", "bfloat16", "cpu")
    assert (probe.repeats, probe.time_limit_s) == (5, 7.0)


@pytest.mark.parametrize("seed", [0, 2**32, 2**63, 2**64 - 1])
def test_seeds_have_64_bits(seed: int) -> None:
    """Every seed of 64 bits is one that a probe can have."""
    (probe,) = parse(HEAD + PROBE.replace("seed = 0", f"seed = {seed}")).probes
    assert probe.definition.seed == seed


def test_load_suite_prefers_the_projects_own(tmp_path: Path) -> None:
    """A project's suite of a shipped name goes before the shipped one."""
    own = HEAD.replace("mine", "core") + PROBE
    (tmp_path / "core.toml").write_text(own, encoding="utf-8")
    assert [probe.id for probe in load_suite("core", tmp_path).probes] == ["normal"]


def test_load_suite_lists_what_there_is(tmp_path: Path) -> None:
    """An unknown suite is answered with those there are, the project's own among them."""
    (tmp_path / "mine.toml").write_text(HEAD + PROBE, encoding="utf-8")
    with pytest.raises(SuiteError, match="there is no suite `cor`") as caught:
        load_suite("cor", tmp_path)
    assert caught.value.hint is not None
    assert "`core`" in caught.value.hint
    assert "`mine`" in caught.value.hint


def test_load_suite_needs_no_folder(tmp_path: Path) -> None:
    """A project without suites of its own has the shipped ones."""
    assert load_suite("core", tmp_path / "none").name == "core"


@pytest.mark.parametrize("name", shipped_suites())
def test_shipped_suites_parse(name: str, tmp_path: Path) -> None:
    """Every shipped suite can be read, and says what it is for and what each probe covers."""
    suite = load_suite(name, tmp_path)
    assert suite.probes
    assert suite.about
    assert suite.excludes
    assert all(probe.covers for probe in suite.probes)


TWO = """\
schema = "reprokit/suite/1"
name = "two"

[[probe]]
id = "drawn"
op = "random.key"
expectation = "everywhere"
matrix = { seed = [0, 42] }

[[probe]]
id = "last"
op = "random.key"
seed = 1
expectation = "everywhere"
"""


def test_a_probe_is_located_in_its_file(tmp_path: Path) -> None:
    """By the table that declares it, those of one matrix by one; shipped suites too."""
    (tmp_path / "two.toml").write_text(TWO)
    suite = load_suite("two", tmp_path)
    places = {probe.id: locate_probe(probe, tmp_path) for probe in suite.probes}
    assert [place.dotted for place in places.values()] == ["probe[0]", "probe[0]", "probe[1]"]
    assert str(places["last"] / "id") == f"{tmp_path.name}/two.toml: probe[1].id (line 11)"
    core = load_suite("core", tmp_path).probes
    assert str(locate_probe(core[0], tmp_path)).startswith("core.toml of reprokit: probe[0]")


ISSUE_3568 = {
    "key0": Definition(op="random.key", seed=0),
    "split-key7-0": Definition(op="random.key", seed=7, key="split:0/2"),
    "split-key7-1": Definition(op="random.key", seed=7, key="split:1/2"),
    "uniform-8-key0": Definition(
        # high = 1.0 is the default, and so left out
        op="random.uniform",
        arguments={"shape": (8,), "low": -1.0},
        dtype="float32",
        seed=0,
    ),
    "normal-4-split7-1": Definition(
        op="random.normal", arguments={"shape": (4,)}, dtype="float32", seed=7, key="split:1/2"
    ),
    "normal-8-key0": Definition(
        op="random.normal", arguments={"shape": (8,)}, dtype="float32", seed=0
    ),
    "normal-8-key42": Definition(
        op="random.normal", arguments={"shape": (8,)}, dtype="float32", seed=42
    ),
    "normal-16x4-key0": Definition(
        op="random.normal", arguments={"shape": (16, 4)}, dtype="float32", seed=0
    ),
}


@pytest.mark.parametrize("name", ISSUE_3568)
def test_core_has_the_probes_of_issue_3568(name: str, tmp_path: Path) -> None:
    """The suite `core` holds the eight published probes, defined as they were published."""
    probes = {probe.id: probe for probe in load_suite("core", tmp_path).probes}
    assert probes[name].definition == ISSUE_3568[name]
    assert probes[name].definition.digest == ISSUE_3568[name].digest


def test_core_expects_integers_and_uniforms_everywhere(tmp_path: Path) -> None:
    """Draws whose every step is exact or correctly rounded are promised everywhere."""
    exact = {"random.key", "random.uniform", "random.randint", "random.bernoulli"}
    for probe in load_suite("core", tmp_path).probes:
        if probe.definition.op in exact:
            assert probe.expectation is Expectation.EVERYWHERE, probe.id
