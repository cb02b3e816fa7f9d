"""Shares of topics in periods, with intervals."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Z = 1.959963984540054  # standard normal quantile at 97.5 %
LEAST = 1e-6  # dispersion of a topic that has the same share in all items

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over the items of P periods, for T topics. Items count by their weights."""

    topic_ids: list[str]  # (T,)
    places: NDArray[np.int64]  # (P,) ascending; numbers that are left out have no items
    sizes: Floats  # (P,) weights of the items
    totals: Floats  # (T, P) of shares
    squares: Floats  # (T, P) of squared shares
    present: Floats  # (T, P) weights of the items in which the topic is present


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """(T, P) shares with their 95 % intervals."""

    share: Floats
    low: Floats
    high: Floats
    prevalence: Floats  # weight of items in which the topic is present


def sum_shares(
    mixtures: pl.LazyFrame, members: pl.LazyFrame, presence_share: float
) -> pl.LazyFrame:
    """Sum the shares of topics over the items of each period.

    Args:
        mixtures: item_id, topics and shares; each item once.
        members: item_id, place, weight.
        presence_share: share from which a topic is present in an item.

    Returns:
        topic_id, place, total, squares, present; null topic_id: items and their weight.
    """
    joined = mixtures.join(members, on="item_id").drop("item_id")
    sizes = joined.group_by("place").agg(total=pl.col("weight").sum())
    pairs = joined.explode("topics", "shares", empty_as_null=False)
    share, weight = pl.col("shares").cast(pl.Float64), pl.col("weight")
    sums = pairs.group_by("place", topic_id="topics").agg(
        total=(weight * share).sum(),
        squares=(weight * share**2).sum(),
        present=weight.filter(pl.col("shares") >= presence_share).sum(),
    )
    return pl.concat([sums, sizes], how="diagonal")


def as_sums(rows: pl.DataFrame, topic_ids: list[str], places: pl.Series) -> Sums:
    """Arrange sums, which may come in parts that add up, as matrices.

    Args:
        rows: of `sum_shares`.
        topic_ids: (T,) the topics to arrange.
        places: (P,) numbers of periods, ascending.
    """
    numbers = places.to_numpy()
    columns = rows.with_columns(column=places.search_sorted(rows["place"]).cast(pl.Int64))
    sizes = columns.filter(pl.col("topic_id").is_null())
    ranks = pl.DataFrame({"topic_id": topic_ids, "row": range(len(topic_ids))})
    cells = columns.join(ranks, on="topic_id")
    shape = (len(topic_ids), len(numbers))
    where = (cells["row"] * max(shape[1], 1) + cells["column"]).to_numpy()

    def matrix(name: str) -> Floats:
        values = cells[name].to_numpy()
        sums: Floats = np.bincount(where, values, minlength=shape[0] * shape[1])  # type: ignore[assignment]  # weighted
        return sums.reshape(shape)

    weights: Floats = np.bincount(sizes["column"], sizes["total"], minlength=shape[1])  # type: ignore[assignment]  # weighted
    names = ("total", "squares", "present")
    return Sums(topic_ids, numbers, weights, *(matrix(name) for name in names))


def curves(sums: Sums) -> Curves:
    """Return shares with Wilson's intervals, as sure as so many weighted items allow.

    Shares are no coins: they vary less than heads and tails of the same mean would. The interval
    is Wilson's for `sizes / dispersion` coins, so that periods where the topic is nowhere, or that
    hold a single item, have one that means something.
    """
    share = sums.totals / np.maximum(sums.sizes, 1e-300)
    coins = sums.sizes / dispersion(sums)[:, None]
    middle = share + Z**2 / (2 * coins)
    half = Z * np.sqrt(np.maximum(share * (1 - share), 0) / coins + Z**2 / (4 * coins**2))
    whole = 1 + Z**2 / coins
    return Curves(
        share,
        np.clip((middle - half) / whole, 0, share),
        np.clip((middle + half) / whole, share, 1),
        sums.present / np.maximum(sums.sizes, 1e-300),
    )


def dispersion(sums: Sums) -> Floats:
    """Return (T,) the variance of shares within periods, beside that of coins of their means."""
    share = sums.totals / np.maximum(sums.sizes, 1e-300)
    within = (sums.squares - sums.sizes * share**2).sum(axis=1)
    coins = (sums.sizes * share * (1 - share)).sum(axis=1)
    told = coins > LEAST * sums.sizes.sum()  # nothing is, where all shares are 0 or 1
    found = np.divide(within, coins, out=np.ones_like(coins), where=told)
    return np.clip(found, LEAST, 1.0)
