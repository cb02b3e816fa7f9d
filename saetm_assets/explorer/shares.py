"""Mean shares of topics by period or group, of a cut at any number, from memory.

Of stored cuts they are those of `saetm.queries.trends` and `saetm.queries.groups`.
"""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from saetm.queries.intervals import with_intervals
from saetm.queries.trends import Period, period
from saetm_assets.explorer.dataset import Dataset

if TYPE_CHECKING:
    from scipy import sparse


def trend(dataset: Dataset, count: int, per: Period) -> pl.DataFrame:
    """Return topic_id, period, item_count, share, standard_error, low, high of a whole cut."""
    ids = [topic.topic_id for topic in dataset.cut(count).topics]
    return _by_set(dataset.mixtures(count), ids, dataset.theta_items.select(_period(per)))


def groups(dataset: Dataset, count: int) -> pl.DataFrame:
    """Return topic_id, group, item_count, share, standard_error, low, high of a whole cut."""
    ids = [topic.topic_id for topic in dataset.cut(count).topics]
    return _by_set(dataset.mixtures(count), ids, dataset.theta_items.select("group"))


def topic_trend(dataset: Dataset, topic_id: str, count: int, per: Period) -> pl.DataFrame:
    """Return `trend` of a single topic, which may be any node of the tree."""
    return _by_set(
        dataset.shares_of(topic_id, count), [topic_id], dataset.theta_items.select(_period(per))
    )


def topic_groups(dataset: Dataset, topic_id: str, count: int) -> pl.DataFrame:
    """Return `groups` of a single topic, which may be any node of the tree."""
    return _by_set(
        dataset.shares_of(topic_id, count), [topic_id], dataset.theta_items.select("group")
    )


def _period(per: Period) -> pl.Expr:
    return period("timestamp", per).alias("period")


def _by_set(
    mixtures: "sparse.csr_array[np.float64]", ids: list[str], members: pl.DataFrame
) -> pl.DataFrame:
    """Average the (N, T) shares over the N items of each set; `members` has one column."""
    (by,) = members.columns
    codes = members.to_series().rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    names = members.with_columns(code=pl.Series(codes)).unique().sort("code")
    size = int(codes.max(initial=0)) + 1
    rows = codes[np.repeat(np.arange(len(codes)), np.diff(mixtures.indptr))]
    places = mixtures.indices * size + rows
    stored = mixtures.data.astype(np.float32).astype(np.float64)  # as the table of mixtures has it
    n_cells = size * len(ids)
    cells = pl.DataFrame(
        {
            "topic_id": pl.Series(ids).gather(np.repeat(np.arange(len(ids)), size)),
            "code": np.tile(np.arange(size), len(ids)),
            "item_count": np.tile(np.bincount(codes, minlength=size), len(ids)),
            "total": np.bincount(places, stored, minlength=n_cells),
            "squares": np.bincount(places, stored**2, minlength=n_cells),
        }
    )
    found = with_intervals(cells.lazy().join(names.lazy(), on="code"))
    columns = ("topic_id", by, "item_count", "share", "standard_error", "low", "high")
    return found.select(columns).sort("topic_id", by).collect()
