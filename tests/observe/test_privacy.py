"""What must not be published is taken out of texts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from reprokit.observe.privacy import scrub


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a project in it."""
    (tmp_path / "home" / "alice" / "project").mkdir(parents=True)
    return tmp_path / "home" / "alice"


def scrub_as_alice(text: str, home: Path) -> str:
    """Scrub a text as the user `alice`, whose project this runs in."""
    environment = dict(os.environ) | {"HOME": str(home), "LOGNAME": "alice", "USER": "alice"}
    code = (
        "import sys; from reprokit.observe.privacy import scrub;"
        "sys.stdout.write(scrub(sys.stdin.read()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        cwd=home / "project",
    )
    return done.stdout


def test_home_and_project_are_named(home: Path) -> None:
    """The project's and the home folder are named, and what lies below them by its last name."""
    text = f'File "{home}/project/run.py", line 3\nFile "{home}/notes.txt"\nFile "{home}"'
    assert scrub_as_alice(text, home) == (
        'File "<project>/run.py", line 3\nFile "<home>/notes.txt"\nFile "<home>"'
    )


def test_a_folder_that_only_begins_alike_is_not_home(home: Path) -> None:
    """A neighbour's folder is not taken for the home folder, and still goes."""
    assert scrub_as_alice(f"in {home}2/x.txt", home) == "in <path>/x.txt"


def test_other_paths_keep_their_last_name() -> None:
    """Of any absolute path, temporary ones too, only the last name is left."""
    assert scrub("open('/tmp/tmpab12/model.npz') and /var/lib/x:3") == (
        "open('<path>/model.npz') and <path>/x:3"
    )


def test_user_name_is_replaced_as_a_word(home: Path) -> None:
    """The user's name goes where it stands alone, whatever its case, and stays in other words."""
    assert scrub_as_alice("Alice met malice and alice-2 and alice3", home) == (
        "<user> met malice and <user>-2 and alice3"
    )


def test_host_name_is_replaced(home: Path) -> None:
    """The host's name goes, but for one so short that it would hit parts of other words."""
    host = socket.gethostname()
    shown = "<host>" if len(host) > 1 else host
    assert scrub_as_alice(f"ssh: connect to {host}: refused", home) == (
        f"ssh: connect to {shown}: refused"
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("bob@example.org is out", "<email> is out"),
        ("see https://bob:pw@example.org/x?y=1 now", "see <url> now"),
        ("token hf_abcdEFGH1234 was refused", "token <secret> was refused"),
        ("key AKIAIOSFODNN7EXAMPLE0123456789abcdef", "key <secret>"),
        ("lone \ud800 half", "lone \\ud800 half"),
    ],
)
def test_secrets_and_addresses_go(text: str, left: str) -> None:
    """Addresses, and words that look like tokens, go; half a character is written out."""
    assert scrub(text) == left


def test_values_of_secret_variables_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a variable named as a secret holds goes wherever it stands."""
    monkeypatch.setenv("MY_API_KEY", "correct horse")
    monkeypatch.setenv("MY_PASSWORD", "short")
    assert scrub("got 'correct horse', is that short?") == "got '<secret>', is that short?"


def test_package_folders_are_named(home: Path) -> None:
    """A traceback through installed packages shows which, not where."""
    text = "\n".join(
        [os.__file__, pytest.__file__, str(Path(scrub.__code__.co_filename).resolve())]
    )
    assert scrub_as_alice(text, home).splitlines() == [
        "<python>/os.py",
        "<site-packages>/pytest/__init__.py",
        "<reprokit>/observe/privacy.py",
    ]


def test_other_text_is_left_alone() -> None:
    """What holds nothing private comes back as it is."""
    text = "ValueError: [matmul] Last dimension of first input (3/4) must match (4)."
    assert scrub(text) == text
    assert scrub("") == ""
