"""How large the share of a set of features is in each item."""

from collections.abc import Collection

import polars as pl

from saetm.queries.source import Source
from saetm.queries.topic import Topic
from saetm.tables import ACTIVATIONS, MIXTURES


def topic_items(
    source: Source,
    dataset: str,
    topic: Topic,
    producer: str,
    item_ids: Collection[str] | None = None,
) -> pl.LazyFrame:
    """Ask which items have the most of a topic: item_id and share, largest first.

    Args:
        source: where to read.
        dataset: the dataset.
        topic: of a stored cut, whose mixtures tell; or a node, whose features do.
        producer: whose activations count.
        item_ids: the items that are asked about; None for all.
    """
    if not topic.cuts:
        return item_shares(source, dataset, topic.features, producer, item_ids)
    mine = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == topic.cuts[0])
    if item_ids is not None:
        mine = mine.filter(pl.col("item_id").is_in(list(item_ids)))
    pairs = mine.select("item_id", topic="topics", share="shares").explode(
        "topic", "share", empty_as_null=False
    )
    share = pl.col("share").cast(pl.Float64)
    found = pairs.filter(pl.col("topic") == topic.topic_id).select("item_id", share)
    return found.sort("share", "item_id", descending=[True, False])


def item_shares(
    source: Source,
    dataset: str,
    features: Collection[int],
    producer: str,
    item_ids: Collection[str] | None = None,
) -> pl.LazyFrame:
    """Ask which items some features make up the most of: item_id and share, largest first.

    Args:
        source: where to read.
        dataset: the dataset.
        features: the features, such as those of a topic.
        producer: whose activations count.
        item_ids: the items that are asked about; None for all.

    Returns:
        Items with a share above zero; equal shares by item_id.
    """
    mine = source.scan(ACTIVATIONS, dataset).filter(pl.col("producer") == producer)
    if item_ids is not None:
        mine = mine.filter(pl.col("item_id").is_in(list(item_ids)))
    among = pl.col("features").is_in(list(features))
    exact = pl.col("activations").cast(pl.List(pl.Float64))
    shares = (
        mine.select("item_id", "features", activations=exact, total=exact.list.sum())
        .explode("features", "activations")
        .filter(among)
        .group_by("item_id")
        .agg(share=(pl.col("activations") / pl.col("total")).sum())
    )
    return shares.sort("share", "item_id", descending=[True, False])
