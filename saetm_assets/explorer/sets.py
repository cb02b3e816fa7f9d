"""Mean shares of topics in groups of items, from memory."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.queries.intervals import with_intervals
from saetm_assets.explorer.dataset import Dataset


def topic_groups(dataset: Dataset, topic_id: str) -> pl.DataFrame:
    """Answer `saetm.queries.groups` for any node of the tree."""
    return _of_topic(dataset, topic_id, pl.col("group"))


@dataclass(frozen=True, eq=False)
class _Sets:
    """Which of S sets each of N items is in."""

    names: pl.Series  # (S,), ascending; null is one, too
    place: NDArray[np.int64]  # (N,)


def _of_topic(dataset: Dataset, topic_id: str, by: pl.Expr) -> pl.DataFrame:
    """Average the shares of a topic over the items of each set."""
    sets, shares = _sets(dataset, by), dataset.shares_of(topic_id)
    size, places = len(sets.names), sets.place[shares.indices]
    sums = pl.LazyFrame(
        {
            sets.names.name: sets.names,
            "item_count": np.bincount(sets.place, minlength=size).astype(np.uint32),
            "total": np.bincount(places, shares.data, minlength=size),
            "squares": np.bincount(places, shares.data**2, minlength=size),
        }
    )
    told = with_intervals(sums).select(pl.lit(topic_id).alias("topic_id"), pl.all())
    return told.sort(sets.names.name).collect()


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
