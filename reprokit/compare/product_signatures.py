"""Known causes in products of matrices: operands cut to fewer bits, and fused multiply-adds."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, NamedTuple

from reprokit.compare.derived_facts import TF32_ON, TF32_POSSIBLE, TF32_VARIABLE
from reprokit.model.attribution import Fit, SignatureMatch
from reprokit.model.definition import DigestRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reprokit.compare.signature_evidence import LineEvidence, PartedProbe
    from reprokit.model.definition import Definition
    from reprokit.model.record import ArrayFacts

_TF32_SOURCE = "ml-explore/mlx issue 4411"
_FUSED_SOURCE = "docs/attribution.md"

_LARGEST_BYTES = 16 * 2**20
"""Of an exact case's product, whose digest is taken of bytes made here."""

_MOST_STEPS = 2**18
"""Multiply-adds remade for one line, in each of two ways: a tenth of a second together."""

_MOST_WORDS = 2**17
"""Words of the operands: a tenth of a second too."""

_BLOCK_DIGITS = 16
_ITEM_BYTES = 4
_SHOWN = 4


def find_tf32(evidence: LineEvidence) -> SignatureMatch | None:
    """Find operands cut to 11 bits.

    Marks: the exact case of operands 1 + 2**-12 gives, by digest, what cut operands do on one side
    and the exact product on the other; or a control with MLX_ENABLE_TF32=0 gives the other
    cluster's bytes where the probe itself does not.
    """
    told = {
        probe.id: sentence
        for probe in evidence.parted
        for sentence in [_tell_exact_case(probe) or _tell_control(evidence, probe)]
        if sentence
    }
    if not told:
        return None
    sentences = list(told.values())[:_SHOWN]
    if len(told) > _SHOWN:
        sentences.append(f"So do {len(told) - _SHOWN} more probes.")
    return SignatureMatch(
        name="TF32",
        evidence=(*sentences, *_tell_tf32_facts(evidence)),
        probes=tuple(told),
        source=_TF32_SOURCE,
    )


def _tell_exact_case(probe: PartedProbe) -> str:
    products = _make_exact_products(probe.definition)
    found = {name: products[it] for name, it in probe.digests.items() if it in products}
    cut = [name for name, is_cut in found.items() if is_cut]
    exact = [name for name, is_cut in found.items() if not is_cut]
    if not cut or not exact or len(found) < len(probe.digests):
        return ""
    return (
        f"`{probe.id}`: the bytes are those of operands cut to 11 bits on {', '.join(cut)}, and "
        f"those of the exact product on {', '.join(exact)}."
    )


def _make_exact_products(definition: Definition) -> dict[str, bool]:
    """Make the digests of the exact case: with operands cut, and not.

    Formula: every element is k where the operands 1 + 2**-12 are cut to 1, else k + k·2**-12.

    Returns:
        Whether operands are cut, by digest.
    """
    sides = _read_sides(definition)
    if definition.op != "matmul.tf32" or not _is_raw_float32(definition) or sides is None:
        return {}
    m, k, n = sides
    size = m * n
    if not 0 < size * _ITEM_BYTES <= _LARGEST_BYTES:
        return {}
    products = {k * 1.0: True, k + k * 2.0**-12: False}
    return {
        hashlib.sha256(struct.pack("<f", value) * size).hexdigest(): is_cut
        for value, is_cut in products.items()
    }


def _tell_control(evidence: LineEvidence, probe: PartedProbe) -> str:
    """Say whose bytes a machine gives without TF32, where its own are others."""
    control = probe.definition.control
    if control is None or control.device or dict(control.variables) != {TF32_VARIABLE: "0"}:
        return ""
    for cluster in evidence.partition:
        for name in cluster:
            result = probe.records[name].record.control
            if (
                result is None
                or result.result is None
                or probe.digests[name] == result.result.digest
            ):
                continue
            others = [it for it, own in probe.digests.items() if own == result.result.digest]
            if others:
                return (
                    f"`{probe.id}`: with {TF32_VARIABLE}=0 {name} gives the bytes of "
                    f"{', '.join(others)}."
                )
    return ""


def _tell_tf32_facts(evidence: LineEvidence) -> Iterator[str]:
    """Say how hardware, system and variable lie to it."""
    for name in (TF32_ON, TF32_POSSIBLE):
        if evidence.fits.get(name) is Fit.INDUCES:
            yield f"`{name}` parts the machines in the same way."
            return
        if evidence.fits.get(name) is Fit.RULED_OUT:
            yield f"`{name}` does not part the machines so: it is not the whole cause."
            return


class _Product(NamedTuple):
    """A product that can be remade, in whole or its first rows."""

    seed: int
    steps: tuple[tuple[int, int], ...]
    shape: tuple[int, int, int]


def find_fused_products(evidence: LineEvidence) -> SignatureMatch | None:
    """Find products that one CPU rounds before it adds them, and another with the sum.

    Mark: the product is remade here in both ways, one after the other along the inner index, and
    each side's bytes are those of one of them: by the digest, or by that of its first block.
    """
    told: dict[str, str] = {}
    left = _MOST_STEPS
    for probe in evidence.parted:
        product = _find_product(probe.definition) if evidence.computes_on_cpu(probe) else None
        rows = _count_rows(probe, product) if product else 0
        steps = rows * product.shape[1] * product.shape[2] if product else 0
        if product is None or not 0 < steps <= left:
            continue
        left -= steps
        sentence = _tell_fused(probe, product, rows)
        if sentence:
            told[probe.id] = sentence
    if not told:
        return None
    return SignatureMatch(
        name="fused multiply-add in products",
        evidence=tuple(told.values()),
        probes=tuple(told),
        source=_FUSED_SOURCE,
    )


def _find_product(definition: Definition) -> _Product | None:
    sides = _read_sides(definition)
    if (
        definition.op != "matmul.uniform"
        or not _is_raw_float32(definition)
        or definition.seed is None
        or sides is None
        or sides[1] * (sides[0] + sides[2]) > _MOST_WORDS
    ):
        return None
    from reprokit.numerics.keys import parse_key_path  # few comparisons come here

    try:
        steps = parse_key_path(definition.key)
    except ValueError:  # a stranger's manifest may say anything
        return None
    return _Product(definition.seed, steps, sides)


def _is_raw_float32(definition: Definition) -> bool:
    is_float32 = (definition.dtype or "float32") == "float32"
    return is_float32 and definition.revision == 1 and definition.rule is DigestRule.RAW


def _read_sides(definition: Definition) -> tuple[int, int, int] | None:
    """Read m, k and n; None where they are not whole numbers above 0."""
    read = [definition.arguments.get(name) for name in ("m", "k", "n")]
    m, k, n = (it if isinstance(it, int) and it > 0 else 0 for it in read)
    return (m, k, n) if m and k and n else None


def _count_rows(probe: PartedProbe, product: _Product) -> int:
    """Count the rows that have to be remade: those of the first block, where there are blocks."""
    m, _, n = product.shape
    kept = [it for it in _list_results(probe).values() if it.blocks]
    if len(kept) < len(probe.records):
        return m
    lengths = {it.block_bytes for it in kept}
    if len(lengths) > 1:
        return m
    return min(m, -(-lengths.pop() // (_ITEM_BYTES * n)))


def _list_results(probe: PartedProbe) -> Mapping[str, ArrayFacts]:
    records = {name: it.record.result for name, it in probe.records.items()}
    return {name: it for name, it in records.items() if it is not None}


def _tell_fused(probe: PartedProbe, product: _Product, rows: int) -> str:
    from reprokit.numerics.product_order import draw_operands, multiply_in_order

    m, inner, columns = product.shape
    left, right = draw_operands(product.seed, product.steps, product.shape)
    shape = rows, inner, columns
    ways = {
        is_fused: multiply_in_order(left[: rows * inner], right, shape, fused=is_fused)
        for is_fused in (True, False)
    }
    found: dict[bool, list[str]] = {True: [], False: []}
    for name, result in _list_results(probe).items():
        way = next((it for it, own in ways.items() if _has_bytes(result, own, rows == m)), None)
        if way is None:
            return ""
        found[way].append(name)
    if not all(found.values()):
        return ""
    proof = "the digests" if rows == m else "the digests of the first block"
    return (
        f"`{probe.id}`: on {', '.join(found[False])} each product is rounded before it is added, "
        f"on {', '.join(found[True])} with the sum, in the same order; proven by {proof}."
    )


def _has_bytes(result: ArrayFacts, content: bytes, whole: bool) -> bool:  # noqa: FBT001 - private
    """Tell whether a result is these bytes, or begins with them as far as its first block goes."""
    if whole:
        return hashlib.sha256(content).hexdigest() == result.digest
    first = hashlib.sha256(content[: result.block_bytes]).hexdigest()
    return first[:_BLOCK_DIGITS] == result.blocks[0]
