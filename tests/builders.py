"""Small builders of evidence for tests, and strategies that generate it."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

from reprokit.compare.selection import gather_evidence
from reprokit.model.definition import Control, Definition, DigestRule, Value
from reprokit.model.dtypes import ITEM_BYTES
from reprokit.model.environment import (
    Device,
    Drift,
    DriftKind,
    DriftSeverity,
    Environment,
    Gap,
    Hardware,
    Interpreter,
    Lock,
    NativeLibrary,
    OperatingSystem,
    Package,
    Repository,
    Variable,
)
from reprokit.model.manifest import Manifest, Origin, OriginKind, ProbeRecord, SuiteReference
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import (
    MEASURED,
    ArrayFacts,
    ControlResult,
    Failure,
    Record,
    Relation,
    Run,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.comparison import MachineEvidence

T = TypeVar("T")

COMMIT = "0a8ec29f1c21" + "0" * 28
QUICK = settings(max_examples=30, deadline=None, database=None)
"""Settings of property tests whose examples are slow or plenty."""


def make_digest(text: str) -> str:
    """Make a digest that a word determines."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_definition(**changes: Any) -> Definition:  # noqa: ANN401 - any field
    """Make the definition of a draw of eight normals, with some fields changed."""
    fields: dict[str, Any] = {
        "op": "random.normal",
        "arguments": {"shape": (8,)},
        "dtype": "float32",
        "seed": 0,
    }
    return Definition(**(fields | changes))


def make_run(word: str = "a", *, cold_s: float = 0.25, rss: int | None = 50_000_000) -> Run:
    """Make one run that gave the bytes of a word, cold and warm."""
    digest = make_digest(word)
    return Run(
        digest=digest,
        warm_digest=digest,
        cold_s=cold_s,
        warm_s=0.0005,
        peak_bytes=4096,
        peak_rss_bytes=rss,
    )


def make_record(word: str = "a", *, status: Status = Status.OK) -> Record:
    """Make a record: with the bytes of a word, or with a failure where the status has none."""
    if status not in MEASURED:
        return Record(status=status, failure=Failure(reason=f"{status} for a test"))
    words = (word, word) if status is Status.OK else (word, f"not {word}")
    return Record(
        status=status,
        result=ArrayFacts(digest=make_digest(word), dtype="float32", shape=(8,)),
        runs=tuple(make_run(item) for item in words),
    )


def make_probe(
    name: str = "normal-8-key0",
    word: str = "a",
    *,
    expectation: Expectation = Expectation.FAMILY,
    definition: Definition | None = None,
    record: Record | None = None,
) -> ProbeRecord:
    """Make a probe and its record."""
    return ProbeRecord(
        id=name,
        suite="core",
        definition=definition or make_definition(),
        expectation=expectation,
        record=record or make_record(word),
    )


def make_environment(family: str = "applegpu_g13s", *, lock: str = "lock") -> Environment:
    """Make the environment of a Mac."""
    return Environment(
        hardware=Hardware(
            chip="Apple M1 Max",
            cpu_architecture="arm64",
            cores=10,
            memory_bytes=64 * 1024**3,
            gpu_architecture=family,
        ),
        os=OperatingSystem(name="macOS", version="26.4.1", build="25E253"),
        python=Interpreter(implementation="CPython", version="3.12.9"),
        packages=(Package(name="mlx", version="0.32.4", wheel="cp312-cp312-macosx_15_0_arm64"),),
        lock=Lock(sha256=make_digest(lock)),
        device=Device(default="gpu", name="Apple M1 Max"),
    )


def make_manifest(
    machine: str = "apple-m1-max",
    probes: Sequence[ProbeRecord] = (),
    *,
    family: str = "applegpu_g13s",
    created: str = "2026-05-20T10:00:00Z",
    repository: Repository | None = None,
    origin: Origin | None = None,
    environment: Environment | None = None,
) -> Manifest:
    """Make a measured manifest at COMMIT, of one probe where none are given."""
    return Manifest(
        machine=machine,
        family=family,
        project="demo",
        repository=repository or Repository(commit=COMMIT, branch="main"),
        created=created,
        origin=origin or Origin(kind=OriginKind.MEASURED),
        suites=(SuiteReference(name="core", sha256=make_digest("core")),),
        environment=environment or make_environment(family),
        probes=tuple(probes) or (make_probe(),),
    )


def make_evidence(
    machine: str, *probes: ProbeRecord, family: str = "applegpu_g13s"
) -> MachineEvidence:
    """Make what one machine brings to a comparison."""
    return gather_evidence([make_manifest(machine, probes, family=family)], short(COMMIT))


DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
SLUGS = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4}){0,3}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.just("a\r\nb\n")
COUNTS = st.integers(0, 2**63 - 1)
SECONDS = st.floats(0, 1e6)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES: st.SearchStrategy[Value] = SCALARS | st.lists(SCALARS, max_size=3).map(tuple)
CONTROLS = st.builds(
    Control,
    device=st.none() | st.sampled_from(["cpu", "gpu"]),
    variables=st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True), TEXTS),
)
DEFINITIONS = st.builds(
    Definition,
    op=st.sampled_from(["random.normal", "matmul.uniform", "elementwise.log"]),
    revision=st.integers(0, 9),
    arguments=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, max_size=3),
    dtype=st.none() | st.sampled_from(["float32", "bfloat16"]),
    seed=st.none() | st.integers(0, 2**64 - 1),
    key=st.sampled_from(["raw", "split:1/2", "split:0/2,3/4"]),
    device=st.sampled_from(["default", "cpu", "gpu"]),
    rule=st.sampled_from(DigestRule),
    control=st.none() | CONTROLS,
)


@st.composite
def facts(draw: st.DrawFn) -> ArrayFacts:
    """Generate what is kept of an array: all its bits, block digests, neither, or a digest only."""
    kept = draw(st.sampled_from(["bits", "blocks", "neither", "opaque"]))
    if kept == "opaque":
        return ArrayFacts(digest=draw(DIGESTS), dtype="", shape=())
    if kept == "neither":
        shape = tuple(draw(st.lists(st.integers(0, 2**20), max_size=3)))
        return ArrayFacts(digest=draw(DIGESTS), dtype="float32", shape=shape)
    if kept == "bits":
        dtype = draw(st.sampled_from(sorted(ITEM_BYTES)))
        shape = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
        size = prod(shape) * ITEM_BYTES[dtype]
        bits = draw(st.binary(min_size=size, max_size=size))
        digest = hashlib.sha256(bits).hexdigest()
        return ArrayFacts(digest=digest, dtype=dtype, shape=shape, bits=bits.hex())
    count = draw(st.integers(1, 4))
    blocks = draw(
        st.lists(st.from_regex(r"[0-9a-f]{16}", fullmatch=True), min_size=count, max_size=count)
    )
    return ArrayFacts(
        digest=draw(DIGESTS),
        dtype="uint8",
        shape=(8192 * count - draw(st.integers(0, 8191)),),
        block_bytes=8192,
        blocks=tuple(blocks),
    )


FACTS = facts()
FAILURES = st.builds(Failure, reason=TEXTS, stderr=st.just("") | TEXTS)


RELATIONS = st.builds(
    Relation,
    name=TEXTS,
    holds=st.booleans(),
    facts=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), SCALARS, max_size=2),
)


@st.composite
def control_results(draw: st.DrawFn) -> ControlResult:
    """Generate what a control gave: an array, or why there is none."""
    if draw(st.booleans()):
        return ControlResult(status=Status.OK, result=draw(FACTS))
    status = draw(st.sampled_from(sorted(set(Status) - MEASURED)))
    return ControlResult(status=status, failure=draw(FAILURES))


@st.composite
def runs_of(
    draw: st.DrawFn, digests: st.SearchStrategy[str], relation: Relation | None = None
) -> tuple[Run, ...]:
    """Generate runs whose digests come from a strategy; resident sizes for all or none."""
    resident = draw(st.sampled_from([COUNTS, st.none()]))
    holds = st.booleans() if relation else st.none()
    run = st.builds(
        Run,
        digest=digests,
        warm_digest=digests,
        cold_s=SECONDS,
        warm_s=SECONDS,
        peak_bytes=COUNTS,
        peak_rss_bytes=resident,
        holds=holds,
        warm_holds=holds,
    )
    runs = tuple(draw(st.lists(run, max_size=3)))
    first = tuple(replace(run, holds=relation.holds) for run in runs[:1] if relation)
    return first + runs[len(first) :]


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Generate a record such as a runner can make."""
    status = draw(st.sampled_from(Status))
    relation = draw(st.none() | RELATIONS)
    result = draw(FACTS if status in MEASURED else st.none() | FACTS)
    digests = st.just(result.digest) if result and status is Status.OK else DIGESTS
    return Record(
        status=status,
        result=result,
        relation=relation,
        control=draw(st.none() | control_results()) if status in MEASURED else None,
        runs=draw(runs_of(digests, relation)),
        failure=None if status in MEASURED else draw(FAILURES),
    )


_MAYBE = st.none() | TEXTS
_BY_ANNOTATION: dict[str, st.SearchStrategy[Any]] = {
    "str": TEXTS,
    "str | None": _MAYBE,
    "int": COUNTS,
    "int | None": st.none() | COUNTS,
    "bool": st.booleans(),
    "bool | None": st.none() | st.booleans(),
    "tuple[str, ...]": st.lists(TEXTS, max_size=2).map(tuple),
}


def build_tables(shape: type[T], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Generate a model's dataclass: each field that is not given goes by its annotation."""
    annotations = {item.name: str(item.type) for item in fields(shape)}  # type: ignore[arg-type]
    chosen = {name: _BY_ANNOTATION[it] for name, it in annotations.items() if name not in given}
    return st.builds(shape, **chosen, **given)


def tuples_of(items: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Generate tuples of at most two items."""
    return st.lists(items, max_size=2).map(tuple)


ENVIRONMENTS = st.builds(
    Environment,
    hardware=build_tables(Hardware),
    os=build_tables(OperatingSystem),
    python=build_tables(Interpreter),
    packages=tuples_of(
        build_tables(Package, libraries=tuples_of(build_tables(NativeLibrary))),
    ),
    lock=build_tables(Lock),
    device=build_tables(Device),
    variables=tuples_of(build_tables(Variable)),
    drift=tuples_of(
        build_tables(
            Drift, kind=st.sampled_from(DriftKind), severity=st.sampled_from(DriftSeverity)
        ),
    ),
    gaps=tuples_of(build_tables(Gap)),
)
REPOSITORIES = build_tables(
    Repository,
    commit=st.from_regex(r"[0-9a-f]{12,40}", fullmatch=True),
    committed=st.none() | st.just("2026-05-19T23:59:59Z"),
    diff_sha256=st.none() | DIGESTS,
)
PROBE_RECORDS = st.builds(
    ProbeRecord,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._=,+-]{0,20}", fullmatch=True),
    suite=SLUGS,
    definition=DEFINITIONS,
    expectation=st.sampled_from(Expectation),
    record=records(),
    relation=st.none() | st.booleans(),
    control_equal=st.none() | st.booleans(),
)
MANIFESTS = st.builds(
    Manifest,
    machine=SLUGS,
    family=SLUGS,
    project=TEXTS,
    repository=REPOSITORIES,
    created=st.sampled_from(["2026-05-20", "2026-05-20T10:00:00Z"]),
    origin=st.builds(
        Origin,
        kind=st.sampled_from(OriginKind),
        sources=st.lists(TEXTS, max_size=2).map(tuple),
        note=st.just("") | TEXTS,
    ),
    suites=st.lists(
        st.builds(SuiteReference, name=SLUGS, sha256=DIGESTS, excludes=st.just("") | TEXTS),
        max_size=2,
    ).map(tuple),
    environment=ENVIRONMENTS,
    probes=st.lists(PROBE_RECORDS, max_size=3, unique_by=lambda probe: probe.id).map(tuple),
)
