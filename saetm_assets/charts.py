"""Charts as Vega-Lite specifications: plain values, drawn in the browser."""

from collections.abc import Mapping, Sequence

import polars as pl

OKABE_ITO = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#A89F00",
)  # told apart by people who see fewer colours (Okabe and Ito, 2008; yellow darker, for paper)
GREY = "#9aa3ad"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
PERCENT = ".1%"
FAR = 3  # log2 ratios are cut at: eight times, and an eighth
HEADROOM = 1.4  # over the highest share, for bands
FEW_PERIODS = 40  # that are drawn with points
LEAST = 1e-4  # share that is added to both sides of a ratio

Spec = dict[str, object]
Rows = Sequence[Mapping[str, object]]


def chart(rows: Rows, **parts: object) -> Spec:
    """Return a Vega-Lite specification of some rows, as wide as its place on the page."""
    return {"$schema": SCHEMA, "data": {"values": list(rows)}, "width": "container", **parts}


def curves(rows: pl.DataFrame, names: Mapping[str, str]) -> Spec:
    """Draw how topics moved: shares with 95 % bands, a diamond where a new stretch begins.

    Lines are not joined across periods without items. Groups stand side by side in their order.

    Args:
        rows: of `saetm.queries.trends.trends`.
        names: what the topics to draw are called, by id, in the order of the legend.
    """
    told = _told_periods(rows, names)
    colour = {
        "field": "topic",
        "type": "nominal",
        "sort": list(names.values()),
        "scale": {"domain": list(names.values()), "range": list(OKABE_ITO)},
        "legend": {
            "orient": "bottom",
            "columns": {"signal": "width < 420 ? 1 : 2"},
            "title": None,
            "symbolType": "circle",
            "symbolOpacity": 1,
        },
    }
    eras = rows.sort("place")["period"].unique(maintain_order=True).to_list()
    group = {
        "field": "period",
        "type": "ordinal",
        "sort": eras,
        "title": None,
        "axis": {"labelAngle": -50, "labelLimit": 150},
    }
    time = {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "title": None}
    is_of_groups, is_short = "group" in rows["unit"], len(eras) <= FEW_PERIODS
    shared: Spec = {
        "x": group if is_of_groups else time,
        "color": colour,
        "detail": {"field": "run"},
    }
    top = HEADROOM * max((float(str(row["share"])) for row in told), default=1.0)
    percent = {
        "axis": {"format": "%"},
        "title": "mean share of the items",
        "scale": {"domain": [0, min(top, 1.0) or 1.0]},
    }
    low = {"field": "low", "type": "quantitative", **percent}
    share = {"field": "share", "type": "quantitative", **percent}
    tooltip = [
        {"field": "topic"},
        {"field": "period"},
        {"field": "share", "type": "quantitative", "format": PERCENT},
        {"field": "low", "type": "quantitative", "format": PERCENT, "title": "95 % from"},
        {"field": "high", "type": "quantitative", "format": PERCENT, "title": "to"},
        {"field": "items", "type": "quantitative", "format": ",.1~f"},
        {"field": "words"},
    ]
    change = {"type": "point", "shape": "diamond", "filled": True, "size": 130, "opacity": 1}
    layer: list[Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.12, "clip": True},
            "encoding": {**shared, "y": low, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "line", "point": {"size": 30 if is_short else 8}, "strokeWidth": 2},
            "encoding": {**shared, "y": share, "tooltip": tooltip},
        },
        {
            "transform": [{"filter": "datum.change"}],
            "mark": change,
            "encoding": {**shared, "y": share, "tooltip": tooltip},
        },
    ]
    return chart(told, height=360, layer=layer)


def _told_periods(rows: pl.DataFrame, names: Mapping[str, str]) -> list[dict[str, object]]:
    chosen = rows.filter(pl.col("topic_id").is_in(list(names)))
    is_joined = (pl.col("place") - pl.col("place").shift(1)).over("topic_id") == 1
    return chosen.select(
        topic=pl.col("topic_id").replace_strict(names, return_dtype=pl.String),
        run=(~is_joined.fill_null(value=False)).cum_sum(),
        period="period",
        at=pl.col("starts_at").dt.strftime("%Y-%m-%dT00:00:00Z"),
        share="share",
        low="low",
        high="high",
        items="item_count",
        words=pl.col("words").list.head(8).list.join(" "),
        change="is_change_point",
    ).to_dicts()


def ratios(shares: pl.DataFrame, topics: pl.DataFrame, groups: Sequence[str]) -> Spec:
    """Draw how much more or less of each topic a group has than all items, as a heat map.

    Args:
        shares: of `saetm.queries.groups`.
        topics: topic_id, topic (its label), all (its share of all items), and if there is one,
            link; the rows of the map, from above.
        groups: the columns of the map.
    """
    ratio = ((pl.col("share") + LEAST) / (pl.col("all") + LEAST)).log(2).clip(-FAR, FAR)
    among = shares.filter(pl.col("group").is_in(groups)).join(topics, on="topic_id")
    drawn = among.select(
        pl.col("^(topic|group|share|low|high|all|link)$"), ratio=ratio, items="item_count"
    )
    return chart(
        drawn.to_dicts(),
        height={"step": 22},
        autosize={"type": "fit-x", "contains": "padding"},
        padding={"right": 50, "left": 0, "top": 4, "bottom": 4},
        mark={"type": "rect", "cursor": "pointer", "stroke": None},
        encoding={
            "y": {
                "field": "topic",
                "sort": topics["topic"].to_list(),
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
                    "domain": [-FAR, 0, FAR],
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


def places(items: pl.DataFrame, names: Mapping[str, str]) -> Spec:
    """Draw items where they lie on the map; it can be moved and zoomed.

    Args:
        items: x, y, topic_id of the largest topic, and item, what is said of it.
        names: the topics that have a colour, by id; the others are grey.
    """
    other = "other topics"
    topic = pl.col("topic_id").replace_strict(names, default=other, return_dtype=pl.String)
    domain = [*names.values(), other]
    scale = {"zero": False, "nice": False, "padding": 12}
    return chart(
        items.select("x", "y", "item", topic=topic).to_dicts(),
        height=520,
        usermeta={"embedOptions": {"renderer": "canvas"}},  # thousands of points
        params=[{"name": "view", "select": "interval", "bind": "scales"}],
        mark={"type": "circle", "size": 26, "opacity": 0.75},
        encoding={
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale},
            "y": {"field": "y", "type": "quantitative", "axis": None, "scale": scale},
            "color": {
                "field": "topic",
                "type": "nominal",
                "scale": {"domain": domain, "range": [*OKABE_ITO[: len(names)], GREY]},
                "legend": {"orient": "bottom", "columns": 2, "title": None, "symbolOpacity": 1},
            },
            "tooltip": [{"field": "topic"}, {"field": "item"}],
        },
    )


def unique_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Tell topics apart that have the same label, by the beginning of their ids.

    Example:
        >>> unique_names({"t1a2b3": "Dog", "t9f8e7": "Dog", "t00000": "Cat"})
        {'t1a2b3': 'Dog (t1a2b)', 't9f8e7': 'Dog (t9f8e)', 't00000': 'Cat'}
    """
    taken = list(labels.values())
    return {
        topic_id: label if taken.count(label) == 1 else f"{label} ({topic_id[:5]})"
        for topic_id, label in labels.items()
    }


def intervals(rows: Rows, everywhere: float) -> Spec:
    """Draw the share of a topic in groups as points with their 95 % intervals.

    Args:
        rows: group, share, low, high, items, in the order from above.
        everywhere: share in all items, drawn as a line.
    """
    group = {
        "field": "group",
        "type": "nominal",
        "sort": [row["group"] for row in rows],
        "title": None,
        "axis": {"labelLimit": 180, "domain": False, "ticks": False},
    }
    percent = {
        "axis": {"format": "%", "tickCount": 6, "labelOverlap": True},
        "title": "share of the items",
    }
    share = {"field": "share", "type": "quantitative", **percent}
    low = {"field": "low", "type": "quantitative", **percent}
    tooltip = [
        {"field": "group"},
        {"field": "share", "type": "quantitative", "format": PERCENT},
        {"field": "low", "type": "quantitative", "format": PERCENT, "title": "95 % from"},
        {"field": "high", "type": "quantitative", "format": PERCENT, "title": "to"},
        {"field": "items", "type": "quantitative", "format": ",", "title": "items"},
    ]
    mean = {"type": "rule", "strokeDash": [4, 4]}
    points = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    return chart(
        rows,
        height={"step": 26},
        layer=[
            {
                "mark": mean,
                "encoding": {"x": {"datum": everywhere, "type": "quantitative", **percent}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": group, "x": low, "x2": {"field": "high"}},
            },
            {"mark": points, "encoding": {"y": group, "x": share, "tooltip": tooltip}},
        ],
    )
