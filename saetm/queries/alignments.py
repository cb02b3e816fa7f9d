"""Which topics two datasets have in common, and which only one of them has."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import ALIGNMENTS, TOPIC_SUMMARIES
from saetm.tables.alignments import ALONE, SAME

COLUMNS = (
    *("dataset", "other", "topic_count", "other_topic_count", "owner", "status"),
    *("topic_id", "label", "share", "other_topic_id", "other_label", "other_share"),
    *("cosine", "p_value", "q_value", "feature_overlap"),
)


def alignments(source: Source, dataset: str, other: str, k: int) -> pl.LazyFrame:
    """Ask which topics of two datasets correspond.

    Args:
        source: where to read.
        dataset: the dataset whose alignment it is.
        other: what it was aligned with.
        k: how many topics the dataset's stored cut has.

    Returns:
        The pairs, the most alike first, then the topics that only one has, first this dataset's,
        the heaviest first: dataset, other, topic_count, other_topic_count, owner (which of the
        two the topic is of; of a pair, this one), status (corresponds or alone), topic_id, label,
        share, other_topic_id (of a topic alone the nearest one), other_label, other_share,
        cosine, p_value, q_value and feature_overlap. Labels are null where nobody named a topic.
    """
    rows = source.scan(ALIGNMENTS, dataset).filter(
        pl.col("other") == other,
        pl.col("topic_count") == k,
        (pl.col("owner") == dataset) | (pl.col("status") == ALONE),
    )
    names = pl.concat([_names(source, each) for each in (dataset, other)])
    across = pl.when(pl.col("owner") == dataset).then(pl.lit(other)).otherwise(pl.lit(dataset))
    named = rows.join(names, on=["owner", "topic_id"], how="left").with_columns(across=across)
    both = named.join(
        names.rename({"owner": "across", "topic_id": "other_topic_id", "label": "other_label"}),
        on=["across", "other_topic_id"],
        how="left",
    )
    is_pair = pl.col("status") == SAME
    return both.sort(
        is_pair.not_(),
        pl.col("owner") != dataset,
        pl.when(is_pair).then("cosine").otherwise("share"),
        "topic_id",
        descending=[False, False, True, False],
    ).select(COLUMNS)


def aligned_with(source: Source, dataset: str) -> pl.LazyFrame:
    """Ask what a dataset was aligned with, at which cuts: other and topic_count, sorted."""
    rows = source.scan(ALIGNMENTS, dataset).select("other", "topic_count")
    return rows.unique().sort("other", "topic_count")


def _names(source: Source, dataset: str) -> pl.LazyFrame:
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    return names.select(pl.lit(dataset).alias("owner"), "topic_id", "label")
