"""The curve of scores over numbers of topics."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import TOPIC_COUNT_SCORES

METRICS = ("quality", "npmi", "unique_words", "word_movers_distance", "inverted_rbo", "stability")
ENDS = ("value", "low", "high")


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
    columns = [
        pl.col(end)
        .filter(pl.col("metric") == metric)
        .first()
        .alias(metric if end == "value" else f"{metric}_{end}")
        for metric in METRICS
        for end in ENDS
    ]
    return (
        rows.group_by("dataset", "topic_count")
        .agg(*columns, pl.col("is_recommended").any())
        .sort("topic_count")
    )
