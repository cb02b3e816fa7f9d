"""How large the share of a set of features is in each item."""

from collections.abc import Collection

import polars as pl

from saetm.queries.source import Source
from saetm.tables import ACTIVATIONS


def item_shares(
    source: Source, dataset: str, features: Collection[int], producer: str
) -> pl.LazyFrame:
    """Ask which items some features make up the most of: item_id and share, largest first.

    Args:
        source: where to read.
        dataset: the dataset.
        features: the features, such as those of a topic.
        producer: whose activations count.

    Returns:
        Items with a share above zero; equal shares by item_id.
    """
    mine = source.scan(ACTIVATIONS, dataset).filter(pl.col("producer") == producer)
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
