"""How groups of items differ in their topics."""

from collections.abc import Collection

import polars as pl

from saetm.queries.intervals import mean_shares
from saetm.queries.source import Source
from saetm.queries.topics import shares
from saetm.tables import ITEMS, MIXTURES


def topic_groups(
    source: Source, dataset: str, k: int, topic_ids: Collection[str] | None = None
) -> pl.LazyFrame:
    """Ask for the mean share of topics of a stored cut in the items of each group.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the cut has.
        topic_ids: the topics that are asked about; None for all.

    Returns:
        One row per topic and group: topic_id, group (null for items without one), item_count,
        share, standard_error, low and high, the 95 % interval of `saetm.queries.intervals`; by
        topic and then group.
    """
    mixed = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == k).select("item_id")
    members = mixed.join(source.scan(ITEMS, dataset).select("item_id", "group"), on="item_id")
    asked = shares(source, dataset, k, topic_ids)
    return mean_shares(asked, members, "group").sort("topic_id", "group")
