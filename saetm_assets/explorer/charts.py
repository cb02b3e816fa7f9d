"""Charts as Vega-Lite specifications: plain values, drawn in the browser."""

from collections.abc import Mapping, Sequence

OKABE_ITO = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#7F7F7F",
)  # told apart by people who see fewer colours (Okabe and Ito, 2008)

Spec = dict[str, object]


def chart(rows: Sequence[Mapping[str, object]], **parts: object) -> Spec:
    """Return a Vega-Lite specification of some rows, as wide as its place on the page."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": list(rows)},
        "width": "container",
        **parts,
    }
