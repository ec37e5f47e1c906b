"""What each gate finds, and what it lets pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from reprokit.compare.check import CheckFacts, judge
from reprokit.compare.check_evidence import CheckEvidence
from reprokit.compare.gates import judge_environment, judge_lock
from reprokit.compare.probe_gates import judge_memory, judge_pending
from reprokit.compare.release_gate import judge_release
from reprokit.compare.tree_gate import judge_tree
from reprokit.model.attestation import AttestedFile, FileKind
from reprokit.model.baseline import Baseline, BaselineStatus, put_entries
from reprokit.model.baseline_key import BaselineKey
from reprokit.model.check import Gate, GateVerdict, ReleaseFacts, find_gravest
from reprokit.model.environment import (
    Drift,
    DriftKind,
    DriftSeverity,
    Gap,
    Lock,
    Repository,
    Variable,
)
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import Status
from reprokit.model.standing import MachineStanding, Standing, State
from reprokit.model.work_tree import ChangedFile, FileState, WorkTreeChanges
from tests.baselines import KEY, make_baseline, make_entry
from tests.builders import (
    COMMIT,
    make_digest,
    make_environment,
    make_evidence,
    make_probe,
    make_record,
    make_run,
)

if TYPE_CHECKING:
    from reprokit.model.comparison import MachineEvidence
    from reprokit.model.manifest import ProbeRecord

PASS, WARN, UNKNOWN, BLOCK = (
    GateVerdict.PASS,
    GateVerdict.WARN,
    GateVerdict.UNKNOWN,
    GateVerdict.BLOCK,
)
MEGABYTE = 1024**2


def judge_all(
    *machines: MachineEvidence,
    baseline: Baseline | None = None,
    required: tuple[str, ...] = (),
    chosen: tuple[str, ...] | None = None,
    evidence: CheckEvidence | None = None,
    tag: str = "",
    unattended: bool = False,
) -> dict[str, Gate]:
    """Judge all gates on machines at COMMIT, against one baseline."""
    baseline = baseline or make_baseline(make_entry())
    evidence = evidence or CheckEvidence(machines=machines)
    report = judge(
        CheckFacts(
            code_commit=COMMIT,
            repository=None if tag else Repository(commit=COMMIT),
            commit=short(COMMIT),
            machines=evidence.machines,
            others=evidence.others,
            aside=evidence.aside,
            chosen=tuple(it.name for it in evidence.machines) if chosen is None else chosen,
            lock_sha256=make_digest("lock"),
            baselines={baseline.family: baseline},
            required_families=required,
            suites=("core",),
            known_suites=("core",),
            tag=tag,
            unattended=unattended,
        )
    )
    return {gate.name: gate for gate in report.gates}


def test_all_is_well() -> None:
    """Evidence of the code, under its lock, as accepted: every gate passes."""
    gates = judge_all(make_evidence("m1", make_probe()))
    assert {gate.verdict for gate in gates.values()} == {PASS}
    assert not [gate for gate in gates.values() if gate.findings]


def test_the_gravest_counts() -> None:
    """A block outweighs what is unknown, that a warning; nothing found is a pass."""
    assert find_gravest([PASS, WARN, UNKNOWN, BLOCK]) is BLOCK
    assert find_gravest([WARN, UNKNOWN]) is UNKNOWN
    assert find_gravest([]) is PASS


def test_tree_tells_what_changed() -> None:
    """By kind, those that there are."""
    dirty = Repository(commit=COMMIT, dirty=True, modified=2, untracked=1)
    gate = judge_tree(dirty, WorkTreeChanges())
    assert gate.verdict is BLOCK
    assert gate.findings[0].text == "uncommitted changes: 2 modified, 1 untracked"


def change_evidence(state: FileState, *names: str) -> Gate:
    """Judge a tree whose code is clean, and whose evidence is not."""
    changed = tuple(ChangedFile(path=f"manifests/{name}", state=state) for name in names)
    return judge_tree(Repository(commit=COMMIT), WorkTreeChanges(evidence=changed))


def test_tree_names_the_first_files_of_code() -> None:
    """And counts the others."""
    code = tuple(
        ChangedFile(path=f"src/{name}.py", state=FileState.UNCOMMITTED) for name in "abcde"
    )
    dirty = Repository(commit=COMMIT, dirty=True, untracked=5)
    (finding,) = judge_tree(dirty, WorkTreeChanges(code=code)).findings
    said = "uncommitted changes: 5 untracked (src/a.py, src/b.py, src/c.py and 2 more)"
    assert finding.text == said


@pytest.mark.parametrize("state", [FileState.DELETED, FileState.MODIFIED])
def test_tree_blocks_for_evidence_that_is_not_as_committed(state: FileState) -> None:
    """Each file is named, and how to get it back."""
    gate = change_evidence(state, "b/0a8ec29f1c21.toml", "accepted/x y.toml")
    assert [it.verdict for it in gate.findings] == [BLOCK, BLOCK]
    words = {FileState.DELETED: "was deleted", FileState.MODIFIED: "was changed"}
    assert gate.findings[0].text.startswith(f"manifests/b/0a8ec29f1c21.toml {words[state]}")
    restore = "git restore --staged --worktree manifests/b/0a8ec29f1c21.toml"
    assert f"{restore} 'manifests/accepted/x y.toml'" in gate.step
    is_changed = state is FileState.MODIFIED
    assert gate.step.startswith("commit the change if it is meant") == is_changed


def test_tree_warns_of_evidence_that_is_in_no_commit() -> None:
    """It may be lost, and nobody else has it; what it says is as good."""
    gate = change_evidence(FileState.UNCOMMITTED, "a/1.toml", "a/2.toml", "a/3.toml", "a/4.toml")
    (finding,) = gate.findings
    assert finding.verdict is WARN
    said = "4 files of evidence are not committed: manifests/a/1.toml, manifests/a/2.toml"
    assert finding.text.startswith(said)
    assert gate.step == "commit the evidence: `git add manifests/a && git commit`"


@pytest.mark.parametrize(
    ("lock", "now", "verdict"),
    [
        (Lock(sha256="1" * 64), "1" * 64, PASS),
        (Lock(sha256="1" * 64, current=True), "1" * 64, PASS),
        (Lock(sha256="1" * 64, current=False), "1" * 64, BLOCK),
        (Lock(sha256="2" * 64), "1" * 64, BLOCK),
        (Lock(), "1" * 64, UNKNOWN),
        (Lock(sha256="1" * 64), None, UNKNOWN),
    ],
)
def test_lock(lock: Lock, now: str | None, verdict: GateVerdict) -> None:
    """It must be the same one, and match pyproject.toml."""
    evidence = make_evidence("m1")
    evidence = replace(evidence, environment=replace(evidence.environment, lock=lock))
    assert judge_lock(now, [evidence]).verdict is verdict


HIGH = Drift(
    kind=DriftKind.EDITED, package="mlx", detail="edited: a.so", severity=DriftSeverity.HIGH
)
LOW = Drift(kind=DriftKind.EXTRA, package="rich", detail="extra", severity=DriftSeverity.LOW)


@pytest.mark.parametrize(
    ("facts", "verdict", "count"),
    [
        ({"drift": (HIGH, HIGH)}, BLOCK, 2),
        ({"drift": (LOW, LOW, LOW)}, WARN, 1),
        ({"gaps": (Gap(fact="packages.mlx.wheel", reason="no RECORD"),)}, UNKNOWN, 1),
        ({"gaps": (Gap(fact="os.build", reason="not told"),)}, PASS, 0),
        ({"variables": (Variable(name="MLX_SDPA_BLOCKS", value="8"),)}, WARN, 1),
        ({"variables": (Variable(name="MLX_ENABLE_TF32", value="0"),)}, PASS, 0),
        ({"variables": (Variable(name="OMP_NUM_THREADS", value="2"),)}, PASS, 0),
    ],
)
def test_environment(facts: dict[str, object], verdict: GateVerdict, count: int) -> None:
    """Drift of MLX blocks, other drift warns once; TF32 is part of the key, not a finding."""
    evidence = make_evidence("m1")
    environment = replace(make_environment(), **facts)  # type: ignore[arg-type]
    gate = judge_environment([replace(evidence, environment=environment)])
    assert (gate.verdict, len(gate.findings)) == (verdict, count)


@pytest.mark.parametrize(
    ("probe", "gate", "verdict"),
    [
        (make_probe(record=make_record(status=Status.UNSTABLE)), "repeats", BLOCK),
        (make_probe(record=make_record(status=Status.CRASHED)), "repeats", BLOCK),
        (make_probe(record=make_record(status=Status.SKIPPED)), "repeats", WARN),
        (make_probe(word="b"), "baseline", BLOCK),
        (make_probe("new"), "baseline", BLOCK),
        (replace(make_probe(), relation=True), "promises", BLOCK),
        (replace(make_probe(), max_peak_ratio=2.0), "memory", BLOCK),
    ],
)
def test_gates_on_results(probe: ProbeRecord, gate: str, verdict: GateVerdict) -> None:
    """Each finding has one gate; a failure is not told as a change too."""
    gates = judge_all(make_evidence("m1", probe))
    assert gates[gate].verdict is verdict
    others = {
        name
        for name, it in gates.items()
        if it.verdict is BLOCK and name != gate and verdict is BLOCK
    }
    assert others == set()


def test_a_family_never_seen_is_told_once() -> None:
    """Not by each of its results."""
    evidence = make_evidence("m1", make_probe("a"), make_probe("b"))
    empty = replace(make_baseline(), family="applegpu_g13s")
    (finding,) = judge_all(evidence, baseline=empty)["baseline"].findings
    assert finding.text == "the family `applegpu_g13s` was never reviewed: all 2 results are new"


def test_promises_across_machines() -> None:
    """A broken one blocks, another difference warns; machines' failures are another gate's."""
    one = make_evidence("m1", make_probe())
    other = make_evidence("m2", make_probe(word="b"), family="applegpu_g17s")
    assert judge_all(one, other)["machines"].verdict is WARN
    same_family = make_evidence("m2", make_probe(word="b"))
    assert judge_all(one, same_family)["machines"].verdict is BLOCK
    (finding,) = judge_all(one, same_family)["machines"].findings
    assert finding.text == "different, promised family (m1 | m2)"
    failed = make_evidence("m2", make_probe(record=make_record(status=Status.FAILED)))
    assert judge_all(one, failed)["machines"].verdict is PASS
    everywhere = make_probe(word="b", expectation=Expectation.EVERYWHERE)
    far = make_evidence("m2", everywhere, family="applegpu_g17s")
    assert judge_all(one, far)["machines"].verdict is BLOCK


def test_pending_entries_warn_and_block_in_ci() -> None:
    """Whatever key they stand under: a decision that was put off is one."""
    pending = make_entry(status=BaselineStatus.PENDING)
    evidence = make_evidence("m1", make_probe())
    old = BaselineKey(mlx="0.31.0")
    elsewhere = put_entries(make_baseline(make_entry()), old, [pending])
    for baseline in (make_baseline(pending), elsewhere):
        assert judge_all(evidence, baseline=baseline)["pending"].verdict is WARN
        assert judge_all(evidence, baseline=baseline, unattended=True)["pending"].verdict is BLOCK
        assert judge_all(evidence, baseline=baseline, tag="v1")["pending"].verdict is BLOCK


def test_pending_entries_of_families_that_nobody_needs_warn() -> None:
    """Those of judged and of required ones block."""
    baselines = [make_baseline(make_entry(status=BaselineStatus.PENDING))]
    assert judge_pending(baselines, ["applegpu_g17s"], strict=True).verdict is WARN
    assert judge_pending(baselines, ["applegpu_g13s"], strict=True).verdict is BLOCK
    required = judge_all(
        make_evidence("m2", make_probe(), family="applegpu_g17s"),
        baseline=baselines[0],
        required=("applegpu_g13s",),
        unattended=True,
    )
    assert required["pending"].verdict is BLOCK


def test_a_pending_entry_is_told_once_and_in_one_order() -> None:
    """However many keys it holds for, and whichever machine was measured first."""
    pending = [make_entry(name, status=BaselineStatus.PENDING) for name in ("b", "a")]
    anything = put_entries(Baseline(family="applegpu_g13s"), BaselineKey(), pending)
    under = put_entries(anything, KEY, pending[:1])
    gate = judge_pending([under], ["applegpu_g13s"], strict=True)
    assert [(it.probe, it.text.partition(" since ")[0]) for it in gate.findings] == [
        ("a", "pending in applegpu_g13s under anything"),
        ("b", "pending in applegpu_g13s under anything"),
        ("b", f"pending in applegpu_g13s under {KEY}"),
    ]


def test_families_are_those_of_chosen_machines_that_measured() -> None:
    """Neither what others published fulfils a required family, nor what nobody judged."""
    one = make_evidence("m1", make_probe())
    other = make_evidence("m2", make_probe(), family="applegpu_g17s")
    required = ("applegpu_g17s",)
    assert judge_all(one, other, required=required)["families"].verdict is PASS
    assert judge_all(one, other, required=required, chosen=("m1",))["families"].verdict is BLOCK
    published = replace(other, origin=Origin(kind=OriginKind.PUBLISHED))
    gates = judge_all(one, published, required=required, chosen=("m1", "m2"))
    assert gates["families"].verdict is BLOCK


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (10 * MEGABYTE, 20 * MEGABYTE, WARN),
        (10 * MEGABYTE, 10 * MEGABYTE + 100, PASS),
        (100, 5000, PASS),
        (20 * MEGABYTE, 10 * MEGABYTE, PASS),
        (None, 10 * MEGABYTE, PASS),
    ],
)
def test_a_peak_that_grew_is_told(before: int | None, now: int, verdict: GateVerdict) -> None:
    """Where it is clearly more than when the same was accepted; small arrays say nothing."""
    record = replace(make_record(), runs=(replace(make_run(), peak_bytes=now),))
    standing = Standing(
        id="a",
        state=State.ACCEPTED,
        probe=make_probe("a", record=record),
        entry=make_entry("a", peak_bytes=before),
    )
    machine = MachineStanding(evidence=make_evidence("m1"), key=KEY, known=True, probes=(standing,))
    assert judge_memory([machine]).verdict is verdict


def test_release() -> None:
    """Files are in the tag as they are here; a milestone should be among them."""
    files = [
        AttestedFile(kind=FileKind.MANIFEST, path="manifests/m1/a.toml", sha256="1" * 64),
        AttestedFile(kind=FileKind.MILESTONE, path="milestones/r1.md", sha256="2" * 64),
    ]
    digests = {file.path: file.sha256 for file in files}
    facts = ReleaseFacts(tag="v1", tag_commit=COMMIT, code_commit=COMMIT, digests=digests)
    assert judge_release(facts, files, ()).verdict is PASS
    assert judge_release(facts, files[:1], ()).verdict is WARN
    assert judge_release(facts, files, ["manifests/m2/a.toml"]).verdict is BLOCK
    changed = replace(facts, digests=digests | {"milestones/r1.md": "3" * 64})
    assert judge_release(changed, files, ()).verdict is BLOCK
    (doubt,) = judge_release(facts, files, (), ["milestones/r0.json: was edited"]).findings
    assert (doubt.verdict, doubt.text) == (WARN, "milestones/r0.json: was edited")
    without = replace(facts, digests={})
    assert len(judge_release(without, files, ()).findings) == 2
