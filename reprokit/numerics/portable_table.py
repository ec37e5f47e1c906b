"""The table behind portable normals: quadratics for the inverse of the normal's upper tail.

`reprokit/numerics/portable_normal.bin` holds what `make_table` makes, so that no machine's own
`log` or `exp` has a say in it. To write it again: `python -m reprokit.numerics.portable_table`.
"""

from __future__ import annotations

import struct
from decimal import Decimal, localcontext
from pathlib import Path

OCTAVES = 31
"""Doublings of a distance, from 2**-33 to 1/4."""

SEGMENTS = 128
"""Equal parts of an octave, each with a quadratic of its own."""

STEPS = 2**24
"""Equal steps of a segment: the quadratics' argument counts them from its lower end."""

TABLE_PATH = Path(__file__).with_name("portable_normal.bin")
COEFFICIENTS = 3

_DIGITS = 60
_NEWTON_STEPS = 3
_LEAST = Decimal(2) ** -33
_NEGLIGIBLE = Decimal(2) ** -40
"""Of c0: a lesser curve is left out, where the center is straight; the others are not subnormal."""

_NODES = ("0.0669872981077806766", "0.5", "0.9330127018922193234")
"""Roots of the third Chebyshev polynomial, moved to (0, 1): (1 - cos((2k + 1) pi / 6)) / 2."""


def make_table() -> bytes:
    """Make the table.

    Returns:
        Three planes of little-endian float32, the coefficients c0, c1 and c2. In each the tail
        comes first, whose distance is that of the probability from 0, then the center, whose
        distance is that from 1/2; both from small distances to large ones, octave by octave.
    """
    rows = [
        make_segment(octave, segment, is_center=is_center)
        for is_center in (False, True)
        for octave in range(OCTAVES)
        for segment in range(SEGMENTS)
    ]
    return b"".join(struct.pack(f"<{len(rows)}f", *plane) for plane in zip(*rows, strict=True))


def make_segment(octave: int, segment: int, *, is_center: bool) -> tuple[float, float, float]:
    """Make the quadratic of one segment.

    At s steps from the segment's lower end, the normal is c0 + s * (c1 + s * c2), by interpolation
    at the Chebyshev nodes.

    Args:
        octave: From 0: distances from 2**(octave - 33), up to twice that.
        segment: From 0, at the octave's lower end.
        is_center: Whether distances are from 1/2, not from 0.

    Returns:
        c0, c1 and c2: each the number in double precision next to the exact one. None is as small
        as 2**-126, where float32 becomes subnormal, unless it is 0.
    """
    with localcontext(prec=_DIGITS):
        start = _LEAST * 2**octave
        width = start / SEGMENTS
        places = [Decimal(node) for node in _NODES]
        distances = [start + (segment + place) * width for place in places]
        values = [invert_tail(Decimal("0.5") - it if is_center else it) for it in distances]
        first = (values[1] - values[0]) / (places[1] - places[0])
        second = (values[2] - values[1]) / (places[2] - places[1])
        curve = (second - first) / (places[2] - places[0])
        slope = first - curve * (places[0] + places[1])
        constant = values[0] - places[0] * (slope + curve * places[0])
        if abs(curve) < constant * _NEGLIGIBLE:
            curve = Decimal(0)
        return float(constant), float(slope / STEPS), float(curve / STEPS**2)


def invert_tail(probability: Decimal) -> Decimal:
    """Return the normal x that is exceeded with a probability, to about 50 digits.

    Args:
        probability: From 2**-40 to below 1/2.
    """
    from statistics import NormalDist  # slow to load, and no worker makes the table

    x = Decimal(-NormalDist().inv_cdf(float(probability)))
    for _ in range(_NEWTON_STEPS):  # each doubles the digits
        density, tail = _measure_tail(x)
        x += (tail - probability) / density
    return x


def _measure_tail(x: Decimal) -> tuple[Decimal, Decimal]:
    """Return the normal's density at x, and the probability of exceeding x.

    Formula: 1/2 - density * (x + x**3 / 3 + x**5 / (3 * 5) + ...), all terms positive.
    """
    density = (-x * x / 2).exp() / (2 * _PI).sqrt()
    term = total = x
    odd = 1
    while term > total.scaleb(-_DIGITS):
        odd += 2
        term *= x * x / odd
        total += term
    return density, Decimal("0.5") - density * total


_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


if __name__ == "__main__":
    TABLE_PATH.write_bytes(make_table())
