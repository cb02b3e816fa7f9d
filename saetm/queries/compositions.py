"""What groups of items, or the members of a union, are about, and what sets them apart."""

from typing import Literal, get_args

import polars as pl

from saetm.errors import InputError
from saetm.queries.source import Source
from saetm.tables import COMPOSITIONS, TOPIC_SUMMARIES

By = Literal["group", "dataset"]
WAYS: tuple[By, ...] = get_args(By)
RATE = 0.05
"""False discovery rate at which a difference counts as one."""


def compositions(source: Source, dataset: str, k: int, by: By = "group") -> pl.LazyFrame:
    """Ask how the topics of a stored cut are spread over sets of items.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the cut has.
        by: what makes the sets: group, or dataset, the members of a union.

    Returns:
        The columns of the compositions table and each topic's label and category, in the order
        of `in_order`. There are none where no item has a group.

    Raises:
        InputError: sets are made by something else.
    """
    if by not in WAYS:
        raise InputError(f"items cannot be compared by {by!r}: {', '.join(WAYS)}")
    names = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label", "category")
    mine = (pl.col("topic_count") == k) & (pl.col("by") == by)
    rows = source.scan(COMPOSITIONS, dataset).filter(mine).drop("run_id")
    return in_order(rows.join(names, on="topic_id", how="left"))


def in_order(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Put topics that tell sets apart first, and of each the largest set; label leads.

    Ranked topics come before others; those and these by the variance of their prevalence.
    """
    ahead = ["dataset", "topic_count", "topic_id", "label", "category"]
    return rows.select(*ahead, pl.all().exclude(ahead)).sort(
        *("rank", "variance", "topic_id", pl.col("set").is_null(), "item_count", "set"),
        descending=[False, True, False, False, True, False],
        nulls_last=True,
    )


def apart(rows: pl.LazyFrame, most: int) -> pl.LazyFrame:
    """Keep what each set is more about than the rest, surely so; the largest log-odds first.

    Args:
        rows: of `compositions`.
        most: topics of each set at most.

    Returns:
        Rows with a false discovery rate below 5 % and log-odds above zero, by size of set.
    """
    is_more = (pl.col("q_value") < RATE) & (pl.col("log_odds") > 0)
    strongest = rows.filter(is_more).sort("log_odds", "topic_id", descending=[True, False])
    kept = strongest.group_by("set", maintain_order=True).head(most)
    return kept.sort("item_count", "set", descending=[True, False], maintain_order=True)
