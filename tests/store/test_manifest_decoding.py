"""A wrong manifest is refused with the place of what is wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from reprokit.errors import ManifestError
from reprokit.model.record import Status
from reprokit.store.manifest_decoding import decode_manifest
from reprokit.store.manifest_encoding import encode_manifest
from tests.builders import make_manifest, make_probe, make_record
from tests.spoiling import GONE, spoil

if TYPE_CHECKING:
    from reprokit.model.manifest import Manifest

TABLES = encode_manifest(
    make_manifest(
        probes=[
            make_probe("first"),
            make_probe("second", record=make_record(status=Status.UNSTABLE)),
            make_probe("third", record=make_record(status=Status.CRASHED)),
        ]
    )
)


def decode(tables: dict[str, Any]) -> Manifest:
    """Decode tables as those of `apple-m1-max/x.toml`."""
    return decode_manifest(tables, where="apple-m1-max/x.toml", path="p", sha256="s")


def test_good_tables_decode() -> None:
    """The tables that the cases below spoil are good, and keep where they were read."""
    manifest = decode(deepcopy(TABLES))
    assert [probe.id for probe in manifest.probes] == ["first", "second", "third"]
    assert (manifest.path, manifest.sha256) == ("p", "s")


CASES: dict[str, tuple[tuple[str | int, ...], object, str, str]] = {
    "no schema": (("schema",), GONE, "schema", "got nothing"),
    "newer": (("schema",), "reprokit/manifest/2", "schema", "is newer than this reprokit"),
    "a suite": (("schema",), "reprokit/suite/1", "schema", "got `reprokit/suite/1`"),
    "machine": (("machine",), "Apple M1", "machine", "is not of the form"),
    "machine line end": (("machine",), "m1\n", "machine", "is not of the form"),
    "machine path": (("machine",), "../m1", "machine", "is not of the form"),
    "family": (("family",), "a|b", "family", "is not of the form"),
    "created": (("created",), "yesterday", "created", "is not of the form"),
    "created offset": (("created",), "2026-05-20T10:00:00+02:00", "created", "is not of the form"),
    "commit": (("repository", "commit"), "0a8ec29", "repository.commit", "is not of the form"),
    "dirty": (
        ("repository", "dirty"),
        "no",
        "repository.dirty",
        "expected true or false, got the text `no`",
    ),
    "kind": (("origin", "kind"), "guessed", "origin.kind", "guessed"),
    "no origin": (("origin",), GONE, "", "missing required field `origin`"),
    "unknown field": (("notes",), "x", "notes", "unknown field `notes`"),
    "suite digest": (("suites", 0, "sha256"), "0" * 63, "suites[0].sha256", "is not of the form"),
    "cores": (
        ("environment", "hardware", "cores"),
        "ten",
        "environment.hardware.cores",
        "expected an integer, got the text `ten`",
    ),
    "no probes": (("probes",), GONE, "", "missing required field `probes`"),
    "probes": (("probes",), {}, "probes", "expected a list of tables, got a table"),
    "id": (("probes", 1, "id"), "a b", "probes[1].id", "is not of the form"),
    "twice": (("probes", 2, "id"), "first", "probes[2].id", "`first` is there twice"),
    "expectation": (("probes", 0, "expectation"), "always", "probes[0].expectation", "always"),
    "status": (("probes", 0, "status"), "fine", "probes[0].status", "fine"),
    "definition": (
        ("probes", 1, "definition"),
        "0" * 64,
        "probes[1].definition",
        "is not the hash of `computes`",
    ),
    "edited seed": (
        ("probes", 1, "computes", "seed"),
        1,
        "probes[1].definition",
        "is not the hash of `computes`",
    ),
    "negative seed": (
        ("probes", 1, "computes", "seed"),
        -1,
        "probes[1].computes.seed",
        "`-1` is out of bounds",
    ),
    "nan argument": (
        ("probes", 0, "computes", "arguments"),
        {"p": float("nan")},
        "probes[0].computes.arguments",
        "holds what no definition can",
    ),
    "infinite argument": (
        ("probes", 0, "computes", "arguments"),
        {"p": float("inf")},
        "probes[0].computes.arguments",
        "holds what no definition can",
    ),
    "no result": (("probes", 0, "result"), GONE, "probes[0]", "status `ok` needs a `result`"),
    "digest short": (
        ("probes", 0, "result", "digest"),
        "0" * 63,
        "probes[0].result.digest",
        "is not of the form",
    ),
    "digest line end": (
        ("probes", 0, "result", "digest"),
        "0" * 64 + "\n",
        "probes[0].result.digest",
        "is not of the form",
    ),
    "shape": (
        ("probes", 1, "result", "shape"),
        [8, "x"],
        "probes[1].result.shape[1]",
        "an integer, got",
    ),
    "shape scalar": (("probes", 1, "result", "shape"), 8, "probes[1].result.shape", "a list"),
    "shape negative": (
        ("probes", 1, "result", "shape"),
        [-8],
        "probes[1].result.shape[0]",
        "`-8` is out of bounds",
    ),
    "bits odd": (
        ("probes", 0, "result", "bits"),
        "abc",
        "probes[0].result.bits",
        "is not of the form",
    ),
    "bits of others": (
        ("probes", 0, "result", "bits"),
        "00" * 32,
        "probes[0].result.bits",
        "the digest is not that of these bytes",
    ),
    "blocks": (
        ("probes", 0, "result", "blocks"),
        ["0" * 16],
        "probes[0].result.blocks",
        "expected 0 digests of 0 bytes each, got 1",
    ),
    "unknown fact": (
        ("environment", "hardware", "chipp"),
        "M1",
        "environment.hardware",
        "unknown field `chipp`",
    ),
    "endless fact": (
        ("environment", "packages", 0, "version"),
        "1" * 1001,
        "environment.packages.version",
        "longer than 1000 characters",
    ),
    "ok that parts": (
        ("probes", 0, "runs", "digests"),
        ["0" * 64, "1" * 64],
        "probes[0].runs",
        "status `ok` needs equal digests",
    ),
    "block": (
        ("probes", 0, "result", "blocks"),
        ["0"],
        "probes[0].result.blocks[0]",
        "is not of the form",
    ),
    "nan seconds": (
        ("probes", 0, "runs", "cold_s", 1),
        float("nan"),
        "probes[0].runs.cold_s[1]",
        "`nan` is out of bounds",
    ),
    "negative bytes": (
        ("probes", 0, "runs", "peak_bytes", 0),
        -1,
        "probes[0].runs.peak_bytes[0]",
        "`-1` is out of bounds",
    ),
    "warm column": (
        ("probes", 0, "runs", "warm_s"),
        [0.1],
        "probes[0].runs.warm_s",
        "expected 2 entries as in `cold_s`, got 1",
    ),
    "rss column": (
        ("probes", 0, "runs", "peak_rss_bytes"),
        [1, 2, 3],
        "probes[0].runs.peak_rss_bytes",
        "expected 2 entries as in `cold_s`, got 3",
    ),
    "reason": (("probes", 2, "failure"), {}, "probes[2].failure", "field `reason`"),
    "long reason": (
        ("probes", 2, "failure", "reason"),
        "x" * 1001,
        "probes[2].failure.reason",
        "is 1001 characters long",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_manifest_is_refused_at_its_place(case: str) -> None:
    """What does not fit is told with file and dotted place, one wrong value at a time."""
    path, value, place, message = CASES[case]
    with pytest.raises(ManifestError) as caught:
        decode(spoil(TABLES, path, value))
    assert caught.value.where == "apple-m1-max/x.toml" + (f": {place}" if place else "")
    assert message in caught.value.message


def test_the_error_reads_as_one_line_and_a_hint() -> None:
    """An error says file, place, what was expected and how it is written, in TOML's words."""
    with pytest.raises(ManifestError) as caught:
        decode(spoil(TABLES, ("probes", 1, "result", "shape"), "8"))
    assert str(caught.value) == (
        "apple-m1-max/x.toml: probes[1].result.shape: expected a list of integers, got the text `8`"
        "\nhint: write a list of integers: `shape = […]`"
    )


def test_a_column_of_digests_must_be_whole() -> None:
    """Digests of some of the runs only are refused."""
    with pytest.raises(ManifestError, match="expected 2 entries as in `cold_s`, got 1"):
        decode(spoil(TABLES, ("probes", 1, "runs", "digests"), ["0" * 64]))


def test_a_newer_manifest_tells_how_to_upgrade() -> None:
    """A manifest of a newer reprokit names the command that upgrades."""
    with pytest.raises(ManifestError) as caught:
        decode(spoil(TABLES, ("schema",), "reprokit/manifest/12"))
    assert "uv lock --upgrade-package" in (caught.value.hint or "")


def test_an_opaque_result_needs_no_dtype() -> None:
    """A published digest may stand without dtype, shape and runs."""
    tables = spoil(TABLES, ("probes", 0, "result"), {"digest": "0" * 64})
    del tables["probes"][0]["runs"]
    record = decode(tables).probes[0].record
    assert record.result is not None
    assert (record.result.dtype, record.result.shape, record.runs) == ("", (), ())
