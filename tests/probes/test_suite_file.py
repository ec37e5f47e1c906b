"""Suite files: TOML in, `Suite` out."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reprokit.errors import SuiteError
from reprokit.model.definition import Definition
from reprokit.model.probe import Expectation
from reprokit.probes.suite_file import load_suite, parse_suite, shipped_suites

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
KEY = PROBE.replace("random.normal", "random.key").replace("arguments = { shape = [8] }", "")
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


def refuse(text: str | bytes) -> SuiteError:
    """Return the error by which a suite file is refused."""
    with pytest.raises(SuiteError) as caught:
        parse(text)
    return caught.value


def place_of(error: SuiteError) -> str:
    """Return the place of an error without its line."""
    return re.sub(r" \(line [0-9]+\)$", "", error.where or "")


def test_an_error_names_its_line() -> None:
    """The line is that of the field where it stands, else of the probe's head."""
    wrong = PROBE.replace("shape =", "shap =")
    assert HEAD + wrong
    error = refuse(HEAD + wrong)
    lines = (HEAD + wrong).splitlines()
    number = int(re.findall(r"line ([0-9]+)", error.where or "")[0])
    assert "arguments" in lines[number - 1]


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


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (PROBE.replace("random.normal", "random.nromal"), ".op", "did you mean `random.normal`"),
        (
            PROBE.replace("shape = [8]", "shape = [8], mean = 0"),
            ".arguments.mean",
            "has no argument `mean`",
        ),
        (
            PROBE.replace("shape = [8]", ""),
            ".arguments.shape",
            "needs the argument `shape`",
        ),
        (
            PROBE.replace("[8]", '"8"'),
            ".arguments.shape",
            "expected a list of non-negative integers, got `8`",
        ),
        (
            PROBE.replace("shape = [8]", "shape = [8], loc = inf"),
            ".arguments.loc",
            "expected a finite number",
        ),
        (PROBE.replace("seed = 0\n", ""), "", "it needs a `seed`"),
        (PROBE.replace("seed = 0", "seed = -1"), ".seed", "`-1` is not from 0 to"),
        (PROBE.replace("seed = 0", f"seed = {2**64}"), ".seed", "is not from 0 to"),
        (PROBE.replace("seed = 0", 'seed = "0"'), ".seed", "got `str`"),
        (PROBE.replace("seed = 0", "seed = true"), ".seed", "got `bool`"),
        (LOG + "seed = 0\n", "", "draws nothing: it takes no seed"),
        (LOG + 'key = "split:0/2"\n', "", "draws nothing: it takes no seed"),
        (PROBE + 'key = "split:2/2"\n', ".key", "has subkeys 0 to 1"),
        (PROBE + 'key = "global"\n', ".key", "is neither"),
        (PROBE + 'dtype = "float8"\n', ".dtype", "`float8` is not one of `float32`"),
        (KEY + 'dtype = "float32"\n', ".dtype", "`random.key` takes no dtype"),
        (PROBE + 'device = "tpu"\n', ".device", "`tpu` is not one of `default`, `cpu`, `gpu`"),
        (PROBE + "sede = 1\n", "", "unknown field `sede`"),
        (PROBE.replace('"family"', '"sometimes"'), ".expectation", "`sometimes`|'sometimes'"),
        (PROBE.replace('id = "normal"', 'id = "nor|mal"'), ".id", "cannot be an id"),
        (PROBE.replace('id = "normal"', 'id = "normal\\n"'), ".id", "cannot be an id"),
        (PROBE.replace('expectation = "family"', ""), "", "missing required field `expectation`"),
        (PROBE + "repeats = 0\n", ".repeats", ">= 1"),
        (PROBE + "time_limit_s = 0\n", ".time_limit_s", "> 0"),
        (PROBE + "time_limit_s = nan\n", ".time_limit_s", "> 0"),
    ],
)
def test_a_wrong_probe_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    """What is wrong in a probe is told with the probe's index and field."""
    first = PROBE.replace('id = "normal"', 'id = "first"')
    error = refuse(HEAD + first + text)
    assert place_of(error) == f"suites/mine.toml: probe[1]{place}"
    assert any(it in error.message for it in message.split("|"))


def test_a_wrong_argument_shows_the_op() -> None:
    """Who gets an argument wrong is shown how the op is called."""
    error = refuse(HEAD + PROBE.replace("shape = [8]", ""))
    assert error.hint == (
        "the op is `random.normal(shape: Shape, loc: float = 0.0, scale: float = 1.0)`"
    )


def test_a_duplicate_id_is_refused() -> None:
    """An id names one probe; the place of the other is told."""
    error = refuse(HEAD + PROBE + LOG + PROBE)
    assert place_of(error) == "suites/mine.toml: probe[2].id"
    assert error.message == "`normal` is the id of probe[0] too"
    assert error.hint is not None


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (PROBE, ": schema", "expected `reprokit/suite/1`, got nothing"),
        (HEAD.replace("suite/1", "suite/2") + PROBE, ": schema", "is newer than this reprokit"),
        (HEAD.replace("suite/1", "manifest/1"), ": schema", "got `reprokit/manifest/1`"),
        (HEAD, "", "missing required field `probe`"),
        (HEAD + 'abuot = ""\n' + PROBE, "", "unknown field `abuot`"),
        (HEAD.replace("mine", "yours") + PROBE, ": name", 'must have `name = "mine"`'),
        (HEAD.replace("mine", "../mine") + PROBE, ": name", "regex"),
        (HEAD + "probe = 1\n", ": probe", "expected a list"),
        (HEAD + PROBE[:-10], "", "not valid TOML"),
        (HEAD.encode() + b'about = "\xff"\n', "", "not UTF-8 at byte "),
    ],
)
def test_a_wrong_file_is_refused_at_its_place(text: str | bytes, place: str, message: str) -> None:
    """What is wrong with the file as a whole is told with the file's name."""
    error = refuse(text)
    assert error.where == f"suites/mine.toml{place}"
    assert message in error.message


def test_a_newer_suite_tells_how_to_upgrade() -> None:
    """A suite of a newer reprokit names the command that upgrades."""
    error = refuse(HEAD.replace("suite/1", "suite/2") + PROBE)
    assert error.hint is not None
    assert "uv lock --upgrade-package" in error.hint


def test_not_utf8_names_the_byte() -> None:
    """The first byte that is not UTF-8 is named."""
    assert refuse(b"# \xff").message == "not UTF-8 at byte 2"


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
