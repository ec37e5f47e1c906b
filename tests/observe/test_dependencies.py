"""Which distributions a pyproject.toml names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.observe.dependencies import is_declared

if TYPE_CHECKING:
    from pathlib import Path

NAMED = (
    '[project]\nname = "Reprokit.MLX"\n',
    '[project]\nname = "x"\ndependencies = ["numpy", "reprokit_mlx[extra] >= 1 ; sys_platform"]\n',
    '[project.optional-dependencies]\ndev = ["reprokit-mlx"]\n',
    '[dependency-groups]\ndev = [{ include-group = "other" }, "reprokit-mlx>=0.1"]\n',
    '[tool.uv]\ndev-dependencies = ["reprokit-mlx"]\n',
)

OTHERS = (
    '[project]\nname = "x"\ndependencies = ["reprokit", "reprokit-mlx-plus", "x-reprokit-mlx"]\n',
    "[project]\ndependencies = 3\noptional-dependencies = []\n",
    'dependency-groups = ["", 1, {}]\n',
    "",
)


@pytest.mark.parametrize(
    ("text", "named"), [*((it, True) for it in NAMED), *((it, False) for it in OTHERS)]
)
def test_is_declared(tmp_path: Path, text: str, named: bool) -> None:  # noqa: FBT001 - a parameter
    """Every place where uv looks counts, however the name is written; other names do not."""
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert is_declared(tmp_path, "reprokit-mlx") is named
