"""What a probe computes, and its hash."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace

import pytest
from hypothesis import given

from reprokit.model.definition import Control, Definition, DigestRule
from reprokit.model.definition_wire import decode_definition, encode_definition
from tests.builders import DEFINITIONS, QUICK, make_definition

CHANGES = {
    "op": "random.uniform",
    "revision": 2,
    "arguments": {"shape": (9,)},
    "dtype": "bfloat16",
    "seed": 1,
    "key": "split:1/2",
    "device": "cpu",
    "rule": DigestRule.CAST_FLOAT32,
    "source": "0" * 64,
    "control": Control(device="cpu"),
}


def test_digest_ignores_argument_order() -> None:
    """The order in which arguments are written changes nothing."""
    forth = make_definition(arguments={"m": 1, "k": 2, "n": 3})
    back = make_definition(arguments={"n": 3, "k": 2, "m": 1})
    assert forth.digest == back.digest


def test_every_field_has_a_change() -> None:
    """The changes below cover every field of a definition."""
    assert set(CHANGES) == {item.name for item in fields(Definition) if item.init}


@pytest.mark.parametrize("field", CHANGES)
def test_digest_follows_every_field(field: str) -> None:
    """A change of any one field is another definition, named by that field."""
    before = make_definition()
    after = replace(before, **{field: CHANGES[field]})  # type: ignore[arg-type]
    assert after.digest != before.digest
    assert before.differences(after) == (field,)
    assert after.differences(before) == (field,)


@pytest.mark.parametrize("rule", DigestRule)
def test_digest_differs_by_rule(rule: DigestRule) -> None:
    """Digests over other bytes never compare, whatever the op."""
    others = {make_definition(rule=it).digest for it in DigestRule if it is not rule}
    assert make_definition(rule=rule).digest not in others


def test_integer_and_float_arguments_part() -> None:
    """The integer 1 and the number 1.0 are two definitions: what is written decides."""
    assert (
        make_definition(arguments={"low": 1}).digest
        != make_definition(arguments={"low": 1.0}).digest
    )


def test_no_seed_is_not_seed_zero() -> None:
    """An op that draws nothing is not one that draws from seed 0."""
    assert make_definition(seed=None).digest != make_definition(seed=0).digest


def test_digest_is_over_canonical_json() -> None:
    """Defaults are left out, names sorted: the hash that manifests carry for ever."""
    canonical = b'{"op":"random.key","seed":0}'
    assert Definition(op="random.key", seed=0).digest == hashlib.sha256(canonical).hexdigest()


@pytest.mark.parametrize(
    ("control", "canonical"),
    [
        (None, '{"op":"matmul.uniform","seed":0}'),
        (Control(device="cpu"), '{"control":{"device":"cpu"},"op":"matmul.uniform","seed":0}'),
        (
            Control(variables={"MLX_B": "0", "MLX_A": "1"}),
            '{"control":{"variables":{"MLX_A":"1","MLX_B":"0"}},"op":"matmul.uniform","seed":0}',
        ),
    ],
)
def test_a_control_is_part_of_the_hash_where_there_is_one(
    control: Control | None, canonical: str
) -> None:
    """Definitions without one keep the hash that they always had."""
    definition = Definition(op="matmul.uniform", seed=0, control=control)
    assert definition.digest == hashlib.sha256(canonical.encode("ascii")).hexdigest()


def test_digest_leaves_out_written_defaults() -> None:
    """A default that is written is the default that is not."""
    short = Definition(op="elementwise.log")
    long = Definition(op="elementwise.log", revision=1, arguments={}, key="raw", device="default")
    assert short.digest == long.digest


def test_equal_definitions_have_no_differences() -> None:
    """A definition does not part from itself."""
    assert make_definition().differences(make_definition()) == ()


def test_digest_refuses_what_json_cannot_say() -> None:
    """A NaN among the arguments has no canonical text, so no hash."""
    with pytest.raises(ValueError, match="JSON compliant"):
        _ = make_definition(arguments={"p": float("nan")}).digest


@QUICK
@given(DEFINITIONS)
def test_wire_keeps_definitions(definition: Definition) -> None:
    """A definition comes back from its wire shape as it went, with the same hash."""
    back = decode_definition(encode_definition(definition))
    assert back == definition
    assert back.digest == definition.digest
