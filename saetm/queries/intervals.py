"""Mean shares of topics in sets of items, with how sure one can be of them."""

import polars as pl

Z = 1.959963984540054  # standard normal quantile at 97.5 %


def mean_shares(shares: pl.LazyFrame, members: pl.LazyFrame, by: str) -> pl.LazyFrame:
    """Average the shares of topics over the items of each set; an item without a topic has none.

    Args:
        shares: topic_id, item_id and share; each pair at most once.
        members: item_id and the set that it is in, each item once; null is a set, too.
        by: column that names the set.

    Returns:
        One row per topic and set, with the columns of `with_intervals`, in no order.
    """
    sizes = members.group_by(by).agg(item_count=pl.len())
    topics = shares.select(pl.col("topic_id").unique())
    share = pl.col("share").cast(pl.Float64)
    sums = (
        shares.join(members, on="item_id")
        .group_by("topic_id", by)
        .agg(total=share.sum(), squares=(share**2).sum())
    )
    pairs = topics.join(sizes, how="cross")
    joined = pairs.join(sums, on=["topic_id", by], how="left", nulls_equal=True)
    return with_intervals(joined.with_columns(pl.col("total", "squares").fill_null(0.0)))


def with_intervals(sums: pl.LazyFrame) -> pl.LazyFrame:
    """Turn sums over items into means with 95 % intervals.

    The interval is mean ± 1.96 standard errors, cut at 0 and 1: of items like these, drawn
    independently. It says little of a handful, and nothing of a single item, where it is null.

    Args:
        sums: item_count, and total and squares, the sums of shares and of their squares.

    Returns:
        The other columns, with item_count, share, standard_error, low and high.
    """
    n = pl.col("item_count").cast(pl.Float64)
    share = pl.col("total") / n
    variance = ((pl.col("squares") - n * share**2) / (n - 1)).clip(0.0)
    error = pl.when(n > 1).then((variance / n).sqrt())
    return (
        sums.with_columns(share=share, standard_error=error)
        .with_columns(
            low=(pl.col("share") - Z * pl.col("standard_error")).clip(0.0, 1.0),
            high=(pl.col("share") + Z * pl.col("standard_error")).clip(0.0, 1.0),
        )
        .drop("total", "squares")
    )
