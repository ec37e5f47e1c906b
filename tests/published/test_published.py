"""The committed manifests of machines that others measured say exactly what was published."""

from __future__ import annotations

import hashlib
import json

import mlx.core as mx
import pytest

from reprokit.model.definition import DigestRule
from reprokit.store.manifests import encode_text, read_manifest
from tests.published.convert import FACTS, ROOT, convert_all, place_of

MACHINES = ("apple-m1-max", "apple-m3-ultra", "apple-m5")


@pytest.mark.parametrize("machine", MACHINES)
def test_committed_manifest_is_the_converted_facts(machine: str) -> None:
    """Nobody edited a published manifest by hand."""
    manifest = convert_all()[machine]
    assert place_of(manifest).read_text(encoding="utf-8") == encode_text(manifest)


@pytest.mark.parametrize("machine", MACHINES)
def test_committed_manifest_holds_every_published_digest(machine: str) -> None:
    """Each of the thirteen digests is there, under the id it was published by."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    manifest = read_manifest(place_of(convert_all()[machine]), root=ROOT)
    digests = {it.id: it.record.result.digest for it in manifest.probes if it.record.result}
    assert digests == {name: probe[machine] for name, probe in facts["probes"].items()}


@pytest.mark.parametrize(
    ("probe", "key"),
    [
        ("key0", mx.random.key(0)),
        ("split-key7-0", mx.random.split(mx.random.key(7))[0]),
        ("split-key7-1", mx.random.split(mx.random.key(7))[1]),
    ],
)
def test_published_digests_of_keys_were_taken_after_a_cast(probe: str, key: mx.array) -> None:
    """The digest is that of the key cast to float32, and the manifest says so."""
    manifest = convert_all()["apple-m1-max"]
    published = next(item for item in manifest.probes if item.id == probe)
    assert published.record.result is not None
    cast = hashlib.sha256(memoryview(key.astype(mx.float32)).tobytes()).hexdigest()  # type: ignore[arg-type]
    assert published.record.result.digest == cast
    assert published.definition.rule is DigestRule.CAST_FLOAT32
