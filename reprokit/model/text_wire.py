"""The texts that files hold, with the words by which a wrong one is told how to be right."""

from __future__ import annotations

from typing import Annotated

import msgspec

from reprokit.model.names import (
    COMMIT_PATTERN,
    DIGEST_PATTERN,
    LONGEST_SLUG,
    PROBE_PATTERN,
    SLUG_PATTERN,
)

LONGEST_LINE = 1000

_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?\Z"

Line = Annotated[str, msgspec.Meta(max_length=LONGEST_LINE)]

Slug = Annotated[
    str,
    msgspec.Meta(
        pattern=SLUG_PATTERN,
        max_length=LONGEST_SLUG,
        description="lower-case letters and digits, with single `-` or `_` between, as `m1-max`",
    ),
]

ProbeId = Annotated[
    str,
    msgspec.Meta(
        pattern=PROBE_PATTERN,
        description="letters, digits and `. _ = , + -`, 120 at most, the first a letter or digit",
    ),
]

Digest = Annotated[
    str, msgspec.Meta(pattern=DIGEST_PATTERN, description="64 hex digits, as sha256 has them")
]

BlockDigest = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9a-f]{16}\Z", description="16 hex digits, the first of sha256")
]

Bits = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:[0-9a-f]{2})*+\Z",
        max_length=2**21,
        description="bytes in hex, two digits each",
    ),
]

Commit = Annotated[
    str, msgspec.Meta(pattern=COMMIT_PATTERN, description="a commit's first 12 hex digits, or more")
]

Date = Annotated[
    str,
    msgspec.Meta(
        pattern=_DATE_PATTERN,
        description="a date in UTC, as `2026-05-20` or `2026-05-20T10:00:00Z`",
    ),
]

PackageName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z",
        description="the name of a package: letters and digits, with `. _ -` between",
    ),
]

VariableName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z][A-Z0-9_]*\Z",
        max_length=60,
        description="an environment variable in capital letters, as `MLX_ENABLE_TF32`",
    ),
]

VariableValue = Annotated[str, msgspec.Meta(max_length=60)]
