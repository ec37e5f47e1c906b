"""What a project is set up with: the entry of its hook, as YAML readers and shells take it."""

from __future__ import annotations

import io
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reprokit.model.settings import Settings
from reprokit.model.setup import SetupRequest
from reprokit.store.setup import describe_hook, lacks_hook
from reprokit.store.yaml_text import escape_text, write_scalar

COMMAND = ["--locked", "reprokit", "check", "--no-run"]


def make_request(work_tree: Path, folder: str = ".", *, hook: bool = True) -> SetupRequest:
    """Make the request of a project in a folder of a work tree."""
    settings = Settings(
        root=work_tree / folder,
        project="sample",
        machine=None,
        suites=("core",),
        repeats=2,
        packages=(),
        manifests="manifests",
        milestones="milestones",
        suite_folder="suites",
    )
    return SetupRequest(
        settings=settings, work_tree=work_tree, suite="sample", workflow=True, hook=hook
    )


def read_words(entry: str) -> list[str]:
    """Read the hook's command as pre-commit does."""
    (repository,) = YAML(typ="safe").load(io.StringIO(entry))
    (hook,) = repository["hooks"]
    return shlex.split(hook["entry"])


@pytest.mark.parametrize(
    "folder",
    [
        "sub",
        "packages/sub-1.0",
        "sub dir",
        "it's",
        'a "b"',
        "$HOME/`id`",
        "a: b",
        "a #b",
        "back\\slash",
        "größe/日本",
        "a\u2028b\x7fc\u0085d",
        "%{directory}%%",
    ],
)
def test_the_hook_names_the_project_s_folder(folder: str) -> None:
    """Whatever it is called, it is one word of the command."""
    words = read_words(describe_hook(make_request(Path("/top"), folder)))
    assert words == ["uv", "run", "--directory", folder, *COMMAND]


def test_at_the_top_it_names_none() -> None:
    """And needs no quotes."""
    entry = describe_hook(make_request(Path("/top")))
    assert "entry: uv run --locked reprokit check --no-run\n" in entry
    assert read_words(entry) == ["uv", "run", *COMMAND]


@pytest.mark.parametrize(
    ("text", "folder", "lacks"),
    [
        ("repos: []\n", ".", True),
        ("# reprokit check\nrepos: []\n", ".", True),
        ("entry: uv run --locked reprokit check --no-run\n", ".", False),
        ("- id: reprokit-check # it checks\n", ".", False),
        ("- id: reprokit-checker\n", ".", True),
        ("entry: uv run --directory one --locked reprokit check --no-run\n", "one", False),
        ("entry: uv run --directory one --locked reprokit check --no-run\n", "two", True),
        ("entry: poe -C 'a b' reprokit check\n", "a b", False),
        ("entry: uv run --locked reprokit check\nexclude: ^two/\n", "two", True),
    ],
)
def test_a_file_lacks_the_hook(tmp_path: Path, text: str, folder: str, *, lacks: bool) -> None:
    """That of another project of the repository is not this one's."""
    (tmp_path / ".pre-commit-config.yaml").write_text(text)
    assert lacks_hook(make_request(tmp_path, folder)) is lacks
    assert not lacks_hook(make_request(tmp_path, folder, hook=False))


def test_its_own_entry_is_found(tmp_path: Path) -> None:
    """In the quotes that it is written with."""
    request = make_request(tmp_path, "it's")
    (tmp_path / ".pre-commit-config.yaml").write_text(f"repos:\n{describe_hook(request)}")
    assert not lacks_hook(request)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_are_read_as_they_were(text: str) -> None:
    """In quotes, and where a word stands before them."""
    reader = YAML(typ="safe")
    assert reader.load(f'a: "{escape_text(text)}"\n') == {"a": text}
    assert reader.load(f"a: {write_scalar(f'uv {text}')}\n") == {"a": f"uv {text}"}
