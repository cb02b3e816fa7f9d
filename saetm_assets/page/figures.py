"""The charts of a report: a map, curves over time, and how groups differ."""

from collections import Counter

import polars as pl

from resources.view import DatasetView
from saetm.queries.topics import topics
from saetm.queries.trends import trends
from saetm.tables import CAPTIONS, ITEM_MAP, MIXTURES
from saetm_assets.charts import curves, places, unique_names
from saetm_assets.markup import excerpt
from saetm_assets.movement import movements, strongest
from saetm_assets.page.figure import Figure
from saetm_assets.page.groups import groups

LINES, COLOURS, POINTS = 5, 7, 4_000  # that are drawn at most


def figures(view: DatasetView, topic_count: int) -> list[Figure]:
    """Draw what the dataset has: places, dates, groups.

    Args:
        view: the dataset.
        topic_count: a stored cut.
    """
    names = topics(view.lake, view.dataset, topic_count).select("topic_id", "label", "weight")
    named = names.with_columns(pl.col("label").fill_null(pl.col("topic_id"))).collect()
    drawn = (
        _map(view, topic_count, named),
        _time(view, topic_count),
        groups(view, topic_count),
    )
    return [figure for figure in drawn if figure is not None]


def _map(view: DatasetView, topic_count: int, named: pl.DataFrame) -> Figure | None:
    """Draw a fair sample of the items where they lie, in the colour of their largest topic."""
    largest = view.scan(MIXTURES).filter(pl.col("topic_count") == topic_count)
    topic = largest.select("item_id", topic_id=pl.col("topics").list.first())
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    spots = view.scan(ITEM_MAP).select("item_id", "x", "y").sort("item_id").head(POINTS)
    rows = spots.join(topic, on="item_id").join(captions, on="item_id", how="left").collect()
    if rows.is_empty():
        return None
    names = unique_names(dict(named.head(COLOURS).select("topic_id", "label").iter_rows()))
    told = (
        pl.col("caption")
        .fill_null("")
        .map_elements(lambda caption: excerpt(caption, 120), return_dtype=pl.String)
    )
    drawn = rows.with_columns(item=told).select("x", "y", "topic_id", "item")
    return Figure("Map", "Items that are alike lie together.", places(drawn, names))


def _time(view: DatasetView, topic_count: int) -> Figure | None:
    rows = trends(view.lake, view.dataset, topic_count).collect()
    if rows.is_empty():
        return None
    moved = [each for each in movements(rows) if each.direction != "steady"]
    shown = strongest(moved or movements(rows), LINES)
    names = unique_names({each.topic_id: each.label for each in shown})
    counts = Counter(each.direction for each in moved)
    about = (
        f"Mean share in the items of each {rows['unit'][0]}, with 95 % intervals; a diamond marks "
        f"where a new stretch begins. {counts['rising']} topics rise, {counts['falling']} fall, "
        f"{counts['other']} come and go: these moved most."
    )
    return Figure("Over time", about, curves(rows, names))
