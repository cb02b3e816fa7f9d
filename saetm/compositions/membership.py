"""Which set each item is in: the largest sets by name, and the others together."""

from dataclasses import dataclass

import polars as pl

MOST_SETS = 100
"""Sets that are told apart: more than anyone reads, and they bound what a dataset can cost."""
OTHERS, NONE = -1, -2
"""Places of the items of smaller sets, and of those that are in no set."""


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """The sets of a dataset, and the place of each item among them."""

    names: pl.DataFrame
    """place and set of those that are told apart, the largest at place 0; set is null at NONE."""
    places: pl.LazyFrame
    """item_id and place, which is OTHERS or NONE where the item is in no such set."""
    set_count: int
    """Sets that there are, the smaller ones included."""


def members_by(items: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """Say which set each item is in, by what makes the sets: its group, and in a union its member.

    Args:
        items: dataset, item_id and group; of a union, dataset names the member.

    Returns:
        item_id and set, each pair once; nothing by what there is none of. An item of two members
        is in both.
    """
    counts = items.select(pl.col("group").count(), datasets=pl.col("dataset").n_unique())
    grouped, datasets = counts.collect(engine="streaming").row(0)
    found = {}
    if grouped:
        groups = items.select("item_id", set="group")
        found["group"] = groups.unique() if datasets > 1 else groups
    if datasets > 1:
        found["dataset"] = items.select("item_id", set="dataset")
    return found


def find_sets(members: pl.LazyFrame, *, most: int = MOST_SETS) -> Membership:
    """Tell the largest sets apart; of equal ones the first by name.

    Args:
        members: item_id and set, each pair once; null is no set.
        most: how many sets are told apart.
    """
    sizes = members.group_by("set").agg(size=pl.len()).collect(engine="streaming")
    named = sizes.drop_nulls("set").sort("size", "set", descending=[True, False])
    kept = named.head(most).select(place=pl.int_range(pl.len(), dtype=pl.Int16), set="set")
    nameless = pl.DataFrame({"place": [NONE], "set": [None]}, schema=kept.schema)
    has_nameless = sizes["set"].null_count() > 0
    elsewhere = pl.when(pl.col("set").is_null()).then(NONE).otherwise(OTHERS)
    placed = members.join(kept.lazy(), on="set", how="left").select(
        "item_id", place=pl.col("place").fill_null(elsewhere.cast(pl.Int16))
    )
    return Membership(pl.concat([kept, nameless]) if has_nameless else kept, placed, named.height)
