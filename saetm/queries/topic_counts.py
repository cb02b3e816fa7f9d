"""The curve of scores over numbers of topics."""

import polars as pl

from saetm.choosing import Choice, choose
from saetm.metrics.intervals import Estimate
from saetm.queries.score_columns import score_columns
from saetm.queries.source import Source
from saetm.tables import TOPIC_COUNT_SCORES

METRICS = ("quality", "npmi", "unique_words", "word_movers_distance", "inverted_rbo", "stability")


def topic_counts(source: Source, dataset: str) -> pl.LazyFrame:
    """Ask how the topics of a dataset score at each number of topics.

    Args:
        source: the tables.
        dataset: its name.

    Returns:
        One row per number, ascending: dataset, topic_count, each metric with METRIC_low and
        METRIC_high, and is_recommended; null where a metric was not measured.
    """
    rows = source.scan(TOPIC_COUNT_SCORES, dataset)
    return (
        rows.group_by("dataset", "topic_count")
        .agg(*score_columns(METRICS), pl.col("is_recommended").any())
        .sort("topic_count")
    )


def recommendation(rows: pl.DataFrame) -> Choice | None:
    """Return the number of topics that suits, and why; None where nothing was scored.

    Args:
        rows: of `topic_counts`.
    """
    columns = ("topic_count", "quality", "quality_low", "quality_high")
    scored = rows.select(columns).drop_nulls("quality").iter_rows()
    return choose({count: Estimate(value, low, high, count) for count, value, low, high in scored})
