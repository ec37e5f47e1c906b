"""Makes manifests of the digests that were published for three Apple machines.

The facts stand in `apple-r1-2026-05-20.json`, retyped from the sources that it names. Run as
`uv run python -m tests.published.convert` it writes the manifests; a test holds the committed
ones against it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from reprokit.model.definition import Definition, DigestRule
from reprokit.model.environment import (
    Device,
    Environment,
    Gap,
    Hardware,
    Interpreter,
    OperatingSystem,
    Package,
    Repository,
)
from reprokit.model.manifest import Manifest, Origin, OriginKind, ProbeRecord
from reprokit.model.probe import Expectation, Probe
from reprokit.model.record import ArrayFacts, Record, Status
from reprokit.probes.suite_file import load_suite
from reprokit.store.manifests import write_manifest

ROOT = Path(__file__).parents[2]
FACTS = Path(__file__).parent / "apple-r1-2026-05-20.json"

RULES = {
    "raw-float32": DigestRule.RAW,
    "cast-float32": DigestRule.CAST_FLOAT32,
    "opaque": DigestRule.OPAQUE,
}
NOTE = (
    "The published digests of keys (key0, split-key7-0, split-key7-1) were taken after a cast to "
    "float32, which loses bits: they are not comparable with digests of the raw words. Those of "
    "r1-* are over dream-of-kiki's own JSON and compare only with each other."
)


def convert_machine(name: str, facts: dict[str, Any]) -> Manifest:
    """Make the manifest of one of the machines."""
    machine = facts["machines"][name]
    environment = Environment(
        hardware=Hardware(
            chip=machine["chip"],
            cpu_architecture="arm64",
            memory_bytes=machine["memory_gb"] * 1024**3,
            gpu_architecture=machine["gpu_arch"],
        ),
        os=OperatingSystem(name="macOS", version=machine["macos"]),
        python=Interpreter(version=machine["python"]),
        packages=(Package(name="mlx", version=machine["mlx"]),),
        device=Device(default="gpu"),
        gaps=(
            Gap(fact="hardware.cores", reason="not published"),
            Gap(fact="os.build", reason="not published"),
            Gap(fact="python.implementation", reason="not published"),
            Gap(fact="packages.mlx.wheel", reason="not published"),
            Gap(
                fact="lock.sha256",
                reason="not published; said to be the same uv.lock on all three machines",
            ),
        ),
    )
    core = load_suite("core", ROOT / "suites")
    known = {probe.id: probe for probe in core.probes}
    return Manifest(
        machine=name,
        family=environment.family,
        project=facts["project"],
        repository=Repository(commit=facts["commit"]),
        created=facts["date"],
        origin=Origin(kind=OriginKind.PUBLISHED, sources=tuple(facts["sources"]), note=NOTE),
        suites=(),
        environment=environment,
        probes=tuple(
            _convert_probe(probe_id, published, published[name], known.get(probe_id))
            for probe_id, published in facts["probes"].items()
        ),
    )


def _convert_probe(
    probe_id: str, published: dict[str, Any], digest: str, known: Probe | None
) -> ProbeRecord:
    rule = RULES[published["rule"]]
    if known is None:
        definition = Definition(op=f"dream-of-kiki.{probe_id}", rule=rule)
        result = ArrayFacts(digest=digest, dtype="", shape=())
        expectation, suite = Expectation.FAMILY, "dream-of-kiki-r1"
    else:
        definition = replace(known.definition, rule=rule)
        shape = known.definition.arguments.get("shape", (2,))
        assert isinstance(shape, tuple)
        result = ArrayFacts(
            digest=digest, dtype="float32", shape=tuple(int(str(length)) for length in shape)
        )
        expectation, suite = known.expectation, "mlx-3568"
    return ProbeRecord(
        id=probe_id,
        suite=suite,
        definition=definition,
        expectation=expectation,
        record=Record(status=Status.OK, result=result),
    )


def convert_all() -> dict[str, Manifest]:
    """Make the manifests of all three machines, by machine."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))
    return {name: convert_machine(name, facts) for name in facts["machines"]}


def place_of(manifest: Manifest) -> Path:
    """Say where a manifest is committed."""
    return ROOT / "manifests" / manifest.machine / f"{manifest.commit}.toml"


if __name__ == "__main__":
    for made in convert_all().values():
        write_manifest(made, place_of(made))
