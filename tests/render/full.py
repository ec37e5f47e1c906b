"""One comparison that has everything that a comparison can have, for formats that show all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprokit.compare.completion import add_side_findings
from reprokit.model.attribution import Attribution, FactFit, Fit, OldValue, SignatureMatch
from reprokit.model.divergence import (
    BlockDifference,
    Distance,
    Divergence,
    PartDifference,
    PartState,
)
from reprokit.model.environment_difference import Impact
from reprokit.model.witness import LOG, Witness, WitnessElement
from tests.builders import make_digest
from tests.render.shared import make_comparison

if TYPE_CHECKING:
    from reprokit.model.comparison import Comparison, ProbeComparison

NEW = ("apple-m3", "apple-m3-ultra")
DISTANCE = Distance(
    size=8,
    differing=2,
    first_index=0,
    worst_index=5,
    max_ulp=3,
    mean_ulp=2.0,
    max_absolute=2.384185791015625e-07,
    max_relative=1.5e-07,
    sign_changes=1,
    zero_signs=2,
    nan_changes=3,
    nan_payloads=4,
)
WITNESS = Witness(
    elements=(
        WitnessElement(index=0, ulp=-1, baseline=0x3F800000, candidate=0x3F7FFFFF, stage_ulp=-1),
        WitnessElement(index=5, ulp=None, baseline=0x7FC00000, candidate=0x3F7FFFFF),
    ),
    stage=LOG,
    proven=True,
    searched=1234,
)
BLOCKS = BlockDifference(block_bytes=8, blocks=4, differing=3, first=1, first_element=2)
PARTS = (
    PartDifference(name="uniform", state=PartState.EQUAL),
    PartDifference(name="log", state=PartState.DIFFERENT, distance=DISTANCE),
    PartDifference(name="erfinv", state=PartState.DIFFERENT, blocks=BLOCKS),
    PartDifference(name="scaled", state=PartState.ABSENT),
)
OLD_VALUE = OldValue(
    probe="normal-8",
    machine="apple-m3",
    digest=make_digest("m3"),
    earlier_commit="1" * 12,
    holder="apple-m3-ultra",
    holder_commit="2" * 12,
    manifest="manifests/apple-m3-ultra/222222222222.toml",
)
ATTRIBUTIONS = (
    Attribution(
        partition=(NEW, ("apple-m1-max",)),
        probes=("normal-8",),
        facts=(
            FactFit(
                fact="GPU generation >= 15",
                fit=Fit.INDUCES,
                values={"apple-m1-max": "no"} | dict.fromkeys(NEW, "yes"),
                impact=Impact.HIGH,
                reason="each generation has its own instructions",
            ),
            FactFit(
                fact="os.build",
                fit=Fit.UNKNOWN,
                values={"apple-m1-max": "25E253"},
                impact=Impact.MEDIUM,
                reason="unknown of apple-m3 and apple-m3-ultra",
                also=("os.version",),
            ),
        ),
        signatures=(
            SignatureMatch(
                name="log, one ulp",
                evidence=("1 element differs, as a change of log by 1 ulp makes it.",),
                probes=("normal-8",),
                source="issue 3568",
            ),
        ),
        crossing=(1,),
        strength="Three machines can part in 4 ways, so a fit may be chance.",
    ),
    Attribution(
        partition=(("apple-m1-max", "apple-m3"), ("apple-m3-ultra",)),
        probes=("uniform-8",),
        facts=(),
        crossing=(0,),
    ),
)


def make_full_comparison() -> Comparison:
    """Complete `make_comparison`: costs, elements, runs of bytes, stages, leaves, old values."""
    comparison = add_side_findings(make_comparison())
    added: dict[str, dict[str, Any]] = {
        "normal-8": {"distance": DISTANCE, "witness": WITNESS, "stages": PARTS},
        "uniform-8": {"blocks": BLOCKS, "leaves": PARTS, "gap": "No bytes are kept."},
    }
    probes = tuple(
        _add_divergence(it, **added[it.id]) if it.id in added else it for it in comparison.probes
    )
    return replace(comparison, probes=probes, attributions=ATTRIBUTIONS)


def _add_divergence(probe: ProbeComparison, **facts: Any) -> ProbeComparison:  # noqa: ANN401
    baseline, candidate = probe.clusters
    divergence = Divergence(
        baseline=baseline,
        candidate=candidate,
        baseline_digest=probe.digests[baseline[0]],
        candidate_digest=probe.digests[candidate[0]],
        **facts,
    )
    old = (OLD_VALUE,) if probe.id == OLD_VALUE.probe else ()
    return replace(probe, divergences=(divergence,), old_values=old)
