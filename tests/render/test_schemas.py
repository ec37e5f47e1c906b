"""What programs read has the shape that its published schema tells."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reprokit.compare.completion import add_divergences, add_side_findings
from reprokit.compare.explanation import SearchPlan, explain_probe
from reprokit.compare.selection import gather_evidence, list_commits
from reprokit.compare.verdict import compare_machines
from reprokit.model.attribution import Attribution, FactFit, Fit, OldValue, SignatureMatch
from reprokit.model.environment_difference import Impact
from reprokit.numerics.digest_search import Budget
from reprokit.render.json import describe_comparison
from reprokit.render.json_explanation import describe_explanation
from reprokit.store.manifests import list_machines, read_machine

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, MachineEvidence

ROOT = Path(__file__).parents[2]
ATTRIBUTION = Attribution(
    partition=(("m1",), ("m2",)),
    probes=("normal-8-key0",),
    facts=(
        FactFit(
            fact="os.build",
            fit=Fit.RULED_OUT,
            values={"m1": "25A1"},
            impact=Impact.HIGH,
            reason="because",
        ),
    ),
    signatures=(
        SignatureMatch(name="log", evidence=("seen",), probes=("normal-8-key0",), source="a paper"),
    ),
    crossing=(1,),
    strength="Two machines tell little.",
)


def read_schema(name: str) -> dict[str, Any]:
    """Read a schema as it is shipped."""
    text = (files("reprokit") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def validate(document: dict[str, Any], name: str) -> None:
    """Hold a document against a schema."""
    written = json.loads(json.dumps(document, allow_nan=False))
    jsonschema.Draft202012Validator(read_schema(name)).validate(written)


@pytest.fixture(scope="module")
def evidence() -> list[MachineEvidence]:
    """Gather the newest evidence of every machine whose manifests are committed."""
    folder = ROOT / "manifests"
    found = []
    for name in list_machines(folder):
        manifests = tuple(read_machine(folder, name, root=ROOT))
        found.append(gather_evidence(manifests, list_commits(manifests)[0]))
    return found


@pytest.fixture(scope="module")
def comparison(evidence: list[MachineEvidence]) -> Comparison:
    """Compare them all."""
    return add_divergences(add_side_findings(compare_machines(evidence, commit=None)))


SCHEMAS = (
    "attestation-1",
    "check-1",
    "comparison-1",
    "explanation-1",
    "history-1",
    "milestone-1",
)


def test_every_schema_is_tried() -> None:
    """And told in docs/json.md."""
    shipped = {Path(it.name).stem for it in (files("reprokit") / "schemas").iterdir()}
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert shipped == set(SCHEMAS)
    assert all(f"(../reprokit/schemas/{name}.json)" in page for name in shipped)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    """And strict: every object says which names it has."""
    schema = read_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_a_real_comparison_is_valid(comparison: Comparison) -> None:
    """Of all committed evidence, with divergences and costs."""
    document = describe_comparison(comparison)
    validate(document, "comparison-1")
    parted = [it for it in document["probes"] if it["divergences"]]
    assert any(it["witness"] for it in parted)
    assert any(it["costs"] for it in document["probes"])


def test_every_field_of_a_comparison_is_in_the_schema(comparison: Comparison) -> None:
    """Causes and old values too, and what is not foretold is refused."""
    old = OldValue(
        probe="p",
        machine="m1",
        digest="a" * 64,
        earlier_commit="1" * 12,
        holder="m2",
        holder_commit="2" * 12,
        manifest="manifests/m2/222222222222.toml",
    )
    probes = (replace(comparison.probes[0], old_values=(old,)), *comparison.probes[1:])
    document = describe_comparison(
        replace(comparison, probes=probes, attributions=(ATTRIBUTION, ATTRIBUTION))
    )
    validate(document, "comparison-1")
    document["probes"][0]["old_values"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(document, "comparison-1")


@pytest.mark.parametrize("probe", ["normal-16x4-key0", "matmul-f32-256", "key0"])
def test_real_explanations_are_valid(evidence: list[MachineEvidence], probe: str) -> None:
    """With elements, with runs of bytes, and of definitions that do not compare."""
    having = [it for it in evidence if probe in it.probes]
    plan = SearchPlan(budget=Budget(candidates=20_000, wall_s=None), largest_bytes=4096)
    explanation = explain_probe(probe, having, (), plan)
    document = describe_explanation(replace(explanation, attributions=(ATTRIBUTION,)))
    validate(document, "explanation-1")
    pairs = [it for it in document["pairs"] if it["witness"] or it["blocks"]]
    assert bool(pairs) is (probe != "key0")
