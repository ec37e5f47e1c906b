"""A manifest comes back from its file as it went."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import tomlkit
from hypothesis import given

from reprokit.model.definition import Definition
from reprokit.model.record import Status
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_encoding import encode_manifest
from reprokit.store.manifests import encode_text
from tests.builders import (
    MANIFESTS,
    QUICK,
    make_definition,
    make_manifest,
    make_probe,
    make_record,
)

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest


def reread(text: str) -> Manifest:
    """Decode a manifest's text."""
    return decode_manifest(tomllib.loads(text), where="m/x.toml", path="", sha256="")


@QUICK
@given(MANIFESTS)
def test_text_keeps_every_fact(manifest: Manifest) -> None:
    """Whatever a manifest holds, its text holds it too, through the fast parser."""
    assert reread(encode_text(manifest)) == manifest


@QUICK
@given(MANIFESTS)
def test_text_is_canonical(manifest: Manifest) -> None:
    """The same facts are the same bytes: what was read is written as it stood."""
    text = encode_text(manifest)
    assert encode_text(reread(text)) == text
    assert tomlkit.dumps(tomlkit.parse(text)) == text


def test_order_of_arguments_does_not_matter_to_the_hash() -> None:
    """Arguments in another order are written so, and stay the same definition."""
    orders = [{"m": 1, "k": 2}, {"k": 2, "m": 1}]
    digests = {
        reread(
            encode_text(
                make_manifest(probes=[make_probe(definition=make_definition(arguments=it))])
            )
        )
        .probes[0]
        .definition.digest
        for it in orders
    }
    assert len(digests) == 1


def test_absent_facts_are_left_out() -> None:
    """What is unknown or empty has no line, and no null is written."""
    manifest = make_manifest(probes=[make_probe(definition=Definition(op="elementwise.log"))])
    tables = encode_manifest(manifest)
    assert "gaps" not in tables["environment"]
    assert "emulator" not in tables["environment"]["hardware"]
    assert tables["probes"][0]["computes"] == {"op": "elementwise.log"}
    assert "None" not in encode_text(manifest)


def test_what_a_suite_declares_is_kept() -> None:
    """It tells no two suites apart, so that it is asked for by itself."""
    manifest = make_manifest()
    declared = tuple(replace(it, declared=("a", "b")) for it in manifest.suites)
    text = encode_text(replace(manifest, suites=declared))
    assert 'declared = ["a", "b"]' in text
    (suite,) = reread(text).suites
    assert suite.declared == ("a", "b")
    assert suite == manifest.suites[0]


def test_seed_zero_and_false_are_written() -> None:
    """Zero and false are facts, not gaps."""
    tables = encode_manifest(make_manifest())
    assert tables["probes"][0]["computes"]["seed"] == 0
    assert tables["repository"]["dirty"] is False


def test_digests_of_runs_stand_only_where_they_part() -> None:
    """An `ok` record repeats no digest for its runs; an `unstable` one names each."""
    steady, unsteady = (
        encode_manifest(make_manifest(probes=[make_probe(record=make_record(status=it))]))
        for it in (Status.OK, Status.UNSTABLE)
    )
    assert "digests" not in steady["probes"][0]["runs"]
    assert len(set(unsteady["probes"][0]["runs"]["digests"])) == 2


def test_where_it_was_read_is_not_written() -> None:
    """Path and hash of a file are no part of it."""
    manifest = make_manifest()
    moved = replace(manifest, path="manifests/x.toml", sha256="0" * 64)
    assert encode_text(moved) == encode_text(manifest)


def test_text_can_be_read_by_people() -> None:
    """The file begins with what it is; a definition stands on one line."""
    lines = encode_text(make_manifest()).splitlines()
    assert lines[0].startswith("# Written by reprokit.")
    assert lines[1] == 'schema = "reprokit/manifest/1"'
    assert (
        'computes = {op = "random.normal", arguments = {shape = [8]}, dtype = "float32", seed = 0}'
        in lines
    )
