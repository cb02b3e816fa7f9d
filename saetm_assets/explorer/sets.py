"""Mean shares of topics in sets of items, such as periods and groups, from memory."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.queries.intervals import with_intervals
from saetm.trends.config import Period
from saetm.trends.periods import period
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


def topic_trend(dataset: Dataset, topic_id: str, per: Period) -> pl.DataFrame:
    """Return the rows of `trend_at` for one topic, which may be any node of the tree."""
    return _of_topic(dataset, topic_id, period("timestamp", per).alias("period"))


def topic_groups(dataset: Dataset, topic_id: str) -> pl.DataFrame:
    """Answer `saetm.queries.groups` for one topic, which may be any node of the tree."""
    return _of_topic(dataset, topic_id, pl.col("group"))


@dataclass(frozen=True, eq=False)
class _Sets:
    """Which of S sets each of N items is in."""

    names: pl.Series  # (S,), ascending; null is one, too
    place: NDArray[np.int64]  # (N,)


def _of_cut(dataset: Dataset, count: int, by: pl.Expr) -> pl.DataFrame:
    shares = dataset.mixtures(count)
    ids = [topic.topic_id for topic in dataset.cut(count).topics]
    items = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    return _means(_sets(dataset, by), ids, items, shares.indices, shares.data)


def _of_topic(dataset: Dataset, topic_id: str, by: pl.Expr) -> pl.DataFrame:
    shares = dataset.shares_of(topic_id)
    items = shares.indices
    return _means(_sets(dataset, by), [topic_id], items, np.zeros_like(items), shares.data)


def _sets(dataset: Dataset, by: pl.Expr) -> _Sets:
    def load() -> _Sets:
        sets = dataset.theta_items.select(by).to_series()
        names = sets.unique().sort(nulls_last=False)
        places = pl.DataFrame({"set": names, "place": np.arange(len(names))})
        found = sets.to_frame("set").join(
            places, on="set", how="left", nulls_equal=True, maintain_order="left"
        )
        return _Sets(names, found["place"].to_numpy())

    return dataset.remember(("sets", str(by)), load)


def _means(
    sets: _Sets,
    topic_ids: list[str],
    items: NDArray[np.integer],
    topics: NDArray[np.integer],
    shares: NDArray[np.float64],
) -> pl.DataFrame:
    """Average shares over the items of each set.

    Args:
        sets: of all items.
        topic_ids: (T,) the topics.
        items: (A,) item of each share.
        topics: (A,) topic of each share.
        shares: (A,) those that are not zero.
    """
    size, ids = len(sets.names), pl.Series(topic_ids, dtype=pl.String)
    cells = topics.astype(np.int64) * size + sets.place[items]
    topic, name = (grid.ravel() for grid in np.indices((len(ids), size)))
    sums = pl.LazyFrame(
        {
            "topic_id": ids.gather(topic),
            sets.names.name: sets.names.gather(name),
            "item_count": np.bincount(sets.place, minlength=size).astype(np.uint32)[name],
            "total": np.bincount(cells, shares, minlength=len(topic)),
            "squares": np.bincount(cells, shares**2, minlength=len(topic)),
        }
    )
    return with_intervals(sums).sort("topic_id", sets.names.name).collect()
