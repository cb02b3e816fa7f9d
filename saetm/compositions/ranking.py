"""Which topics tell sets apart best: the ranking of the paper's figure 3 (section 6.1)."""

import polars as pl

MOST_COMMON = 0.30
"""A topic that more of the items have on average over sets is left out."""
TOPIC = ("topic_count", "topic_id")


def rank_topics(prevalences: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """Rank topics by the variance of their prevalence over sets, each set counting the same.

    The paper's activity ratio is the share of items in which any feature of a topic fires; nearly
    every item has such a feature of a large topic. Here an item has a topic from a share on.

    Args:
        prevalences: topic_count, topic_id and prevalence, one row per set.
        topics: topic_count, topic_id and category of all topics.

    Returns:
        topic_count, topic_id, variance (of the sets as a population), macro_mean, is_ranked
        (concrete, and in at most 30 % of items on average) and rank, from 0, of those that are.
    """
    over = prevalences.group_by(TOPIC).agg(
        variance=pl.col("prevalence").var(ddof=0), macro_mean=pl.col("prevalence").mean()
    )
    is_concrete = (pl.col("category") == "concrete").fill_null(value=False)
    is_common = pl.col("macro_mean") > MOST_COMMON
    judged = topics.join(over, on=TOPIC).with_columns(is_ranked=is_concrete & ~is_common)
    ordered = judged.sort(
        *("topic_count", "is_ranked", "variance", "topic_id"),
        descending=[False, True, True, False],
    )
    place = pl.int_range(pl.len(), dtype=pl.Int32).over("topic_count")
    return ordered.select(
        *(*TOPIC, "variance", "macro_mean", "is_ranked"),
        rank=pl.when("is_ranked").then(place),
    )
