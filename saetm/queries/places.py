"""Where items are on the map, and what they are about."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import ITEM_MAP, MIXTURES, TOPIC_SUMMARIES


def places(source: Source, dataset: str, topic_count: int) -> pl.LazyFrame:
    """Return the place of every item, with its largest topic.

    Args:
        source: where to read.
        dataset: the dataset.
        topic_count: a stored cut.

    Returns:
        item_id, x, y, topic_id, label and share; the last three are null for an item without
        topics, and label where nobody has named the topic.
    """
    cut = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == topic_count)
    largest = cut.select(
        "item_id", topic_id=pl.col("topics").list.first(), share=pl.col("shares").list.first()
    )
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    named = largest.join(names, on="topic_id", how="left")
    found = source.scan(ITEM_MAP, dataset).select("item_id", "x", "y")
    joined = found.join(named, on="item_id", how="left")
    return joined.select("item_id", "x", "y", "topic_id", "label", "share").sort("item_id")
