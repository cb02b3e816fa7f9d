"""Charts of scores: over the number of topics, and of models side by side."""

from collections.abc import Mapping, Sequence

import polars as pl

from saetm.options import LINE_MODELS
from saetm_assets.charts import GREY, OKABE_ITO, Spec, chart


def over_counts(
    rows: pl.DataFrame, title: str, titles: Mapping[str, str], marked: int | None = None
) -> Spec:
    """Draw a metric over the number of topics, with the 95 % intervals of ours as a band.

    Args:
        rows: model, topic_count, value, low and high.
        title: of the metric.
        titles: of the models; ours is in colour, the others are grey.
        marked: a number of topics that is marked by a line; None for none.
    """
    names = [titles.get(model, model) for model in rows["model"].unique(maintain_order=True)]
    drawn = rows.with_columns(model=pl.col("model").replace(titles))
    shared: Spec = {
        "x": {
            "field": "topic_count",
            "type": "quantitative",
            "scale": {"type": "log", "nice": False},
            "axis": {"values": rows["topic_count"].unique().sort().to_list(), "grid": False},
            "title": "number of topics",
        },
        "color": _colour(names, titles),
    }
    value = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False},
    }
    low = {**value, "field": "low"}
    rule: Spec = {
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": OKABE_ITO[2]},
        "encoding": {"x": {"datum": marked, "type": "quantitative"}},
    }
    layer: list[Spec] = [
        {
            "transform": [{"filter": {"field": "model", "oneOf": _ours(titles)}}],
            "mark": {"type": "area", "opacity": 0.14},
            "encoding": {**shared, "y": low, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "point": {"size": 34}, "strokeWidth": 2},
            "encoding": {**shared, "y": value, "tooltip": _tooltip(title)},
        },
    ]
    return chart(
        drawn.select("model", "topic_count", "value", "low", "high").to_dicts(),
        height=240,
        layer=layer if marked is None else [rule, *layer],
    )


def side_by_side(rows: pl.DataFrame, title: str, titles: Mapping[str, str]) -> Spec:
    """Draw a metric of models as points with their 95 % intervals, in the order of the rows."""
    drawn = rows.with_columns(model=pl.col("model").replace(titles))
    names = drawn["model"].to_list()
    model = {
        "field": "model",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"labelLimit": 180, "domain": False, "ticks": False},
    }
    shared: Spec = {"y": model, "color": {**_colour(names, titles), "legend": None}}
    value = {
        "field": "value",
        "type": "quantitative",
        "title": title,
        "scale": {"zero": False},
    }
    points = {"type": "point", "filled": True, "size": 80, "opacity": 1}
    return chart(
        drawn.select("model", "topic_count", "value", "low", "high").to_dicts(),
        height={"step": 26},
        layer=[
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {**shared, "x": {**value, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": points,
                "encoding": {**shared, "x": value, "tooltip": _tooltip(title)},
            },
        ],
    )


def _colour(names: Sequence[str], titles: Mapping[str, str]) -> Spec:
    ours = _ours(titles)
    return {
        "field": "model",
        "type": "nominal",
        "scale": {
            "domain": list(names),
            "range": [OKABE_ITO[0] if name in ours else GREY for name in names],
        },
        "legend": None,
    }


def _ours(titles: Mapping[str, str]) -> list[str]:
    """Return what the models of the line are called."""
    return [titles.get(name, name) for name in LINE_MODELS]


def _tooltip(title: str) -> list[Spec]:
    number = {"type": "quantitative", "format": ".3~f"}
    return [
        {"field": "model"},
        {"field": "topic_count", "type": "quantitative", "title": "topics"},
        {"field": "value", "title": title, **number},
        {"field": "low", "title": "95 % from", **number},
        {"field": "high", "title": "to", **number},
    ]
