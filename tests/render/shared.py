"""One comparison that goes through all formats, and one made of hostile texts."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reprokit.compare.verdict import compare_machines
from reprokit.model.environment import Environment, Hardware, OperatingSystem, Package
from reprokit.model.manifest import Origin, OriginKind
from reprokit.model.names import short
from reprokit.model.probe import Expectation
from reprokit.model.record import Failure, Record, Relation, Status
from tests.builders import (
    COMMIT,
    make_definition,
    make_digest,
    make_evidence,
    make_probe,
    make_record,
)
from tests.render.github import find_live_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprokit.model.comparison import Comparison, MachineEvidence
    from reprokit.model.manifest import ProbeRecord

GOLDEN = Path(__file__).parent / "golden"
G13, G15 = "applegpu_g13s", "applegpu_g15s"
HOSTILE = (
    "| pipe `tick` <script>alert(1)</script> [x](javascript:y) **b** ![i](z)\n"
    "# head\r\x1b[31mred\x1b[0m \u202ertl\u2066 \u200bzero &amp; ~~s~~ \x9b31m\x00\x7f "
    "https://evil.example/a www.evil.example <http://evil.example> a@evil.example @evil $x$"
)


def name_evidence(
    machine: str, family: str, chip: str, probes: Sequence[ProbeRecord]
) -> MachineEvidence:
    """Make a machine's evidence as it is read from a file."""
    evidence = make_evidence(machine, *probes, family=family)
    environment = evidence.environment
    environment = replace(environment, hardware=replace(environment.hardware, chip=chip))
    path = f"manifests/{machine}/{short(COMMIT)}.toml"
    manifest = replace(evidence.manifests[0], path=path, sha256=make_digest(path))
    return replace(evidence, environment=environment, manifests=(manifest,))


def make_related(name: str, *, holds: bool) -> ProbeRecord:
    """Make a probe of a relation that should hold, with the same bytes whether it does or not."""
    relation = Relation(name="a[:1] @ b equals (a @ b)[:1]", holds=holds, facts={"differing": 3})
    return replace(
        make_probe(name, record=replace(make_record("b"), relation=relation)), relation=True
    )


def make_comparison() -> Comparison:
    """Compare three machines in probes that give every verdict and every severity."""
    everywhere = Expectation.EVERYWHERE
    other = make_definition(seed=42)
    crashed = Record(status=Status.CRASHED, failure=Failure(reason="SIGABRT", stderr="no memory"))
    unstable = make_record("r", status=Status.UNSTABLE)
    one = name_evidence(
        "apple-m1-max",
        G13,
        "Apple M1 Max",
        [
            make_probe("key0", "k", expectation=everywhere),
            make_probe("normal-4", "n"),
            make_probe("normal-8", "m1"),
            make_probe("uniform-8", "m1", expectation=everywhere),
            make_probe("shuffle", "s"),
            make_probe("matmul", "m"),
            make_related("batch", holds=True),
            make_probe("sum", "r"),
            make_probe("only-m1", "o"),
        ],
    )
    two = name_evidence(
        "apple-m3",
        G15,
        "Apple M3",
        [
            make_probe("key0", "k", expectation=everywhere),
            make_probe("normal-4", "n"),
            make_probe("normal-8", "m3"),
            make_probe("uniform-8", "m1", expectation=everywhere),
            make_probe("shuffle", "s", definition=other),
            make_probe("matmul", record=crashed),
            make_related("batch", holds=True),
            make_probe("sum", record=unstable),
        ],
    )
    three = name_evidence(
        "apple-m3-ultra",
        G15,
        "Apple M3 Ultra",
        [
            make_probe("key0", "k", expectation=everywhere),
            make_probe("normal-4", "n"),
            make_probe("normal-8", "m3"),
            make_probe("uniform-8", "m3", expectation=everywhere),
            make_probe("shuffle", "s"),
            make_probe("matmul", "m"),
            make_related("batch", holds=False),
            make_probe("sum", "r"),
            make_probe("only-m1", record=make_record(status=Status.SKIPPED)),
        ],
    )
    origin = Origin(
        kind=OriginKind.PUBLISHED, sources=("issue 3568",), note="Printed in a comment."
    )
    return compare_machines([one, two, replace(three, origin=origin)], commit=short(COMMIT))


def make_hostile_comparison() -> Comparison:
    """Compare machines whose every free text is an attack."""
    failure = Record(status=Status.FAILED, failure=Failure(reason=HOSTILE, stderr=HOSTILE))
    machine = make_evidence("m1", make_probe("p", record=failure))
    environment = Environment(
        hardware=Hardware(chip=HOSTILE, memory_bytes=1024**3),
        os=OperatingSystem(name=HOSTILE, version=HOSTILE, build=HOSTILE, libc=HOSTILE),
        python=replace(machine.environment.python, version=HOSTILE),
        packages=(Package(name="mlx", version=HOSTILE, wheel=HOSTILE),),
    )
    origin = Origin(kind=OriginKind.PUBLISHED, sources=(HOSTILE,), note=HOSTILE)
    suite = replace(machine.suites[0], excludes=HOSTILE)
    return compare_machines(
        [
            replace(machine, environment=environment, origin=origin, suites=(suite,)),
            make_evidence("m2", make_probe("p")),
        ],
        commit=short(COMMIT),
    )


def find_live_markup(text: str) -> list[str]:
    """Find what of the hostile text markdown would act on, in it or in the page made of it."""
    signs = re.findall(r"(?<!\\)(?:<script|\]\(|!\[|\*\*b|`tick|~~|&amp)", text)
    return [*signs, *find_live_parts(text)]


def check_golden(name: str, text: str) -> None:
    """Hold a text against its golden file, or write that under REPROKIT_UPDATE_GOLDEN=1."""
    path = GOLDEN / name
    if os.environ.get("REPROKIT_UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"{name} changed; if it should, run the tests with REPROKIT_UPDATE_GOLDEN=1 and review"
    )
