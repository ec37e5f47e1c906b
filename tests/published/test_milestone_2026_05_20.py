"""The handwritten milestone of 2026-05-20, written from the published manifests.

Facts of it: hypneum-lab/dream-of-kiki, docs/milestones/r1-cross-machine-m5-vs-m1-2026-05-20.md.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.render.cells import describe_partition
from reprokit.render.text import escape_markdown
from tests.committed import copy_manifests
from tests.projects import Project
from tests.published.convert import FACTS

if TYPE_CHECKING:
    from pathlib import Path

M1, M3, M5 = "apple-m1-max", "apple-m3-ultra", "apple-m5"
STEM = "r1-cross-machine-2026-05-20"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the milestone's documents."""
    root = tmp_path_factory.mktemp("published") / "project"
    copy_manifests(root / "manifests", M1, M3, M5)
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="ascii")
    done = Project(root=root).run("milestone", "r1-cross-machine", "--date", "2026-05-20")
    assert done.returncode == 0, done.stderr
    return root / "milestones"


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    """The markdown."""
    return (folder / f"{STEM}.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def comparison(folder: Path) -> dict[str, Any]:
    """What the JSON holds of the comparison."""
    data: dict[str, Any] = json.loads((folder / f"{STEM}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = data["comparison"]
    return found


def find_section(text: str, title: str) -> str:
    """Cut out a part of the document, up to the next of the same level."""
    level = title.partition(" ")[0]
    return re.split(rf"^{level} ", text.partition(f"\n{title}\n")[2], flags=re.MULTILINE)[0]


def read_table(text: str, first: str) -> dict[str, list[str]]:
    """Read the rows of the table whose head begins with a word, by their first cell."""
    rows = [
        [cell.strip().strip("`") for cell in line.split(" | ")]
        for line in text.partition(f"| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    ]
    return {row[0].removeprefix("| ").strip("`"): row[1:] for row in rows}


def name_line(*clusters: tuple[str, ...]) -> str:
    """Write a line along which machines part, as it stands in the document."""
    return escape_markdown(describe_partition(clusters))


def test_header_has_date_commit_status_and_the_sibling_json(text: str) -> None:
    """A partial cross-machine failure, that blocks nothing."""
    assert "**Date:** 2026-05-20" in text
    assert "**Commit:** `0a8ec29f1c21`" in text
    assert "**Status:** **PARTS, NOTHING BLOCKS**" in text
    assert f"({STEM}.json)" in text


def test_setup(text: str) -> None:
    """Chip, memory, macOS, Python, MLX and commit of all three; the lock as it was told."""
    setup = find_section(text, "## Setup")
    for row in (
        "| chip | Apple M1 Max | Apple M3 Ultra | Apple M5 |",
        "| memory | 32 GiB | 512 GiB | 16 GiB |",
        "| system | macOS 26.4.1 | macOS 26.4.1 | macOS 26.5 |",
        "| Python | 3.14.4 | 3.14.4 | 3.14.3 |",
        "| mlx | 0.31.1 | 0.31.1 | 0.31.1 |",
        "| commit | 0a8ec29f1c21 | 0a8ec29f1c21 | 0a8ec29f1c21 |",
    ):
        assert row in setup
    assert "said to be the same uv.lock on all three machines" in setup


def test_the_chip_is_known_by_its_family_too(text: str) -> None:
    """The handwritten one named an M1 at first, and was amended: the GPU's name tells."""
    assert "| family | applegpu\\_g13s | applegpu\\_g15d | applegpu\\_g17g |" in text


def test_two_of_five_entries_agree(text: str) -> None:
    """Downscale and restructure; replay, recombine and the full pipeline do not."""
    assert "- `dream-of-kiki-r1`: 2 of 5 agree\n" in text
    rows = read_table(find_section(text, "## Results"), "probe")
    verdicts = {name: row[0].strip("*") for name, row in rows.items() if name.startswith("r1-")}
    assert verdicts == {
        "r1-downscale": "identical",
        "r1-restructure": "identical",
        "r1-replay": "DIFFERENT",
        "r1-recombine": "DIFFERENT",
        "r1-full-pipeline": "DIFFERENT",
    }


def test_five_of_eight_primitives_agree(text: str) -> None:
    """Keys, splits, the uniform draw, and the normal draw of four elements."""
    assert "- `mlx-3568`: 5 of 8 agree\n" in text
    rows = read_table(find_section(text, "## Results"), "probe")
    agree = {name for name, row in rows.items() if row[0] == "identical" and "r1-" not in name}
    assert agree == {
        *("key0", "split-key7-0", "split-key7-1"),
        *("uniform-8-key0", "normal-4-split7-1"),
    }


def test_every_digest_is_there(text: str, comparison: dict[str, Any]) -> None:
    """Of 13 probes on 3 machines: 12 digits in the table, all of them in the JSON."""
    facts = json.loads(FACTS.read_text(encoding="utf-8"))["probes"]
    rows = read_table(find_section(text, "## Results"), "probe")
    digests = {probe["id"]: probe["digests"] for probe in comparison["probes"]}
    assert rows.keys() == facts.keys() == digests.keys()
    for name, fact in facts.items():
        for column, machine in enumerate((M1, M3, M5), 1):
            assert rows[name][column].split("`")[1] == fact[machine][:12]
            assert digests[name][machine] == fact[machine]


def test_three_clusters_cross(text: str) -> None:
    """All three; M5 alone, in replay and the pipeline; M1 Max alone, in recombine and normals."""
    assert read_table(find_section(text, "### Clusters"), "clusters") == {
        "all agree": [
            "7",
            (
                "key0`, `split-key7-0`, `split-key7-1`, `uniform-8-key0`, `normal-4-split7-1`, "
                "`r1-downscale`, `r1-restructure` |"
            ),
        ],
        name_line((M3, M5), (M1,)): [
            "4",
            "normal-8-key0`, `normal-8-key42`, `normal-16x4-key0`, `r1-recombine` |",
        ],
        name_line((M1, M3), (M5,)): ["2", "r1-replay`, `r1-full-pipeline` |"],
    }
    assert "It crosses the line of r1-replay: no single split of the machines explains both" in text


def test_within_a_machine_nothing_is_claimed(text: str) -> None:
    """Nine tests passed there, but digests of repeats were not published."""
    assert "whether results repeat on apple-m1-max, apple-m3-ultra and apple-m5 is not" in text


def test_golden_hashes_are_no_global_baseline(text: str) -> None:
    """What the handwritten one implies: digests are a family's."""
    implications = find_section(text, "## Implications")
    (warning,) = (line for line in implications.splitlines() if line.startswith("- **warning**"))
    assert warning.count("`r1-") == 3
    assert "keep baselines by family" in warning
    assert "**blocking**" not in implications


def test_provenance(text: str) -> None:
    """The manifests by path and hash, and where the digests were published."""
    provenance = find_section(text, "## Provenance")
    for machine in (M1, M3, M5):
        assert f"`manifests/{machine}/0a8ec29f1c21.toml`" in provenance
    assert len(re.findall(r"`[0-9a-f]{64}`", provenance)) == 3
    method = find_section(text, "## Method")
    assert r"https\://github.com/ml-explore/mlx/issues/3568" in method
    assert "version ce8facd" in method


def test_the_cause_is_the_logarithm_and_not_the_kernel_of_a_key(text: str) -> None:
    """It was guessed to be a reduction's order, the generator, or another transform to normals."""
    attribution = find_section(text, "## Attribution")
    assert "cause log, one ulp" in attribution
    assert attribution.count("the digests prove the elements, not the step") == 3
    distance = find_section(text, "### Distance")
    assert "`normal-8-key0`, B against A: 1 of 8 elements: 5 by +1 ulp; explained" in distance
    assert distance.count("explained by 1 ulp of log") == 3


def test_the_origin_of_a_key_is_no_cause(text: str) -> None:
    """It was guessed that keys of `split` take another path: four elements cannot show that."""
    assert (
        "That `normal-4-split7-1` agrees is no sign that it is computed otherwise than the probes "
        "of `random.normal` that part: of their 80 elements 7 differ, so that of its 4 about 0.35 "
        "would." in text
    )


def test_two_causes_are_not_mixed(text: str) -> None:
    """One cause was guessed for both lines: each has facts of its own, and those ruled out."""
    first, second = re.split(r"^### ", find_section(text, "## Attribution"), flags=re.MULTILINE)[1:]
    assert first.startswith(name_line((M3, M5), (M1,)))
    assert r"fits: GPU generation \>= 15" in first
    assert re.search(r"ruled out as the whole cause: .*macOS \\>= 26\.5", first)
    assert second.startswith(name_line((M1, M3), (M5,)))
    assert "fits: TF32 possible" in second
    assert r"ruled out as the whole cause: GPU generation \>= 15" in second
    assert "cause " not in second.partition("- fits")[0]


def test_digests_of_keys_are_said_to_be_lossy(text: str) -> None:
    """Keys were said to be bit-identical, on digests of a cast."""
    assert "were taken after a cast to float32, which loses bits" in text


def test_what_was_not_measured(text: str) -> None:
    """How far the R1 entries part, memory, time, repeats."""
    unmeasured = find_section(text, "## What was not measured")
    assert "r1-replay, r1-recombine, r1-full-pipeline: the digests are" in unmeasured
    assert "neither peak memory and times, nor whether results repeat" in unmeasured


def test_pictures_lie_beside_it(folder: Path, text: str) -> None:
    """The clusters, and the ulps of the largest draw, each with what is to be seen in it."""
    assert sorted(path.name for path in folder.glob("*.svg")) == [
        f"{STEM}-heat-map.svg",
        f"{STEM}-ulps-1.svg",
    ]
    assert "![Clusters of 3 machines over 13 probes. 7 identical, 6 different;" in text
    assert "![Distance in ulp: normal-16x4-key0." in text
