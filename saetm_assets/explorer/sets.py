"""Mean shares of topics in sets of items, such as periods and groups, from memory."""

from functools import partial

import numpy as np
import polars as pl
from scipy import sparse

from saetm.queries.intervals import with_intervals
from saetm.queries.trends import Period, period
from saetm_assets.explorer.dataset import Dataset


def trend_at(dataset: Dataset, count: int, per: Period) -> pl.DataFrame:
    """Answer `saetm.queries.trends` at any number of topics.

    Args:
        dataset: the dataset.
        count: how many topics.
        per: how long a period is.

    Returns:
        Columns and order of `topic_trend`.
    """
    load = partial(_of_cut, dataset, count, period("timestamp", per).alias("period"))
    return dataset.remember(("trend", count, per), load)


def groups_at(dataset: Dataset, count: int) -> pl.DataFrame:
    """Answer `saetm.queries.groups` at any number of topics, in its columns and order."""
    return dataset.remember(("groups", count), partial(_of_cut, dataset, count, pl.col("group")))


def topic_trend(dataset: Dataset, topic_id: str, per: Period) -> pl.DataFrame:
    """Return the rows of `trend_at` for one topic, which may be any node of the tree."""
    sets = dataset.theta_items.select(period("timestamp", per).alias("period")).to_series()
    return _means(dataset.shares_of(topic_id), [topic_id], sets)


def topic_groups(dataset: Dataset, topic_id: str) -> pl.DataFrame:
    """Return the rows of `groups_at` for one topic, which may be any node of the tree."""
    return _means(dataset.shares_of(topic_id), [topic_id], dataset.theta_items["group"])


def _of_cut(dataset: Dataset, count: int, by: pl.Expr) -> pl.DataFrame:
    ids = [topic.topic_id for topic in dataset.cut(count).topics]
    return _means(dataset.mixtures(count), ids, dataset.theta_items.select(by).to_series())


def _means(
    shares: "sparse.csr_array[np.float64]", topic_ids: list[str], sets: pl.Series
) -> pl.DataFrame:
    """Sum (N, T) shares and their squares over the items of each set."""
    names = sets.unique().sort(nulls_last=False)
    member = _members(sets, names)
    ids = pl.Series(topic_ids, dtype=pl.String)
    topic, name = (grid.ravel() for grid in np.indices((len(ids), len(names))))
    sums = pl.LazyFrame(
        {
            "topic_id": ids.gather(topic),
            sets.name: names.gather(name),
            "item_count": np.asarray(member.sum(axis=1)).astype(np.uint32)[name],
            "total": (member @ shares).toarray().T.ravel(),
            "squares": (member @ shares.power(2)).toarray().T.ravel(),
        }
    )
    return with_intervals(sums).sort("topic_id", sets.name).collect()


def _members(sets: pl.Series, names: pl.Series) -> "sparse.csr_array[np.float64]":
    """Return the (S, N) matrix of which item is in which of the named sets; null is one, too."""
    place = pl.DataFrame({"set": names, "place": np.arange(len(names))})
    found = sets.to_frame("set").join(
        place, on="set", how="left", nulls_equal=True, maintain_order="left"
    )
    where = (found["place"].to_numpy(), np.arange(len(sets)))
    return sparse.csr_array((np.ones(len(sets)), where), shape=(len(names), len(sets)))
