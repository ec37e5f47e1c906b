"""What a check judges where a machine has evidence of several environments at one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.compare.check_evidence import divide_evidence
from reprokit.model.baseline import BaselineStatus, make_key, put_entries
from reprokit.model.check import GateVerdict
from reprokit.model.environment import Drift, DriftKind, DriftSeverity, Repository, Variable
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.probe import Expectation
from tests.baselines import make_baseline, make_entry
from tests.builders import COMMIT, make_environment, make_manifest, make_probe
from tests.compare.test_gates import judge_all

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest

FORBIDDEN = replace(make_environment(), variables=(Variable(name="MLX_ENABLE_TF32", value="0"),))
UNDER_FORBIDDEN = make_key(FORBIDDEN)
OLD, NEW = "2026-05-20T10:00:00Z", "2026-05-21T10:00:00Z"


def place(manifest: Manifest, path: str) -> Manifest:
    """Let a manifest have been read from a file."""
    return replace(manifest, path=path)


PLAIN = place(make_manifest("m1", [make_probe(word="b")], created=OLD), "manifests/m1/old.toml")
SECOND = place(
    make_manifest("m1", [make_probe()], created=NEW, environment=FORBIDDEN),
    "manifests/m1/new.toml",
)
ACCEPTED = put_entries(make_baseline(make_entry()), UNDER_FORBIDDEN, [make_entry()])


def test_a_second_snapshot_takes_nothing_back() -> None:
    """What is red in one environment stays red, however green another one is."""
    evidence = divide_evidence({"m1": [PLAIN, SECOND]})
    assert [it.created for it in (*evidence.machines, *evidence.others)] == [NEW, OLD]
    assert evidence.manifests == (SECOND, PLAIN)
    gate = judge_all(baseline=ACCEPTED, evidence=evidence)["baseline"]
    (finding,) = gate.findings
    assert (finding.verdict, finding.machine) == (GateVerdict.BLOCK, "m1")
    assert finding.text.endswith("(in manifests/m1/old.toml)")
    assert "`git rm manifests/m1/old.toml`" in gate.step
    green = replace(PLAIN, probes=(make_probe(),))
    gates = judge_all(baseline=ACCEPTED, evidence=divide_evidence({"m1": [green, SECOND]}))
    assert {gate.verdict for gate in gates.values()} == {GateVerdict.PASS}


def test_the_newest_is_told_without_removing_it() -> None:
    """Its finding names the manifest; there is nothing that it superseded."""
    red = replace(SECOND, probes=(make_probe(word="c"),))
    green = replace(PLAIN, probes=(make_probe(),))
    evidence = divide_evidence({"m1": [green, red]})
    gate = judge_all(baseline=ACCEPTED, evidence=evidence)["baseline"]
    (finding,) = gate.findings
    assert finding.text.endswith("(in manifests/m1/new.toml)")
    assert "git rm" not in gate.step


def test_drift_of_an_older_manifest_is_told() -> None:
    """Of another environment, and of one that differs in nothing but that drift."""
    drift = Drift(
        kind=DriftKind.EDITED, package="mlx", detail="edited", severity=DriftSeverity.HIGH
    )
    drifted = replace(PLAIN, environment=replace(make_environment(), drift=(drift,)))
    for newer in (SECOND, replace(SECOND, environment=make_environment())):
        evidence = divide_evidence({"m1": [drifted, newer]})
        (finding,) = judge_all(evidence=evidence)["environment"].findings
        assert finding.verdict is GateVerdict.BLOCK
        assert finding.text == "drift: mlx: edited (in manifests/m1/old.toml)"


def test_what_was_measured_in_a_part_is_made_up_by_the_rest() -> None:
    """Of the same key alone: an entry under another one is still not measured."""
    entries = [make_entry("a"), make_entry("b")]
    environment = make_environment()
    newer = replace(environment, os=replace(environment.os, build="25F1"))
    part = replace(make_manifest("m1", [make_probe("a")], created=NEW), environment=newer)
    whole = make_manifest("m1", [make_probe("a"), make_probe("b")], created=OLD)
    evidence = divide_evidence({"m1": [part, whole]})
    assert len(evidence.others) == 1
    gates = judge_all(baseline=make_baseline(*entries), evidence=evidence)
    assert gates["baseline"].verdict is GateVerdict.PASS
    under = put_entries(make_baseline(*entries), UNDER_FORBIDDEN, entries)
    other = replace(part, environment=FORBIDDEN)
    gates = judge_all(baseline=under, evidence=divide_evidence({"m1": [other, whole]}))
    assert [it.probe for it in gates["baseline"].findings] == ["b"]


def test_a_dirty_manifest_beside_a_clean_one() -> None:
    """It is of other code: not judged, and told; a release has none."""
    dirty = replace(PLAIN, repository=Repository(commit=COMMIT, dirty=True, diff_sha256="1" * 64))
    clean = make_manifest("m1", [make_probe()], created=OLD)
    evidence = divide_evidence({"m1": [dirty, clean]})
    gates = judge_all(evidence=evidence)
    assert gates["baseline"].verdict is GateVerdict.PASS
    (finding,) = gates["commit"].findings
    assert finding.verdict is GateVerdict.WARN
    assert finding.text.startswith("manifests/m1/old.toml is not judged")
    assert gates["commit"].step == "remove what is of other code: `git rm manifests/m1/old.toml`"
    assert judge_all(evidence=evidence, tag="v1")["commit"].verdict is GateVerdict.BLOCK


def test_what_others_published_stands_for_nothing_that_was_measured() -> None:
    """However new it is."""
    published = replace(SECOND, origin=Origin(kind=OriginKind.PUBLISHED))
    evidence = divide_evidence({"m1": [published, PLAIN], "m2": [replace(published, machine="m2")]})
    kinds = [it.origin.kind for it in evidence.machines]
    assert kinds == [OriginKind.MEASURED, OriginKind.PUBLISHED]
    assert evidence.others == ()


def test_a_broken_promise_across_machines_is_not_hidden_either() -> None:
    """What is older is compared with what the others measured under the same rule for TF32."""
    everywhere = make_probe(expectation=Expectation.EVERYWHERE)
    other = make_probe(word="b", expectation=Expectation.EVERYWHERE)
    here = [replace(PLAIN, probes=(other,)), replace(SECOND, probes=(everywhere,))]
    there = [replace(it, machine="m2", probes=(everywhere,)) for it in here]
    both = divide_evidence({"m1": here, "m2": there})
    assert judge_all(evidence=both)["machines"].verdict is GateVerdict.BLOCK
    newest = divide_evidence({"m1": here, "m2": there[1:]})
    assert judge_all(evidence=newest)["machines"].verdict is GateVerdict.PASS


def test_pending_in_the_family_of_another_environment_blocks() -> None:
    """The families of all that is judged count."""
    pending = make_baseline(make_entry(status=BaselineStatus.PENDING))
    other = replace(SECOND, family="applegpu_g17s")
    evidence = divide_evidence({"m1": [PLAIN, other]})
    gates = judge_all(baseline=pending, evidence=evidence, unattended=True)
    assert gates["pending"].verdict is GateVerdict.BLOCK
