"""What a snapshot gave, for a terminal."""

from __future__ import annotations

from dataclasses import replace

from reprokit.model.environment import Repository
from reprokit.model.record import Failure, Record, Status
from reprokit.model.verification import Discrepancy, Verification
from reprokit.render.snapshot import describe_outcome, render_snapshot, render_verification
from tests.builders import COMMIT, make_digest, make_manifest, make_probe, make_record

QUIET = Verification(
    agreeing=(), completed=(), failed_again=(), discrepancies=(), environment_changes=()
)


def test_render_snapshot() -> None:
    """A row for each probe, a line for what is wrong, and a count at the end."""
    failure = Failure(reason="SIGABRT", stderr="one\n\x1b[31mtwo")
    manifest = make_manifest(
        "m1",
        [
            make_probe("good"),
            make_probe("crashing", record=Record(status=Status.CRASHED, failure=failure)),
            make_probe("moving", record=make_record("a", status=Status.UNSTABLE)),
        ],
        repository=Repository(commit=COMMIT, dirty=True),
    )
    breaches = {
        "crashing": ("crashed: SIGABRT",),
        "moving": ("does not repeat on this machine: a 2 times, b 1 times",),
    }
    text = render_snapshot(manifest, breaches)
    assert f"good      ok        {make_digest('a')[:12]}  float32[8]  4.1 kB" in text
    assert "crashing: crashed: SIGABRT\n    one\n    \\x1b[31mtwo" in text
    assert "moving: does not repeat on this machine:" in text
    assert text.endswith(
        "m1 (applegpu_g13s) at 0a8ec29f1c21 with uncommitted changes: 1 ok, 1 crashed, 1 unstable"
        "; 2 blocking\n"
    )


def test_render_verification() -> None:
    """Agreement is counted; what is new, what parts and what changed is named."""
    discrepancy = Discrepancy(
        id="p",
        before=make_record("a"),
        after=make_record(status=Status.CRASHED),
        path="manifests/m1/x.toml",
        environment_changes=(),
    )
    text = render_verification(
        replace(
            QUIET,
            agreeing=("q", "r"),
            completed=("s",),
            failed_again=("t",),
            discrepancies=(discrepancy,),
            environment_changes=("hardware",),
        )
    )
    lines = text.splitlines()
    assert lines[0].startswith("verified: 2 probes gave the same bytes again")
    assert "new: s" in lines
    assert (
        f"DIFFERENT from manifests/m1/x.toml: p: {make_digest('a')[:12]} before, "
        "crashed (crashed for a test) now"
    ) in lines
    assert "--machine" in lines[-1]


def test_describe_outcome() -> None:
    """Bytes go by their digest, all else by status and reason."""
    assert describe_outcome(make_record("a")) == make_digest("a")[:12]
    assert describe_outcome(make_record(status=Status.FAILED)) == "failed (failed for a test)"
