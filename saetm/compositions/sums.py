"""What topics have of the items of sets, in sums: one pass over the mixtures, in little memory."""

import polars as pl

UNIT = 2**32
"""A share of one, as a whole number: whole numbers add up to the same in any order."""

KEY = ("topic_count", "topic_id", "place")
SUMS = ("item_count", "total", "squares", "present", "active")


def item_counts(mixtures: pl.LazyFrame, places: pl.LazyFrame) -> pl.LazyFrame:
    """Count the items with a mixture at each place: topic_count, place and item_count.

    Args:
        mixtures: topic_count and item_id, as in the mixtures table.
        places: item_id and place.
    """
    placed = mixtures.select("topic_count", "item_id").join(places, on="item_id")
    return placed.group_by("topic_count", "place").agg(item_count=pl.len().cast(pl.Int64))


def topic_sums(
    mixtures: pl.LazyFrame, places: pl.LazyFrame, *, presence_share: float
) -> pl.LazyFrame:
    """Sum over the items at each place what each topic has of them.

    The order of items means nothing, to the last bit. Of 10^9 items the sums are still exact to
    2^-32 an item.

    Args:
        mixtures: topic_count, item_id, topics and shares, as in the mixtures table.
        places: item_id and place, the set that the item is in.
        presence_share: share of an item from which it has a topic.

    Returns:
        One row per topic and place where it has any share: topic_count, topic_id, place, total
        and squares (sums of shares and of their squares), present (items that have the topic) and
        active (items in which it has any share: any of its features fires).
    """
    pairs = mixtures.select("topic_count", "item_id", topic_id="topics", share="shares")
    each = pairs.join(places, on="item_id").drop("item_id")
    share = pl.col("share").cast(pl.Float64)
    return (
        each.explode("topic_id", "share", empty_as_null=False)
        .group_by(KEY)
        .agg(
            total=_exact(share),
            squares=_exact(share**2),
            present=(pl.col("share") >= presence_share).sum().cast(pl.Int64),
            active=(pl.col("share") > 0).sum().cast(pl.Int64),
        )
    )


def all_pairs(topics: pl.DataFrame, counts: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """Give every topic a row at every place that has items, with zeros where it has no share.

    Args:
        topics: topic_count and topic_id of all topics.
        counts: of `item_counts`.
        sums: of `topic_sums`.
    """
    pairs = topics.select("topic_count", "topic_id").join(counts, on="topic_count")
    joined = pairs.join(sums, on=KEY, how="left")
    return joined.select(*KEY, pl.col(SUMS).fill_null(0)).sort(KEY)


def _exact(share: pl.Expr) -> pl.Expr:
    return (share * UNIT).round().cast(pl.Int64).sum() / UNIT
