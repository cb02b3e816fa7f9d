"""How the share of topics moves over time."""

import json

import polars as pl

from saetm.errors import InputError
from saetm.options import DatasetOptions, build_options
from saetm.queries.answers import answer
from saetm.queries.period_words import with_words
from saetm.queries.source import Source
from saetm.queries.trend_sums import find_trends
from saetm.tables import DATASETS, TOPIC_SUMMARIES, TOPICS, TREND_SHAPES, TRENDS
from saetm.trends.config import Resolution, Unit


def trends(source: Source, dataset: str, k: int, per: Resolution | None = None) -> pl.LazyFrame:
    """Ask how the topics of a stored cut moved: read where it is stored, else computed.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the cut has.
        per: how long a period is; None for what is stored.

    Returns:
        One row per topic and period that has items: the columns of the tables `trends` and
        `trend_shapes`, with label, the heaviest topic first.

    Raises:
        InputError: there is no such period or dataset, or there are too many of them.
    """
    stored = source.scan(TRENDS, dataset).filter(pl.col("topic_count") == k)
    units = answer(stored.select(pl.col("unit").unique()))["unit"].to_list()
    if units and per in {None, *units}:
        words = stored.drop("dataset", "run_id")
        shapes = source.scan(TREND_SHAPES, dataset).drop("dataset", "run_id", "unit")
    else:
        words, shapes = _computed(source, dataset, k, per)
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    ranks = source.scan(TOPICS, dataset).select("topic_count", "topic_id", "rank")
    labelled = ranks.join(names, on="topic_id", how="left")
    joined = words.join(shapes, on=["topic_count", "topic_id"]).join(
        labelled, on=["topic_count", "topic_id"]
    )
    ordered = ("topic_count", "topic_id", "label", "unit", "period")
    return joined.sort("rank", "place").drop("rank").select(*ordered, pl.exclude(ordered))


def stored_unit(source: Source, dataset: str) -> Unit | None:
    """Return what a period of the stored trends of a dataset is; None where none are stored."""
    units = answer(source.scan(TRENDS, dataset).select("unit").head(1))["unit"].to_list()
    return units[0] if units else None


def _computed(
    source: Source, dataset: str, k: int, per: Resolution | None
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    options = options_of(source, dataset)
    wanted = options.trends.period if per is None else per
    found = find_trends(source, dataset, [k], wanted, options.topics.presence_share)
    rows = with_words(source, dataset, found)
    return rows.lazy(), found.shapes.lazy().drop("unit")


def options_of(source: Source, dataset: str) -> DatasetOptions:
    """Return the options that a dataset was last registered with.

    Raises:
        InputError: there is no such dataset.
    """
    mine = source.scan(DATASETS).filter(pl.col("dataset") == dataset)
    rows = answer(mine.select("options"))
    if rows.is_empty():
        raise InputError(f"there is no dataset {dataset!r}")
    return build_options(json.loads(rows["options"][0]))
