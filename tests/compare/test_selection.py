"""Which machines are meant, and which of their evidence stands for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reprokit.compare.breach import find_breaches
from reprokit.compare.selection import (
    choose_commit,
    gather_evidence,
    list_commits,
    resolve_machines,
)
from reprokit.errors import UsageError
from reprokit.model.environment import Repository
from reprokit.model.manifest import Manifest, Origin, OriginKind, SuiteReference
from reprokit.model.names import short
from reprokit.model.record import Record, Relation, Status
from tests.builders import (
    COMMIT,
    make_definition,
    make_digest,
    make_environment,
    make_manifest,
    make_probe,
    make_record,
    make_run,
)

KNOWN = ("apple-m1-max", "apple-m1-pro", "apple-m5", "linux-x86_64")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("apple-m5",), ("apple-m5",)),
        (("m5",), ("apple-m5",)),
        (("max",), ("apple-m1-max",)),
        (("m1-max",), ("apple-m1-max",)),
        (("m1_max",), ("apple-m1-max",)),
        (("M5",), ("apple-m5",)),
        (("linux",), ("linux-x86_64",)),
        (("x86-64",), ("linux-x86_64",)),
        (("m5", "max", "linux"), ("apple-m5", "apple-m1-max", "linux-x86_64")),
        ((), ()),
    ],
)
def test_resolve_machines(asked: tuple[str, ...], found: tuple[str, ...]) -> None:
    """A machine is meant by its name or by words of it side by side, in the order asked for."""
    assert resolve_machines(asked, KNOWN) == found


def test_a_whole_name_is_never_ambiguous() -> None:
    """A whole name means that machine, though its words are in another's name too."""
    assert resolve_machines(("apple-m1",), ("apple-m1", "apple-m1-max")) == ("apple-m1",)


@pytest.mark.parametrize("name", ["m1", "apple", "apple-m1"])
def test_an_ambiguous_word_lists_the_candidates(name: str) -> None:
    """A word that several have is refused with all that it may mean."""
    with pytest.raises(UsageError, match=f"`{name}` may mean") as caught:
        resolve_machines((name,), KNOWN)
    assert "`apple-m1-max`, `apple-m1-pro`" in caught.value.message
    assert "linux" not in caught.value.message
    assert caught.value.where == "--machines"
    assert caught.value.hint is not None


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_means_nothing(name: str) -> None:
    """As behind a comma too many; the option that holds it is named."""
    with pytest.raises(UsageError, match="--machine: one of the names is empty"):
        resolve_machines([name], ["m1"], option="--machine")


@pytest.mark.parametrize("name", ["m", "m2", "max-m1", "apple-max", "1", "m5-"])
def test_an_unknown_word_lists_all(name: str) -> None:
    """Parts of words, and words that do not stand side by side, mean no machine."""
    with pytest.raises(UsageError, match="there is no machine") as caught:
        resolve_machines((name,), KNOWN)
    assert caught.value.hint == f"there are {', '.join(f'`{it}`' for it in KNOWN)}"
    assert caught.value.where == "--machines"
    with pytest.raises(UsageError, match="there is no file or machine `m9`") as caught:
        resolve_machines(["m9"], KNOWN[:1], option=None, kind="file or machine")
    assert (caught.value.where, caught.value.hint) == (None, f"there is `{KNOWN[0]}`")


def test_without_machines_the_first_step_is_told() -> None:
    """Where no machine has manifests, the error says how one gets some."""
    with pytest.raises(UsageError) as caught:
        resolve_machines(("m1",), ())
    assert "reprokit snapshot" in (caught.value.hint or "")


@pytest.mark.parametrize("asked", [("m5", "m5"), ("m5", "apple-m5")])
def test_a_repeated_machine_is_refused(asked: tuple[str, ...]) -> None:
    """A machine named twice, by whatever words, is refused."""
    with pytest.raises(UsageError, match="`apple-m5` is named twice"):
        resolve_machines(asked, KNOWN)


def at(digit: str, created: str, committed: str | None = None, machine: str = "m1") -> Manifest:
    """Make a manifest at a commit of one digit."""
    repository = Repository(commit=digit * 40, committed=committed)
    return make_manifest(machine, created=created, repository=repository)


def test_commits_are_listed_newest_first() -> None:
    """Commits stand by their own date; a new snapshot of an old commit does not make it new."""
    manifests = [
        at("a", "2026-06-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        at("b", "2026-05-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        at("a", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    ]
    assert list_commits(manifests) == ("b" * 12, "a" * 12)


def test_commits_without_a_date_go_by_their_evidence() -> None:
    """Where no commit's date is known, the newest evidence decides."""
    assert list_commits([at("a", "2026-06-01"), at("b", "2026-05-01")]) == ("a" * 12, "b" * 12)


def test_choose_commit_takes_the_newest_common_one() -> None:
    """Of the commits that all machines have, the newest is chosen."""
    manifests = {
        "m1": [at("a", "2026-01-01"), at("b", "2026-02-01"), at("c", "2026-03-01")],
        "m5": [at("a", "2026-01-01"), at("b", "2026-02-01")],
    }
    assert choose_commit(manifests) == "b" * 12


def test_choose_commit_says_which_each_has() -> None:
    """Without a common commit, the error lists those of each machine."""
    with pytest.raises(UsageError, match="no commit in common") as caught:
        choose_commit({"m1": [at("a", "2026-01-01")], "m5": [at("b", "2026-02-01")]})
    assert f"`m1` has {'a' * 12}; `m5` has {'b' * 12}" in (caught.value.hint or "")
    assert "--across-commits" in (caught.value.hint or "")


@pytest.mark.parametrize("revision", ["aaaa", "AAAA", "a" * 12, "a" * 40])
def test_choose_commit_by_revision(revision: str) -> None:
    """A commit is named by its first digits, four at least, in either case."""
    manifests = {"m1": [at("a", "2026-01-01"), at("b", "2026-02-01")]}
    assert choose_commit(manifests, revision) == "a" * 12


@pytest.mark.parametrize("revision", ["aaa", "cccc", "", "HEAD"])
def test_choose_commit_refuses_unknown_revisions(revision: str) -> None:
    """Too few digits, and digits of no commit, are refused with the commits there are."""
    manifests = {"m1": [at("a", "2026-01-01"), at("b", "2026-02-01")]}
    with pytest.raises(UsageError) as caught:
        choose_commit(manifests, revision)
    assert caught.value.where == "--commit"
    assert "a" * 12 in (caught.value.hint or "")


def test_choose_commit_refuses_an_ambiguous_revision() -> None:
    """Digits that several commits begin with are refused."""
    commits = [Repository(commit="abcd" + digit * 36) for digit in "12"]
    manifests = {"m1": [make_manifest("m1", repository=it) for it in commits]}
    with pytest.raises(UsageError, match="means several commits"):
        choose_commit(manifests, "abcd")


def test_choose_commit_names_who_lacks_it() -> None:
    """A commit that some machine lacks is refused by that machine's name."""
    manifests = {"m1": [at("a", "2026-01-01")], "m5": [at("b", "2026-02-01")]}
    with pytest.raises(UsageError, match=f"no manifest of `m5` at commit {'a' * 12}"):
        choose_commit(manifests, "aaaa")


NEW, OLD = "2026-05-21T10:00:00Z", "2026-05-20T10:00:00Z"
DIRTY = Repository(commit=COMMIT, dirty=True, diff_sha256=make_digest("diff"))


def test_gather_takes_a_clean_tree_before_a_dirty_one() -> None:
    """However new, what was measured with uncommitted changes stands back behind a clean tree."""
    clean = make_manifest("m1", [make_probe(word="clean")], created=OLD)
    dirty = make_manifest("m1", [make_probe(word="dirty")], created=NEW, repository=DIRTY)
    evidence = gather_evidence([dirty, clean], short(COMMIT))
    assert (evidence.dirty, evidence.manifests, evidence.left_out) == (False, (clean,), 1)
    assert gather_evidence([dirty], short(COMMIT)).dirty


def test_gather_takes_the_newest_lock() -> None:
    """Evidence under another lock than the newest is counted, not mixed in."""
    old = make_manifest(
        "m1", [make_probe("only-old")], created=OLD, environment=make_environment(lock="old")
    )
    new = make_manifest("m1", [make_probe("only-new")], created=NEW)
    evidence = gather_evidence([old, new], short(COMMIT))
    assert list(evidence.probes) == ["only-new"]
    assert (evidence.manifests, evidence.left_out) == ((new,), 1)
    assert evidence.environment == new.environment


def test_gather_does_not_mix_published_and_measured() -> None:
    """What others printed is not mixed with what was measured."""
    published = make_manifest("m1", created=OLD, origin=Origin(kind=OriginKind.PUBLISHED))
    evidence = gather_evidence([published, make_manifest("m1", created=NEW)], short(COMMIT))
    assert evidence.origin.kind is OriginKind.MEASURED
    assert evidence.left_out == 1


def test_gather_joins_suites() -> None:
    """Manifests of other suites under the same lock stand together, newest first."""
    core = make_manifest("m1", [make_probe("a")], created=OLD)
    other = SuiteReference(name="mine", sha256=make_digest("mine"))
    mine = replace(make_manifest("m1", [make_probe("b")], created=NEW), suites=(other,))
    evidence = gather_evidence([core, mine], short(COMMIT))
    assert set(evidence.probes) == {"a", "b"}
    assert [suite.name for suite in evidence.suites] == ["mine", "core"]
    assert evidence.manifests == (mine, core)
    assert (evidence.created, evidence.left_out) == (NEW, 0)


def test_gather_leaves_other_commits_alone() -> None:
    """Only manifests of the commit asked for count."""
    manifests = [at("a", OLD), at("b", NEW)]
    evidence = gather_evidence(manifests, "a" * 12)
    assert (evidence.commit, evidence.manifests, evidence.left_out) == (
        "a" * 12,
        (manifests[0],),
        0,
    )


@pytest.mark.parametrize(
    ("newer", "older", "status", "word"),
    [
        (make_record("x"), make_record("x"), Status.OK, "x"),
        (make_record("x"), make_record("y"), Status.UNSTABLE, "x"),
        (make_record("x"), make_record("x", status=Status.UNSTABLE), Status.UNSTABLE, "x"),
        (make_record("x"), make_record(status=Status.CRASHED), Status.OK, "x"),
        (make_record(status=Status.SKIPPED), make_record("y"), Status.OK, "y"),
        (make_record(status=Status.FAILED), make_record(status=Status.CRASHED), "failed", None),
    ],
)
def test_gather_combines_records_of_one_probe(
    newer: object, older: object, status: str, word: str | None
) -> None:
    """Bytes go before none; two digests of one machine are a machine that does not repeat."""
    manifests = [
        make_manifest("m1", [make_probe(record=record)], created=created)  # type: ignore[arg-type]
        for record, created in ((newer, NEW), (older, OLD))
    ]
    record = gather_evidence(manifests, short(COMMIT)).probes["normal-8-key0"].record
    assert record.status == status
    assert (record.result.digest if record.result else None) == (word and make_digest(word))


def test_gather_takes_the_newer_definition() -> None:
    """Of two definitions of one probe, the newer counts."""
    other = make_definition(seed=1)
    manifests = [
        make_manifest("m1", [make_probe(word="x")], created=NEW),
        make_manifest("m1", [make_probe(word="y", definition=other)], created=OLD),
    ]
    (probe,) = gather_evidence(manifests, short(COMMIT)).probes.values()
    assert probe == make_probe(word="x")


def relate(*, holds: bool) -> Record:
    """Make a record whose relation holds or not, in one run."""
    run = replace(make_run(), holds=holds, warm_holds=holds)
    relation = Relation(name="x equals y", holds=holds)
    return replace(make_record(), relation=relation, runs=(run,))


def test_gather_keeps_both_verdicts_on_a_relation() -> None:
    """Equal bytes with another verdict: the runs of both are kept, and the machine is told."""
    manifests = [
        make_manifest(probes=[make_probe(record=relate(holds=holds))], created=f"2026-05-2{index}")
        for index, holds in enumerate([True, False])
    ]
    (probe,) = gather_evidence(manifests, short(COMMIT)).probes.values()
    assert (probe.record.status, probe.record.relation_counts) == (Status.OK, {True: 2, False: 2})
    assert len(find_breaches(probe)) == 1
    (alone,) = gather_evidence(manifests[:1] * 2, short(COMMIT)).probes.values()
    assert alone.record == relate(holds=True)
