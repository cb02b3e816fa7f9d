"""How topics moved: those of stored cuts as everywhere, other nodes of the tree from memory."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.errors import InputError
from saetm.queries.placing import Calendar, place_items
from saetm.queries.trends import trends
from saetm.trends.config import Unit
from saetm.trends.curves import Floats, Sums
from saetm.trends.told import told
from saetm_assets.explorer.dataset import Dataset


def cut_trends(dataset: Dataset, count: int, per: Unit) -> tuple[pl.DataFrame, str]:
    """Return the rows of `saetm.queries.trends.trends`, or none and why."""

    def load() -> tuple[pl.DataFrame, str]:
        try:
            return trends(dataset.source, dataset.name, count, per).collect(), ""
        except InputError as error:
            return trends(dataset.source, dataset.name, count).collect().clear(), str(error)

    return dataset.remember(("trends", count, per), load)


def topic_trends(dataset: Dataset, topic_id: str, count: int, per: Unit) -> pl.DataFrame:
    """Return the rows of one topic: as of its cut where that is stored, else by itself."""
    if count in dataset.stored_counts:
        mine = cut_trends(dataset, count, per)[0].filter(pl.col("topic_id") == topic_id)
        if mine.height:
            return mine
    try:
        return node_trends(dataset, topic_id, count, per)
    except InputError:  # too many periods
        return cut_trends(dataset, dataset.stored_counts[0], per)[0].clear()


@dataclass(frozen=True, eq=False)
class _Placed:
    """The N items in their P periods, in M parts."""

    calendar: Calendar
    row: NDArray[np.int64]  # (M,) in 0..N-1
    column: NDArray[np.int64]  # (M,) in 0..P-1
    weight: Floats  # (M,)


def node_trends(dataset: Dataset, topic_id: str, count: int, per: Unit) -> pl.DataFrame:
    """Return the rows of any node of the tree, from memory.

    There are neither words nor change points: whether a change is more than chance is told among
    the topics of a cut.

    Raises:
        InputError: there are too many periods.
    """
    placed: _Placed = dataset.remember(("placed", per), lambda: _place(dataset, per))
    share = dataset.shares_of(topic_id, count).toarray().ravel()[placed.row]
    present = share >= dataset.options.topics.presence_share
    periods = placed.calendar.periods
    sizes, totals, squares, held = (
        np.bincount(placed.column, placed.weight * values, minlength=periods.height)
        for values in (np.ones_like(share), share, share**2, present)
    )
    cells = (values[None, :].astype(np.float64) for values in (totals, squares, held))
    places = periods["place"].to_numpy()
    sums = Sums([topic_id], places, sizes.astype(np.float64), *cells)
    rows, _ = told(sums, placed.calendar.unit, periods)
    no_words = pl.lit([], dtype=pl.List(pl.String))
    return rows.with_columns(words=no_words, is_change_point=pl.lit(value=False))


def _place(dataset: Dataset, per: Unit) -> _Placed:
    dates = dataset.theta_items.select("timestamp", "timestamp_end", "group")
    calendar = place_items(dates.with_row_index("item_id").lazy(), per)
    members = calendar.members.collect()
    return _Placed(
        calendar,
        members["item_id"].cast(pl.Int64).to_numpy(),
        calendar.periods["place"].search_sorted(members["place"]).cast(pl.Int64).to_numpy(),
        members["weight"].to_numpy(),
    )
