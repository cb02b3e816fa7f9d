"""How topics moved over time."""

import polars as pl

from saetm.tables.columns import DATASET, RUN, TOPIC, float64, int32, listed, text
from saetm.tables.contract import INSTANT, Column, Table

UNIT = text("unit", "what a period is: day, month, quarter, year, decade, century or group")

TRENDS = Table(
    "trends",
    "trends",
    "a topic of a stored cut in the items of a period that has any",
    ("dataset", "topic_count", "topic_id", "period"),
    (
        DATASET,
        int32("topic_count", "K of the cut"),
        TOPIC,
        UNIT,
        text("period", "its name: 1985, 1980s, 1985-03, or the group"),
        Column("starts_at", INSTANT, "first instant of the period; of a group its median date"),
        int32("place", "number of the period; where one is left out, there are no items"),
        float64("item_count", "items of the period; one of a range of dates counts in part"),
        float64("share", "mean share of the topic in these items"),
        float64("low", "of the 95 % interval of the share"),
        float64("high", "of the 95 % interval of the share"),
        float64("prevalence", "share of these items in which the topic is present"),
        listed("words", pl.String(), "its words in these items, against all items until then"),
        Column("is_change_point", pl.Boolean(), "whether a new stretch of its share begins here"),
        RUN,
    ),
)

TREND_SHAPES = Table(
    "trend_shapes",
    "trends",
    "how a topic of a stored cut moved through the periods",
    ("dataset", "topic_count", "topic_id"),
    (
        DATASET,
        int32("topic_count", "K of the cut"),
        TOPIC,
        UNIT,
        text("direction", "rising, falling, steady, or other: it moved, but there and back"),
        float64("slope", "weighted regression of its share, per period"),
        float64("p", "of its periods being alike: twice the smaller of trend and change points"),
        float64("q", "false-discovery rate over the topics of the cut at which it moved"),
        listed("change_points", pl.String(), "first periods of new stretches"),
        listed("levels", pl.Float64(), "its share in each stretch, one more than change points"),
        Column("is_new", pl.Boolean(), "whether it was all but absent before its first change"),
        text("new_since", "first period of a new topic", nullable=True),
        text("first_seen", "first period in which it is present", nullable=True),
        text("last_seen", "last period in which it is present", nullable=True),
        RUN,
    ),
)
