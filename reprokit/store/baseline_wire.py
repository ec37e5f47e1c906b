"""A baseline as it stands on disk: the file format `reprokit/baseline/1`.

Unknown fields are refused, so that a baseline says nothing unread.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from reprokit.model.baseline import BaselineStatus
from reprokit.model.text_wire import Bits, BlockDigest, Commit, Date, Digest, Line, Slug

BASELINE_VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0)]

EntryId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_.](?:[ -~]{0,298}[!-~])?\Z",
        description="a probe's id, or a test's name: printable ASCII, 300 at most, the first a "
        "letter, a digit, `_` or `.`",
    ),
]


class LeafWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One of the `leaves` of a tree."""

    name: Line
    digest: Digest
    dtype: Line = ""
    shape: list[Count] = []
    bits: Bits | None = None
    block_bytes: Count = 0
    blocks: list[BlockDigest] = []


class EntryWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One of `[[baseline.probe]]`; its fields in the order in which they are written."""

    id: EntryId
    status: BaselineStatus
    suite: Slug | None = None
    machine: Slug | None = None
    definition: Digest | None = None
    digest: Digest
    dtype: Line = ""
    shape: list[Count] = []
    bits: Bits | None = None
    block_bytes: Count = 0
    blocks: list[BlockDigest] = []
    peak_bytes: Count | None = None
    by: Line
    at: Date
    reason: Line
    commit: Commit | None = None
    manifest: Line | None = None
    manifest_sha256: Digest | None = None
    replaces: Digest | None = None
    leaves: Annotated[list[LeafWire], msgspec.Meta(max_length=10_000)] = []


class KeyedWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One of `[[baseline]]`: a key, and what was reviewed under it."""

    mlx: Line | None = None
    wheel: Line | None = None
    tf32: bool | None = None
    probe: list[EntryWire]


class BaselineWire(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A whole baseline."""

    schema: str
    family: Slug
    baseline: list[KeyedWire] = []
