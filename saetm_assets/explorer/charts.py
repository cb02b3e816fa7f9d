"""Charts as Vega-Lite specifications: plain values, drawn in the browser."""

from collections.abc import Mapping, Sequence

OKABE_ITO = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#A89F00",
)  # told apart by people who see fewer colours (Okabe and Ito, 2008; yellow darker, for paper)
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
PERCENT = ".1%"

Spec = dict[str, object]
Rows = Sequence[Mapping[str, object]]


def chart(rows: Rows, **parts: object) -> Spec:
    """Return a Vega-Lite specification of some rows, as wide as its place on the page."""
    return {"$schema": SCHEMA, "data": {"values": list(rows)}, "width": "container", **parts}


def bands(rows: Rows, names: Sequence[str]) -> Spec:
    """Draw shares over time as lines, with their 95 % intervals as bands.

    Args:
        rows: topic, period (ISO), share, low, high, items.
        names: the topics in the order of the legend.
    """
    colour = {
        "field": "topic",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names), "range": list(OKABE_ITO)},
        "legend": {
            "orient": "bottom",
            "columns": 2,
            "title": None,
            "symbolType": "circle",
            "symbolOpacity": 1,
        },
    }
    period = {"field": "period", "type": "temporal", "scale": {"type": "utc"}, "title": None}
    percent = {"axis": {"format": "%"}, "title": "share of the items"}
    tooltip = [
        {"field": "topic", "title": "topic"},
        {"field": "period", "type": "temporal", "format": "%d %b %Y", "title": "from"},
        {"field": "share", "type": "quantitative", "format": PERCENT},
        {"field": "low", "type": "quantitative", "format": PERCENT, "title": "95 % from"},
        {"field": "high", "type": "quantitative", "format": PERCENT, "title": "to"},
        {"field": "items", "type": "quantitative", "format": ",", "title": "items"},
    ]
    low = {"field": "low", "type": "quantitative", **percent}
    share = {"field": "share", "type": "quantitative", **percent}
    return chart(
        rows,
        height=340,
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.16},
                "encoding": {"x": period, "y": low, "y2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "line", "point": {"size": 34}, "strokeWidth": 2},
                "encoding": {"x": period, "y": share, "color": colour, "tooltip": tooltip},
            },
        ],
    )


def ratios(rows: Rows, topics: Sequence[str], groups: Sequence[str]) -> Spec:
    """Draw how much more or less of each topic a group has than all items, as a heat map.

    Args:
        rows: topic, group, ratio (log2, cut at ±3), share, low, high, items, link.
        topics: the rows of the map, from above.
        groups: its columns.
    """
    return chart(
        rows,
        height={"step": 22},
        autosize={"type": "fit-x", "contains": "padding"},
        padding={"right": 50, "left": 0, "top": 4, "bottom": 4},
        mark={"type": "rect", "cursor": "pointer", "stroke": None},
        encoding={
            "y": {
                "field": "topic",
                "sort": list(topics),
                "title": None,
                "axis": {"labelLimit": 220, "domain": False, "ticks": False},
            },
            "x": {
                "field": "group",
                "sort": list(groups),
                "title": None,
                "axis": {
                    "orient": "top",
                    "labelAngle": -35,
                    "labelLimit": 180,
                    "domain": False,
                    "ticks": False,
                },
            },
            "color": {
                "field": "ratio",
                "type": "quantitative",
                "scale": {
                    "domain": [-3, 0, 3],
                    "range": ["#0072B2", "#9aa3ad22", "#D55E00"],
                    "interpolate": "rgb",
                },
                "legend": {
                    "title": "against all items",
                    "orient": "bottom",
                    "gradientLength": 220,
                    "values": [-3, -1, 0, 1, 3],
                    "labelExpr": "datum.value == 0 ? 'same' : datum.value > 0 "
                    "? pow(2, datum.value) + ' times' : '1/' + pow(2, -datum.value)",
                },
            },
            "tooltip": [
                {"field": "topic"},
                {"field": "group"},
                {"field": "share", "type": "quantitative", "format": PERCENT},
                {"field": "low", "type": "quantitative", "format": PERCENT, "title": "95 % from"},
                {"field": "high", "type": "quantitative", "format": PERCENT, "title": "to"},
                {"field": "all", "type": "quantitative", "format": PERCENT, "title": "all items"},
                {"field": "items", "type": "quantitative", "format": ",", "title": "items"},
            ],
        },
    )
