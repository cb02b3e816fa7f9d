"""How often topics are in the items of sets, as the paper's figure 3 shows it, with intervals.

Few sets have a colour and a shape each. Of many, the three with most of a topic are named, and all
others are strokes on a line. A filled mark is surely not by chance.
"""

from collections.abc import Mapping

import polars as pl

from saetm.queries.compositions import RATE
from saetm_assets.charts import GREY, OKABE_ITO, PERCENT, Spec, chart

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
COLOURED = len(OKABE_ITO)  # sets at most that have a colour each
NAMED = 3  # sets of each topic that are named where there are more than colours
STEP = 15  # pixels of a line
ACCENT = OKABE_ITO[0]

TOPICS = {
    "field": "place",
    "type": "ordinal",
    "sort": "ascending",
    "scale": {"paddingInner": 0.16, "paddingOuter": 0.08},
    "title": None,
    "axis": {
        "labels": False,
        "ticks": False,
        "domain": False,
        "grid": True,
        "tickBand": "extent",
    },
}
TOOLTIP = [
    {"field": "topic"},
    {"field": "set"},
    {"field": "prevalence", "type": "quantitative", "format": PERCENT, "title": "of its items"},
    {"field": "low", "type": "quantitative", "format": PERCENT, "title": "95 % from"},
    {"field": "high", "type": "quantitative", "format": PERCENT, "title": "to"},
    {"field": "rest", "type": "quantitative", "format": PERCENT, "title": "of all others"},
    {"field": "q", "type": "quantitative", "format": ".1g", "title": "q"},
    {"field": "items", "type": "quantitative", "format": ",", "title": "items"},
]


def spread(rows: pl.DataFrame, names: Mapping[str, str], links: Mapping[str, str]) -> Spec:
    """Draw the prevalence of topics in sets with 95 % intervals, below the name of each topic.

    Args:
        rows: of `saetm.queries.compositions`; items without a set are left out.
        names: what the topics to draw are called, by id, from above.
        links: addresses of the topics' pages, by id; of no page where there is none.
    """
    drawn = rows.filter(pl.col("topic_id").is_in(list(names)), pl.col("set").is_not_null())
    sets = drawn["set"].unique(maintain_order=True).to_list()
    is_few = len(sets) <= COLOURED
    line = pl.col("set").replace_strict(sets, range(1, len(sets) + 1), return_dtype=pl.Int64)
    if not is_few:
        most = pl.col("prevalence").rank("ordinal", descending=True).over("topic_id")
        line = most.clip(1, NAMED + 1)
    values = _values(drawn, names, line)
    layers = _few(sets) if is_few else _many(values)
    return chart(
        [*_titles(names, links), *values],
        height={"step": STEP, "for": "offset"},
        autosize={"type": "fit-x", "contains": "padding"},
        encoding={
            "y": TOPICS,
            "yOffset": {"field": "line", "type": "ordinal", "sort": "ascending"},
        },
        layer=[*layers, _title_layer(is_linked=bool(links))],
    )


def _values(
    drawn: pl.DataFrame, names: Mapping[str, str], line: pl.Expr
) -> list[dict[str, object]]:
    """Return the marks of the chart: one per topic and set."""
    places = {topic_id: place for place, topic_id in enumerate(names)}
    return drawn.select(
        *("set", "prevalence"),
        topic=pl.col("topic_id").replace_strict(names, return_dtype=pl.String),
        place=pl.col("topic_id").replace_strict(places, return_dtype=pl.Int64),
        line=line,
        low=pl.col("prevalence_low").fill_null(pl.col("prevalence")),
        high=pl.col("prevalence_high").fill_null(pl.col("prevalence")),
        rest="rest_prevalence",
        q="q_value",
        items="item_count",
        sure=(pl.col("q_value") < RATE).fill_null(value=False),
    ).to_dicts()


def _titles(names: Mapping[str, str], links: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the names of topics, each on a line of its own above the marks of its sets."""
    return [
        {"title": name, "place": place, "line": 0, "link": links.get(topic_id, "")}
        for place, (topic_id, name) in enumerate(names.items())
    ]


def _title_layer(*, is_linked: bool) -> Spec:
    mark = {"type": "text", "align": "left", "dx": 2, "fontWeight": 600, "fontSize": 13}
    return {
        "transform": [{"filter": "datum.line === 0"}],
        "mark": {**mark, **({"cursor": "pointer"} if is_linked else {})},
        "encoding": {"x": {"value": 0}, "text": {"field": "title"}},
    }


def _few(sets: list[str]) -> list[Spec]:
    """Draw a line per set, in its colour and shape."""
    domain = {"domain": sets}
    legend = {
        "orient": "bottom",
        "columns": 1,
        "title": None,
        "symbolOpacity": 1,
        "labelLimit": 340,
    }
    colour = {
        "field": "set",
        "type": "nominal",
        "scale": {**domain, "range": list(OKABE_ITO[: len(sets)])},
        "legend": legend,
    }
    shape = {**colour, "scale": {**domain, "range": list(SHAPES[: len(sets)])}}
    return [
        _intervals({"color": colour}, "datum.line > 0"),
        _points({"stroke": colour, "fill": colour, "shape": shape}, "datum.line > 0"),
    ]


def _many(values: list[dict[str, object]]) -> list[Spec]:
    """Draw the sets that have most of a topic with their names, and all others as strokes."""
    is_named = f"datum.line > 0 && datum.line <= {NAMED}"
    colour = {"value": ACCENT}
    most = max((float(str(row["high"])) for row in values), default=1.0)
    is_right = f"datum.low + datum.high > {1.08 * most}"  # more room to the left of it
    text = {"type": "text", "fontSize": 11, "limit": 170}
    name = {"text": {"field": "set"}}
    return [
        {
            "transform": [{"filter": f"datum.line > {NAMED}"}],
            "mark": {
                "type": "tick",
                "orient": "vertical",
                "color": GREY,
                "thickness": 2,
                "size": 10,
            },
            "encoding": {"x": _percent("prevalence"), "tooltip": TOOLTIP},
        },
        _intervals({"color": colour}, is_named),
        _points({"stroke": colour, "fill": colour}, is_named),
        {
            "transform": [{"filter": f"{is_named} && !({is_right})"}],
            "mark": {**text, "align": "left", "dx": 7},
            "encoding": {**name, "x": _percent("high")},
        },
        {
            "transform": [{"filter": f"{is_named} && {is_right}"}],
            "mark": {**text, "align": "right", "dx": -7},
            "encoding": {**name, "x": _percent("low")},
        },
    ]


def _intervals(encoding: Spec, which: str) -> Spec:
    return {
        "transform": [{"filter": which}],
        "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.75},
        "encoding": {"x": _percent("low"), "x2": {"field": "high"}, **encoding},
    }


def _points(encoding: Spec, which: str) -> Spec:
    sure = {"condition": {"test": "datum.sure", "value": 1}, "value": 0}
    return {
        "transform": [{"filter": which}],
        "mark": {"type": "point", "size": 58, "strokeWidth": 1.6, "opacity": 1},
        "encoding": {
            "x": _percent("prevalence"),
            "fillOpacity": sure,
            "tooltip": TOOLTIP,
            **encoding,
        },
    }


def _percent(field: str) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "axis": {"format": "%", "tickCount": 6, "labelOverlap": True, "grid": True},
        "title": "share of the items that have the topic",
    }
