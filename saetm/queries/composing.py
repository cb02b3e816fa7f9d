"""Compose a dataset's items by their groups, and those of a union by its members as well.

It asks more than once: which sets are told apart hangs on how large they are.
"""

import polars as pl

from saetm.compositions.compose import compose_pairs
from saetm.compositions.membership import (
    MOST_SETS,
    kinds_of_sets,
    members_by,
    places,
    set_sizes,
    tell_apart,
)
from saetm.compositions.sums import all_pairs, item_counts, topic_sums
from saetm.queries.answers import answer
from saetm.tables import COMPOSITIONS


def compose(
    mixtures: pl.LazyFrame, topics: pl.DataFrame, items: pl.LazyFrame, *, presence_share: float
) -> pl.DataFrame:
    """Compose items by group, and those of a union by member.

    Args:
        mixtures: topic_count, item_id, topics and shares, as in the mixtures table.
        topics: topic_count, topic_id and category of all topics.
        items: dataset, item_id and group, as in the items table.
        presence_share: share of an item from which it has a topic.

    Returns:
        Rows of the compositions table from topic_count on; none where no item has a group.
    """
    found = [COMPOSITIONS.empty().drop("dataset", "run_id")]
    grouped, datasets = answer(kinds_of_sets(items)).row(0)
    for by, members in members_by(items, grouped, datasets).items():
        rows = compose_sets(mixtures, topics, members, presence_share=presence_share)
        found.append(rows.with_columns(by=pl.lit(by)).select(found[0].columns))
    return pl.concat(found, how="vertical_relaxed")


def compose_sets(
    mixtures: pl.LazyFrame,
    topics: pl.DataFrame,
    members: pl.LazyFrame,
    *,
    presence_share: float,
    most: int = MOST_SETS,
) -> pl.DataFrame:
    """Compose items by the sets that they are in.

    Args:
        mixtures: as for `compose`.
        topics: as for `compose`.
        members: item_id and set, each pair once; null is no set.
        presence_share: as for `compose`.
        most: how many sets are told apart.

    Returns:
        As `compose`, without the column by.
    """
    sets = tell_apart(answer(set_sizes(members)), most=most)
    placed = places(members, sets)
    counts = answer(item_counts(mixtures, placed))
    sums = answer(topic_sums(mixtures, placed, presence_share=presence_share))
    return compose_pairs(all_pairs(topics, counts, sums), topics, sets)
