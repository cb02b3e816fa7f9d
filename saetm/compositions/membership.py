"""Which set each item is in: the largest sets by name, and the others together."""

from dataclasses import dataclass

import polars as pl

MOST_SETS = 100
"""Sets that are told apart: more than anyone reads, and they bound what a dataset can cost."""
NONE, OTHERS = -1, -2
"""Places of items that are in no set, and of those in smaller sets."""


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """The sets of a dataset that are told apart."""

    names: pl.DataFrame
    """place and set, the largest at place 0; set is null at NONE, where there are such items."""
    set_count: int
    """Sets that there are, the smaller ones included."""


def kinds_of_sets(items: pl.LazyFrame) -> pl.LazyFrame:
    """Count what sets could be made of: one row of grouped (items) and datasets."""
    return items.select(grouped=pl.col("group").count(), datasets=pl.col("dataset").n_unique())


def members_by(items: pl.LazyFrame, grouped: int, datasets: int) -> dict[str, pl.LazyFrame]:
    """Say which set each item is in, by what makes the sets: its group, and in a union its member.

    Args:
        items: dataset, item_id and group; of a union, dataset names the member.
        grouped: items that have a group.
        datasets: how many members there are; 1 where the dataset is no union.

    Returns:
        item_id and set, each pair once; nothing by what there is none of. An item of two members
        is in both.
    """
    found = {}
    if grouped:
        groups = items.select("item_id", set="group")
        found["group"] = groups.unique() if datasets > 1 else groups
    if datasets > 1:
        found["dataset"] = items.select("item_id", set="dataset")
    return found


def set_sizes(members: pl.LazyFrame) -> pl.LazyFrame:
    """Count the items of each set: set and size."""
    return members.group_by("set").agg(size=pl.len())


def tell_apart(sizes: pl.DataFrame, *, most: int = MOST_SETS) -> Sets:
    """Choose the largest sets; of equal ones the first by name.

    Args:
        sizes: of `set_sizes`.
        most: how many sets are told apart.
    """
    named = sizes.drop_nulls("set").sort("size", "set", descending=[True, False])
    kept = named.head(most).select(place=pl.int_range(pl.len(), dtype=pl.Int32), set="set")
    nameless = pl.DataFrame({"place": [NONE], "set": [None]}, schema=kept.schema)
    has_nameless = sizes["set"].null_count() > 0
    return Sets(pl.concat([kept, nameless]) if has_nameless else kept, named.height)


def places(members: pl.LazyFrame, sets: Sets) -> pl.LazyFrame:
    """Say at which place each item is: item_id and place.

    Args:
        members: item_id and set, each pair once; null is no set.
        sets: those that are told apart.
    """
    elsewhere = pl.when(pl.col("set").is_null()).then(NONE).otherwise(OTHERS).cast(pl.Int32)
    named = sets.names.lazy().drop_nulls()
    placed = members.join(named, on="set", how="left")
    return placed.select("item_id", place=pl.col("place").fill_null(elsewhere))
