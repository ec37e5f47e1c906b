"""Evidence of machines of which a digest is all that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprokit.model.comparison import MachineEvidence
from reprokit.model.environment import Environment
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.names import short
from reprokit.model.record import ArrayFacts, Record, Status

if TYPE_CHECKING:
    from reprokit.model.manifest import ProbeRecord


def make_given_record(digest: str, like: ProbeRecord) -> ProbeRecord:
    """Make the record that a digest is of.

    Args:
        digest: Hex sha256 of the array's raw bytes.
        like: A record of the probe that it is said to be of, whose result's dtype and shape it has.
    """
    known = like.record.result
    result = ArrayFacts(
        digest=digest, dtype=known.dtype if known else "", shape=known.shape if known else ()
    )
    return replace(like, record=Record(status=Status.OK, result=result))


def make_given_evidence(digest: str, like: ProbeRecord) -> MachineEvidence:
    """Make the evidence of a machine of which somebody tells one digest, as `make_given_record`.

    Returns:
        Evidence of a machine named by the digest; nothing else is known of it.
    """
    name = f"digest-{short(digest)}"
    return MachineEvidence(
        name=name,
        family=name,
        commit="",
        dirty=False,
        created="",
        origin=Origin(kind=OriginKind.PUBLISHED),
        environment=Environment(),
        suites=(),
        probes={like.id: make_given_record(digest, like)},
        manifests=(),
    )
