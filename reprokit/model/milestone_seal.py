"""The hash that a milestone's JSON holds of itself, so that an edit of it is seen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = "sha256"


def seal_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """Put the hash of a document into it, in place of one that it has."""
    facts = {name: value for name, value in document.items() if name != SEAL}
    return {**facts, SEAL: _hash(facts)}


def is_as_sealed(document: Mapping[str, Any]) -> bool:
    """Tell whether a document says what it said when its hash was put into it.

    How it is laid out, and the order of its names, is not part of what it says.
    """
    return bool(document.get(SEAL) == seal_document(document)[SEAL])


def _hash(facts: Mapping[str, Any]) -> str:
    """Take the hex sha256 of the compact JSON, UTF-8, names sorted."""
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()
