"""Which names are allowed, for machines, suites and probes.

Names become file names and table cells, and may come from strangers' manifests, so the rules
are narrow: lower-case words, digits and dashes (dots too in a probe's id).
"""

from __future__ import annotations

import re

SLUG_PATTERN = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*\Z"
LONGEST_SLUG = 80

MANIFESTS = "manifests"
"""The folder of manifests, where a project does not name another."""

ACCEPTED = "accepted"
"""The folder of baselines, which lies among those of the machines: no machine's name."""

PYPROJECT = "pyproject.toml"

STATE_FOLDER = ".reprokit"
"""What a project keeps that is no evidence lies there."""

PROBE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._=,+-]{0,119}\Z"
DIGEST_PATTERN = r"^[0-9a-f]{64}\Z"
COMMIT_PATTERN = r"^[0-9a-f]{12,64}\Z"

SHORT_LENGTH = 12
"""Hex digits of a digest or a commit that people are shown."""


def short(hexadecimal: str) -> str:
    """Return the first 12 hex digits, enough to tell digests apart by eye."""
    return hexadecimal[:SHORT_LENGTH]


def is_slug(name: str) -> bool:
    """Tell whether `name` may name a machine, a suite or a milestone."""
    return (
        len(name) <= LONGEST_SLUG and name != ACCEPTED and re.match(SLUG_PATTERN, name) is not None
    )


def make_slug(text: str) -> str:
    """Turn free text, such as `Apple M1 Max`, into a slug, `apple-m1-max` (may be empty)."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:LONGEST_SLUG].strip("-")


def name_family(gpu_architecture: str | None, *, system: str, cpu_architecture: str | None) -> str:
    """Name what is expected to give equal bytes: a GPU's architecture, else system and CPU.

    Args:
        gpu_architecture: As MLX names it, as `applegpu_g13s`; None without a GPU.
        system: `macos` or `linux`.
        cpu_architecture: As `arm64`; None where it is unknown.
    """
    if gpu_architecture:
        return gpu_architecture.lower()
    return f"{system}-{cpu_architecture or 'unknown'}"


def slug_tokens(name: str) -> tuple[str, ...]:
    """Split a slug into its words: `apple-m1-max` gives `("apple", "m1", "max")`."""
    return tuple(re.split(r"[-_@]", name))
