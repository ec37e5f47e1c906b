"""How likely causes are said."""

from __future__ import annotations

from reprokit.model.attribution import Attribution, FactFit, Fit, SignatureMatch
from reprokit.model.environment_difference import Impact
from reprokit.render.attribution_text import describe_attribution


def make_fact(name: str, fit: Fit, *, also: tuple[str, ...] = (), **values: str) -> FactFit:
    """Make a fact with its values by machine."""
    return FactFit(
        fact=name, fit=fit, values=values, impact=Impact.HIGH, reason="because", also=also
    )


ATTRIBUTION = Attribution(
    partition=(("m3", "m5"), ("m1",)),
    probes=("a", "b", "c", "d"),
    facts=(
        make_fact("GPU generation >= 15", Fit.INDUCES, m3="yes", m5="yes", m1="no"),
        make_fact("chip", Fit.REFINES, also=("model", "cores"), m3="M3", m5="M5", m1="M1"),
        make_fact("os.build", Fit.UNKNOWN, m3="25A"),
        make_fact("wheel", Fit.UNKNOWN),
        *(make_fact(f"out{at}", Fit.RULED_OUT, m3="x", m5="y", m1="x") for at in range(5)),
    ),
    signatures=(
        SignatureMatch(
            name="log, one ulp", evidence=("`a`: one.", "`b`: two."), probes=("a",), source="s"
        ),
    ),
    strength="Three machines tell little.",
)


def test_what_fits_is_told_by_cluster_and_the_rest_counted() -> None:
    """Values stand in the order of the clusters; what is unknown is a question mark."""
    assert describe_attribution(ATTRIBUTION) == (
        "m3, m5 | m1: 4 probes",
        "cause log, one ulp: `a`: one. `b`: two. (s)",
        "fits: GPU generation >= 15 (yes | no)",
        "fits, though machines that agree differ in it: chip with 2 alike (M3, M5 | M1)",
        "not known of all: os.build (25A, ? | ?), wheel",
        "ruled out as the whole cause: out0 (x, y | x), out1 (x, y | x), out2 (x, y | x), 2 more",
        "Three machines tell little.",
    )


def test_all_is_named_where_it_is_asked_for() -> None:
    """Probes, facts, and facts that lie alike."""
    told = "\n".join(describe_attribution(ATTRIBUTION, verbose=True))
    assert "a, b, c, d" in told
    assert "chip, model and cores (M3, M5 | M1)" in told
    assert "out4" in told
