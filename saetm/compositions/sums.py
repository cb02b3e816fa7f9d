"""What topics have of the items of sets, in sums: one pass over the mixtures, in little memory."""

import polars as pl

UNIT = 2**32
"""A share of one, as a whole number: whole numbers add up to the same in any order."""

SUMS = ("item_count", "total", "squares", "present", "active")


def topic_sums(
    mixtures: pl.LazyFrame, places: pl.LazyFrame, topics: pl.LazyFrame, *, presence_share: float
) -> pl.DataFrame:
    """Sum over the items of each set what each topic has of them.

    The order of items means nothing, to the last bit. Of 10^9 items the sums are still exact to
    2^-32 an item.

    Args:
        mixtures: topic_count, item_id, topics and shares, as in the mixtures table.
        places: item_id and place, the set that the item is in.
        topics: topic_count and topic_id of all topics.
        presence_share: share of an item from which it has a topic.

    Returns:
        One row per topic and place of which there are items: topic_count, topic_id, place,
        item_count, total and squares (sums of shares and of their squares), present (items that
        have the topic) and active (items in which it has any share: any of its features fires).
    """
    placed = mixtures.select("topic_count", "item_id", topic_id="topics", share="shares").join(
        places, on="item_id"
    )
    sizes = placed.group_by("topic_count", "place").agg(item_count=pl.len().cast(pl.Int64))
    share = pl.col("share").cast(pl.Float64)
    sums = (
        placed.drop("item_id")
        .explode("topic_id", "share", empty_as_null=False)
        .group_by("topic_count", "topic_id", "place")
        .agg(
            total=_exact(share),
            squares=_exact(share**2),
            present=(pl.col("share") >= presence_share).sum().cast(pl.Int64),
            active=(pl.col("share") > 0).sum().cast(pl.Int64),
        )
    )
    # Each on its own: together they would hold what they have in common, every item's topics.
    found, counted = sums.collect(engine="streaming"), sizes.collect(engine="streaming")
    keys = ["topic_count", "topic_id", "place"]
    pairs = topics.select("topic_count", "topic_id").join(counted.lazy(), on="topic_count")
    joined = pairs.join(found.lazy(), on=keys, how="left")
    return joined.select(*keys, pl.col(SUMS).fill_null(0)).sort(keys).collect()


def _exact(share: pl.Expr) -> pl.Expr:
    return (share * UNIT).round().cast(pl.Int64).sum() / UNIT
