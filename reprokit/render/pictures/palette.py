"""The colors of pictures, for light and dark pages: no meaning rests on them alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """The colors of one mode, as `#rrggbb`.

    Attributes:
        background: Of the whole picture.
        text: Of what is read, on the background and on every fill.
        muted: Of what is read second, on the background.
        rule: Of axes and of lines behind the data.
        clusters: Fills of the clusters A to F.
        other: Fill of further clusters.
        trouble: Fill of a machine that failed, or does not repeat itself.
        gap: Fill of a machine that has no record.
        series: Strokes of machines in a plot.
    """

    background: str
    text: str
    muted: str
    rule: str
    clusters: tuple[str, ...]
    other: str
    trouble: str
    gap: str
    series: tuple[str, ...]


_LETTERS = "ABCDEF"

LIGHT = Palette(
    background="#ffffff",
    text="#1f2328",
    muted="#59636e",
    rule="#c8ced4",
    clusters=("#d6e4f2", "#f6c28a", "#a3dbbd", "#e9b7d6", "#efe08a", "#c9bbf0"),
    other="#cfd4d9",
    trouble="#ff9c94",
    gap="#f3f4f6",
    series=("#0b62a8", "#b45309", "#0f7a54", "#a3226f", "#6d5a00", "#6b3fc4"),
)

DARK = Palette(
    background="#0d1117",
    text="#f0f3f6",
    muted="#a3adb8",
    rule="#3d444d",
    clusters=("#234567", "#8a4a0c", "#146047", "#7d2a61", "#665800", "#50399a"),
    other="#484f58",
    trouble="#a01b1b",
    gap="#1c2128",
    series=("#6cb6ff", "#f0a04b", "#4ccf9a", "#f28cc8", "#d9c64a", "#b9a2ff"),
)


def name_cluster(letter: str) -> str:
    """Name the kind of a cluster's cells by its letter: of A to F each has a color of its own."""
    known = len(letter) == 1 and letter in _LETTERS
    return f"cluster-{_LETTERS.index(letter)}" if known else "cluster-other"


def write_style() -> str:
    """Write the style sheet of every picture: light, and dark where the reader asks for it.

    Its rules hold inside of `.reprokit-picture` alone, so that a page may hold pictures inline.
    """
    font = "font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
    plain = _rule("", f"max-width:100%;height:auto;{font}")
    plain += _rule(" .title", "font-size:14px;font-weight:600")
    plain += _rule(" .cell", "text-anchor:middle")
    plain += _rule(" .rule", "fill:none;stroke-width:1")
    plain += _rule(" .ratio", "fill:none;stroke-width:1;stroke-dasharray:5 3")
    plain += _rule(" .series", "fill:none;stroke-width:1.5")
    dark = f"@media(prefers-color-scheme:dark){{\n{_write_colors(DARK)}}}"
    return plain + _write_colors(LIGHT) + dark


def _write_colors(palette: Palette) -> str:
    fills = {
        "background": palette.background,
        **{f"cluster-{index}": color for index, color in enumerate(palette.clusters)},
        "cluster-other": palette.other,
        "trouble": palette.trouble,
        "gap": palette.gap,
        "bar": palette.clusters[1],
    }
    written = _rule(" text", f"fill:{palette.text}") + _rule(" .muted", f"fill:{palette.muted}")
    written += "".join(_rule(f" .{name}", f"fill:{color}") for name, color in fills.items())
    written += _rule(" .rule", f"stroke:{palette.rule}") + _rule(
        " .ratio", f"stroke:{palette.muted}"
    )
    return written + "".join(
        _rule(f" .series-{index}", f"stroke:{color}") for index, color in enumerate(palette.series)
    )


def _rule(selector: str, declarations: str) -> str:
    return f".reprokit-picture{selector}{{{declarations}}}\n"
