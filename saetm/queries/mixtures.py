"""What an item is about."""

import polars as pl

from saetm.queries.source import Source
from saetm.tables import MIXTURES, TOPIC_SUMMARIES


def item_topics(source: Source, dataset: str, item_id: str) -> pl.LazyFrame:
    """Return the topics of an item at every stored cut, the largest share first.

    Returns:
        topic_count, topic_id, label (null where nobody has named the topic) and share.
    """
    mine = source.scan(MIXTURES, dataset).filter(pl.col("item_id") == item_id)
    pairs = mine.select("topic_count", topic_id="topics", share="shares").explode(
        "topic_id", "share"
    )
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    named = pairs.join(names, on="topic_id", how="left")
    return named.select("topic_count", "topic_id", "label", "share").sort(
        "topic_count", "share", "topic_id", descending=[False, True, False]
    )
