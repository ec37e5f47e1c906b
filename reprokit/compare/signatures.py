"""Known causes, found by the marks that they leave in results: never by a name alone.

Each finder returns a match where the evidence bears it out, else None. docs/attribution.md lists
the marks and where each cause is described.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprokit.compare.derived_facts import C_LIBRARY, MACOS, read_version
from reprokit.compare.log_chance import tell_chance
from reprokit.compare.product_signatures import find_fused_products, find_tf32
from reprokit.compare.signature_evidence import gather_line_evidence
from reprokit.model.attribution import SignatureMatch
from reprokit.model.definition import DigestRule
from reprokit.model.divergence import PartState
from reprokit.model.witness import LOG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reprokit.compare.partition import Line
    from reprokit.compare.signature_evidence import LineEvidence, PartedProbe
    from reprokit.model.attribution import FactFit
    from reprokit.model.comparison import Comparison
    from reprokit.model.definition import Definition
    from reprokit.model.divergence import Divergence

_LOG_SOURCE = "ml-explore/mlx issue 3568"
_STREAM_SOURCE = "ml-explore/mlx issues 2361, 3568"
_LIBRARY_SOURCE = "ml-explore/mlx mlx/backend/cpu/simd/base_simd.h"
_WHEEL_SOURCE = "docs/environment.md"

_OF_C_LIBRARY = frozenset({"log", "log1p", "expm1", "tanh"})
"""Functions that MLX's CPU kernels take from the C library on Linux."""

_OWN = frozenset({"exp", "sin", "cos", "erf"})
"""Functions that MLX's CPU kernels compute by polynomials of their own."""

_STREAM_RELEASES = ((0, 19, 2), (0, 26, 5), (0, 31, 2), (0, 32, 1))
"""Releases that touched random numbers: which draws each changed is not held against the probe."""

_CPU = "hardware.cpu_architecture"
_WORDS = "words"
_EXACT_BOUNDS = frozenset({-1.0, 0.0, 1.0})
_SHOWN = 4


def find_signatures(
    comparison: Comparison, line: Line, facts: tuple[FactFit, ...]
) -> tuple[SignatureMatch, ...]:
    """Find the known causes that the evidence of one line bears out.

    Args:
        comparison: With its divergences, where it has them.
        line: The partition, and its probes.
        facts: The facts held against the partition.
    """
    evidence = gather_line_evidence(comparison, line, facts)
    found = (
        find_tf32(evidence),
        find_other_log(evidence),
        find_c_library(evidence),
        find_fused_products(evidence),
        find_changed_stream(evidence),
        find_other_wheel(evidence),
    )
    return tuple(it for it in found if it is not None)


def find_other_log(evidence: LineEvidence) -> SignatureMatch | None:
    """Find another `log`: one that parts by itself, or that explains draws of normals.

    Marks: the steps before it agree and `log` is the first that parts; or a change of `log` by two
    ulps at most in each differing element makes one side's bytes, proven by digest, of the other's.
    """
    told = [
        (it.id, sentence, ulps)
        for it in evidence.parted
        for sentence, ulps in [_explain_by_log(it)]
        if sentence
    ]
    if not told:
        return None
    most = max((ulps for _, _, ulps in told), default=0)
    names = tuple(name for name, _, _ in told)
    chance = tell_chance(it for it in evidence.parted if it.id in names)
    return SignatureMatch(
        name={1: "log, one ulp", 2: "log, two ulps"}.get(most, "another log"),
        evidence=(*(sentence for _, sentence, _ in told), *([chance] if chance else [])),
        probes=names,
        source=_LOG_SOURCE,
    )


def _explain_by_log(probe: PartedProbe) -> tuple[str, int]:
    """Say how `log` explains a probe, and by how many ulps; 0 where that is not known."""
    if probe.definition.op == "elementwise.log":
        most = [it.distance.max_ulp or 0 for it in probe.divergences if it.distance]
        far = f", by at most {max(most)} ulp" if most else ""
        return f"`{probe.id}`: log itself gives other values{far}.", max(most, default=0)
    if probe.divergences and all(_is_log_measured(it) for it in probe.divergences):
        return f"`{probe.id}`: the steps before log agree, and log is the first that parts.", 0
    read = [_read_witness(it) for it in probe.divergences]
    found = [it for it in read if it is not None]
    if not found or len(found) < len(read):
        return "", 0
    ulps = max(ulp for _, ulp in found)
    elements = len(set[int]().union(*(indices for indices, _ in found)))
    steps = "1 ulp" if ulps == 1 else f"at most {ulps} ulps"
    change = f"as a change of log by {steps} makes"
    told = f"1 element differs, {change} it" if elements == 1 else ""
    told = told or f"{elements} elements differ, {change} them"
    return f"`{probe.id}`: {told}; the digests prove the elements, not the step.", ulps


def _is_log_measured(divergence: Divergence) -> bool:
    """Tell whether steps before `log` were held side by side and agree, and `log` does not."""
    states = [(it.name, it.state) for it in divergence.stages]
    parted = [at for at, (_, state) in enumerate(states) if state is not PartState.EQUAL]
    return bool(parted) and parted[0] > 0 and states[parted[0]] == (LOG, PartState.DIFFERENT)


def _read_witness(divergence: Divergence) -> tuple[set[int], int] | None:
    """Read which elements `log` explains, and by how many ulps; None where it does not.

    Nor does it where steps were measured and `log` agrees, or one before it parts.
    """
    witness = divergence.witness
    if witness is None or witness.stage != LOG or not witness.proven:
        return None
    if divergence.first_stage != LOG:
        return None
    indices = {it.index for it in witness.elements}
    return indices, max(abs(it.stage_ulp or 0) for it in witness.elements)


def find_c_library(evidence: LineEvidence) -> SignatureMatch | None:
    """Find another C library: its functions part on the CPU, and it differs as the line does.

    What MLX computes by polynomials of its own must not part along the line: that the C library
    would not explain. On macOS MLX takes these functions from elsewhere.
    """
    on_cpu = [it for it in evidence.parted if evidence.computes_on_cpu(it)]
    functions = {it.id: _name_function(it.definition) for it in on_cpu}
    theirs = {name: it for name, it in functions.items() if it in _OF_C_LIBRARY}
    if (
        not theirs
        or set(functions.values()) & _OWN
        or any(it.environment.os.name == MACOS for it in evidence.machines.values())
        or not evidence.fits_exactly("os.libc", C_LIBRARY)
    ):
        return None
    agreeing = {_name_function(it) for it in evidence.agreeing.values()} & _OWN
    shown = "; ".join(_name_libraries(evidence, it) for it in evidence.partition)
    sentences = [
        f"Functions that are the C library's part on the CPU: {_list_words(theirs.values())}.",
        f"The C library parts the machines in the same way: {shown}.",
    ]
    if evidence.fits_exactly(_CPU):
        sentences.append(f"So does `{_CPU}`.")
    if agreeing:
        sentences.append(f"MLX's own polynomials agree: {_list_words(agreeing)}.")
    return SignatureMatch(
        name="another C library",
        evidence=tuple(sentences),
        probes=tuple(theirs),
        source=_LIBRARY_SOURCE,
    )


def _name_libraries(evidence: LineEvidence, machines: Iterable[str]) -> str:
    """Write each machine's own C library: those of one name may be of several versions."""
    libraries: dict[str, list[str]] = {}
    for name in machines:
        library = evidence.machines[name].environment.os.libc or "unknown"
        libraries.setdefault(library, []).append(name)
    return ", ".join(f"{library} on {', '.join(names)}" for library, names in libraries.items())


def _name_function(definition: Definition) -> str:
    room, _, function = definition.op.partition(".")
    return function if room == "elementwise" else ""


def find_changed_stream(evidence: LineEvidence) -> SignatureMatch | None:
    """Find a changed stream: the raw words part, or draws whose every step is exact.

    A uniform draw on bounds of -1, 0 and 1 is the words and exact arithmetic: other bytes are
    another stream, or another map from words to numbers.
    """
    told = {
        it.id: sentence for it in evidence.parted for sentence in [_tell_stream(it)] if sentence
    }
    if not told:
        return None
    sentences = list(told.values())[:_SHOWN]
    if len(told) > _SHOWN:
        sentences.append(f"So do {len(told) - _SHOWN} more.")
    controls = [name for name, it in evidence.agreeing.items() if _is_exact_draw(it)]
    if controls:
        sentences.append(f"`{controls[0]}` agrees.")
    return SignatureMatch(
        name="another random stream",
        evidence=(*sentences, *_tell_releases(evidence)),
        probes=tuple(told),
        source=_STREAM_SOURCE,
    )


def _tell_stream(probe: PartedProbe) -> str:
    definition = probe.definition
    if any(it.stages and it.first_stage == _WORDS for it in probe.divergences):
        return f"`{probe.id}`: the raw words part."
    if definition.op == "random.key" and definition.rule is DigestRule.RAW:
        return f"`{probe.id}`: the words of the key part."
    if _is_exact_draw(definition):
        kind = definition.dtype or "float32"
        return f"`{probe.id}`: a uniform draw in {kind} parts, whose steps are exact."
    return ""


def _is_exact_draw(definition: Definition) -> bool:
    bounds = {definition.arguments.get("low", 0.0), definition.arguments.get("high", 1.0)}
    return definition.op == "random.uniform" and bounds <= _EXACT_BOUNDS


def _tell_releases(evidence: LineEvidence) -> Iterator[str]:
    """Say which releases of MLX the machines have, and which between touched random numbers."""
    texts = {it.environment.package_version("mlx") or "" for it in evidence.machines.values()}
    versions = sorted(it for it in map(read_version, texts) if it)
    if len(versions) < len(texts):
        return
    low, high = versions[0], versions[-1]
    if low == high:
        yield "The release of mlx is the same on all."
        return
    between = [it for it in _STREAM_RELEASES if low < it <= high]
    ends = " to ".join(".".join(map(str, it)) for it in (low, high))
    touched = _list_words([".".join(map(str, it)) for it in between])
    known = f"{touched} touched" if touched else "none is known to have touched"
    yield f"mlx is of releases {ends}; of those after the first, {known} random numbers."


def find_other_wheel(evidence: LineEvidence) -> SignatureMatch | None:
    """Find another wheel of one release: other kernels' files on the same hardware.

    Everything else that fits is told beside it: wheels are chosen by the system's version.
    """
    same = ("packages.mlx.version", _CPU, "hardware.gpu_architecture", "os.name")
    version = next(iter(evidence.machines.values())).environment.package_version("mlx")
    if version is None or not all(map(evidence.is_same, same)):
        return None
    files = [
        name
        for name in ("mlx wheel platform", *_list_file_facts(evidence))
        if evidence.fits_exactly(name)
    ]
    if not files:
        return None
    others = [name for name in evidence.fits if evidence.fits_exactly(name) and name not in files]
    sentences = [
        f"mlx is {version} on all, of the same processor and GPU.",
        f"{_list_words(f'`{it}`' for it in files[:_SHOWN])} fit: {evidence.show_partition()}.",
    ]
    if others:
        sentences.append(f"So do {_list_words(f'`{it}`' for it in others[:_SHOWN])}.")
    return SignatureMatch(
        name="another wheel of one release",
        evidence=tuple(sentences),
        probes=tuple(it.id for it in evidence.parted),
        source=_WHEEL_SOURCE,
    )


def _list_file_facts(evidence: LineEvidence) -> Sequence[str]:
    return [
        name
        for name in evidence.fits
        if name.startswith("packages.mlx") and name.endswith((".library hashes", ".locked_sha256"))
    ]


def _list_words(words: Iterable[str]) -> str:
    """Write words in order, each once, as `a, b and c`."""
    *first, last = sorted(set(words)) or [""]
    return f"{', '.join(first)} and {last}" if first else last
