"""Trends computed from mixtures and dates, some items at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from saetm.queries.answers import answer
from saetm.queries.placing import Calendar, place_items
from saetm.queries.source import Source
from saetm.tables import ITEMS, MIXTURES, TOPICS
from saetm.trends.config import Resolution
from saetm.trends.curves import Sums, as_sums, sum_shares
from saetm.trends.told import no_trends, told

BLOCK_ITEMS = 500_000  # whose mixtures are summed at a time
ID_DIGITS = 32  # of an item_id, which is a hash in hexadecimal: ids spread evenly


@dataclass(frozen=True, slots=True, eq=False)
class Trends:
    """How the topics of stored cuts moved, without words."""

    rows: pl.DataFrame  # of the table `trends`
    shapes: pl.DataFrame  # of the table `trend_shapes`
    calendar: Calendar


def find_trends(
    source: Source, dataset: str, counts: Sequence[int], per: Resolution, presence_share: float
) -> Trends:
    """Compute how topics moved.

    Args:
        source: where to read.
        dataset: the dataset.
        counts: how many topics the stored cuts have.
        per: how long a period is.
        presence_share: share from which a topic is present in an item.

    Raises:
        InputError: there is no such period, or there are too many of them.
    """
    calendar = find_calendar(source, dataset, per)
    found = [no_trends()]
    if calendar.periods.height:
        for count in counts:
            sums = _sums(source, dataset, count, calendar, presence_share)
            cut = pl.lit(count, dtype=pl.Int32).alias("topic_count")
            rows, shapes = told(sums, calendar.unit, calendar.periods)
            found.append((rows.with_columns(cut), shapes.with_columns(cut)))
    rows, shapes = (pl.concat(each, how="diagonal_relaxed") for each in zip(*found, strict=True))
    return Trends(rows, shapes, calendar)


def find_calendar(source: Source, dataset: str, per: Resolution) -> Calendar:
    """Put the items of a dataset into periods.

    Raises:
        InputError: there is no such period, or there are too many of them.
    """
    items = source.scan(ITEMS, dataset)
    # members of a union may share an item
    is_of_one = answer(items.select(pl.col("dataset").n_unique() <= 1)).item()
    columns = items.select("item_id", "timestamp", "timestamp_end", "group")
    return place_items(columns if is_of_one else columns.unique("item_id"), per)


def _sums(
    source: Source, dataset: str, count: int, calendar: Calendar, presence_share: float
) -> Sums:
    """Sum over the items of one cut; periods whose items have no topics are left out."""
    mixtures = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == count)
    cut = source.scan(TOPICS, dataset).filter(pl.col("topic_count") == count)
    ranked = answer(cut.select("rank", "topic_id").sort("rank"))["topic_id"].to_list()
    chosen = mixtures.select("item_id", "topics", "shares")
    n_items = answer(mixtures.select(pl.len())).item()
    parts = [
        answer(sum_shares(chosen.filter(within), calendar.members.filter(within), presence_share))
        for within in _blocks(n_items)
    ]
    return _without_empty(as_sums(pl.concat(parts), ranked, calendar.periods["place"]))


def _blocks(n_items: int) -> Iterator[pl.Expr]:
    """Cut the items into even ranges of their ids."""
    n_blocks = max(1, -(-n_items // BLOCK_ITEMS))
    bounds = [f"{16**ID_DIGITS * block // n_blocks:0{ID_DIGITS}x}" for block in range(1, n_blocks)]
    item_id = pl.col("item_id")
    for first, last in pairwise(["", *bounds, "~"]):  # "~" follows every hexadecimal digit
        yield (item_id >= first) & (item_id < last)


def _without_empty(sums: Sums) -> Sums:
    kept = np.flatnonzero(sums.sizes > 0)
    matrices = (each[:, kept] for each in (sums.totals, sums.squares, sums.present))
    return Sums(sums.topic_ids, sums.places[kept], sums.sizes[kept], *matrices)
