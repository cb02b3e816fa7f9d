"""How the share of topics moves over time."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, get_args

import polars as pl

from saetm.errors import InputError
from saetm.queries.intervals import mean_shares
from saetm.queries.source import Source
from saetm.queries.topics import shares
from saetm.tables import ITEMS, MIXTURES

Period = Literal["day", "month", "year", "decade", "century"]
PERIODS: tuple[Period, ...] = get_args(Period)
WANTED = 12  # periods at least, where there are so many
YEARS = {"year": 1, "decade": 10, "century": 100}


def topic_trend(
    source: Source,
    dataset: str,
    k: int,
    topic_ids: Collection[str] | None = None,
    per: Period = "year",
) -> pl.LazyFrame:
    """Ask for the mean share of topics of a stored cut in the items of each period.

    Args:
        source: where to read.
        dataset: the dataset.
        k: how many topics the cut has.
        topic_ids: the topics that are asked about; None for all.
        per: how long a period is.

    Returns:
        One row per topic and period that has items: topic_id, period (its first instant; null
        for items without a date), item_count, share, standard_error, low and high, the 95 %
        interval of `saetm.queries.intervals`; by topic and then period.

    Raises:
        InputError: there is no such period.
    """
    mixed = source.scan(MIXTURES, dataset).filter(pl.col("topic_count") == k).select("item_id")
    dated = source.scan(ITEMS, dataset).select("item_id", period=period("timestamp", per))
    members = mixed.join(dated, on="item_id")
    asked = shares(source, dataset, k, topic_ids)
    return mean_shares(asked, members, "period").sort("topic_id", "period")


def fitting_period(first: datetime, last: datetime) -> Period:
    """Return the longest period of which an interval of time has a dozen; else days."""
    days = (last - first).days
    spans: dict[Period, int] = {"century": 36525, "decade": 3652, "year": 365, "month": 30}
    return next((each for each, span in spans.items() if days >= WANTED * span), "day")


def period(column: str, per: Period) -> pl.Expr:
    """Return the first instant of the period in which each instant of a column lies.

    Raises:
        InputError: there is no such period.
    """
    instant = pl.col(column)
    if per in YEARS:
        first = instant.dt.year() // YEARS[per] * YEARS[per]
        return pl.datetime(first, 1, 1, time_unit="us", time_zone="UTC")
    if per in PERIODS:
        return instant.dt.truncate("1mo" if per == "month" else "1d")
    raise InputError(f"there is no period {per!r}: {', '.join(PERIODS)}")
