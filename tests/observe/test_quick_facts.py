"""MLX's wheels, as tests read them: the same as a snapshot says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.model.baseline import make_key_of
from reprokit.model.baseline_key import make_key_of_wheels
from reprokit.observe.gaps import GapCollector
from reprokit.observe.packages import observe_packages
from reprokit.observe.quick_facts import observe_native_wheels

if TYPE_CHECKING:
    from pathlib import Path

TAG = "Root-Is-Purelib: false\nTag: cp311-cp311-macosx_15_0_arm64\n"


def install(site: Path, folder: str, metadata: str, wheel: str | None = TAG) -> None:
    """Leave in a folder what an installation of a wheel leaves there."""
    path = site / folder
    path.mkdir(parents=True)
    (path / "METADATA").write_text(f"Metadata-Version: 2.1\n{metadata}\n\nVersion: of the text\n")
    if wheel is not None:
        (path / "WHEEL").write_text(wheel)


def test_the_key_is_that_of_a_snapshot() -> None:
    """Of what is installed here, both ways."""
    key = make_key_of_wheels(observe_native_wheels(), tf32=None)
    assert key == make_key_of(observe_packages(GapCollector()), ())
    assert key.mlx


@pytest.mark.parametrize("folder", ["mlx-0.32.4.dist-info", "MLX-0.32.4.dist-info"])
def test_versions_and_tags_are_read(tmp_path: Path, folder: str) -> None:
    """Of MLX's own packages; the first folder of the path counts, and other packages do not."""
    first, second = tmp_path / "first", tmp_path / "second"
    install(first, folder, "Name: mlx\nVersion: 0.32.4")
    install(first, "mlx_lm-0.1.dist-info", "Name: mlx-lm\nVersion: 0.1")
    install(second, "mlx-0.1.dist-info", "Name: mlx\nVersion: 0.1")
    install(second, "mlx_metal-0.32.4.dist-info", "Name: mlx-metal\nVersion: 0.32.4", wheel=None)
    folders = [str(first), str(tmp_path / "missing"), str(second)]
    found = observe_native_wheels(folders)
    packages = observe_packages(GapCollector(), folders=folders)
    assert make_key_of_wheels(found, tf32="0") == make_key_of_wheels(
        {it.name: (it.version, it.wheel) for it in packages}, tf32="0"
    )
    assert found["mlx-metal"] == ("0.32.4", None)
    assert set(found) == {"mlx", "mlx-metal"}


def test_what_has_no_version_is_not_there(tmp_path: Path) -> None:
    """An installation that was cut off says nothing."""
    (tmp_path / "mlx-0.32.4.dist-info").mkdir()
    assert observe_native_wheels([str(tmp_path)]) == {}
