"""The topics of a stored cut, what items are made of, and the items of a topic."""

from collections.abc import Collection

import polars as pl

from saetm.queries.made_by import producers, way
from saetm.queries.shares import topic_items
from saetm.queries.source import Source, in_service
from saetm.queries.topic import find_topic
from saetm.tables import CAPTIONS, ITEMS, MIXTURES, TOPIC_SUMMARIES, TOPICS
from saetm.unions import items_once


def topics(source: Source, dataset: str, k: int) -> pl.LazyFrame:
    """Ask for the topics of a stored cut with their names, heaviest first.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the cut has.

    Returns:
        The columns of the topics table, and label, description and category; null where nobody
        has named a topic.
    """
    names = source.scan(TOPIC_SUMMARIES, dataset)
    named = names.select("topic_id", "label", "description", "category")
    cut = source.scan(TOPICS, dataset).filter(pl.col("topic_count") == k)
    return cut.join(named, on="topic_id", how="left").sort("rank")


def shares(
    source: Source, dataset: str, k: int, topic_ids: Collection[str] | None = None
) -> pl.LazyFrame:
    """Ask for topic_id, item_id and share of all pairs with a share, in no order.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the stored cut has.
        topic_ids: the topics that are asked about; None for all.
    """
    mixtures = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == k)
    pairs = mixtures.select("item_id", topic_id="topics", share="shares").explode(
        "topic_id", "share", empty_as_null=False
    )
    asked = pairs if topic_ids is None else pairs.filter(pl.col("topic_id").is_in(list(topic_ids)))
    return asked.select("topic_id", "item_id", "share")


def items_of_topic(source: Source, dataset: str, topic_id: str) -> pl.LazyFrame:
    """Ask for the items with a share of a topic, the largest share first.

    Args:
        source: where to read.
        dataset: the dataset.
        topic_id: a topic of a stored cut, or any node of the tree.

    Returns:
        item_id, share, path, timestamp, group, url and caption.

    Raises:
        InputError: the dataset has no such topic.
    """
    topic, _ = find_topic(source, dataset, topic_id)
    producer = producers(way(source, dataset)).get("activations", "")
    found = topic_items(source, dataset, topic, producer)
    items = source.scan(ITEMS, dataset).select("item_id", "path", "timestamp", "group", "url")
    captions = in_service(source, CAPTIONS, dataset).select("item_id", "caption")
    located = items_once(found.join(items, on="item_id", maintain_order="left_right"))
    joined = located.join(captions, on="item_id", how="left")
    return joined.sort("share", "item_id", descending=[True, False])
