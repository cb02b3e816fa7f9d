"""Which periods items belong to, and how much of them, where dates may be ranges or missing."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import polars as pl

from saetm.errors import InputError
from saetm.queries.answers import answer
from saetm.trends.config import Period, Resolution, Unit
from saetm.trends.periods import first_instant, fitting_period, period_name, period_number

MOST_PERIODS = 5_000  # of a calendar: more are no curve
MOST_SPREAD = 25  # periods that a range may touch: a longer one says too little


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The periods of a dataset, and where its items lie in them.

    An item whose range of dates lies within a period counts there wholly; one that spans several
    is spread over them by how much of its range lies in each, as if any instant of it were as
    likely. So its weights sum to one.
    """

    unit: Unit
    members: pl.LazyFrame  # item_id, place, weight in (0, 1]; a row per item and period
    periods: pl.DataFrame  # place (ascending), period (its name), starts_at; those with items
    undated: int  # items without a date, or, where periods are groups, without a group
    ranged: int  # items whose date is a range
    vague: int  # of these, left out: they would touch more than MOST_SPREAD periods


def place_items(items: pl.LazyFrame, wanted: Resolution) -> Calendar:
    """Put items into periods.

    Args:
        items: item_id, timestamp, timestamp_end (exclusive; null for a date) and group.
        wanted: how long a period is; auto where the dates shall decide.

    Returns:
        The calendar; without periods where no item has a date.

    Raises:
        InputError: there is no such period, or there are more than MOST_PERIODS of them.
    """
    if wanted not in get_args(Resolution):
        raise InputError(f"there is no period {wanted!r}: {', '.join(get_args(Resolution))}")
    if wanted == "group":
        return _eras(items)
    ends = items.select(
        first=pl.col("timestamp").min(),
        last=pl.max_horizontal("timestamp", "timestamp_end").max(),
        undated=pl.col("timestamp").null_count(),
        ranged=pl.col("timestamp_end").is_not_null().sum(),
    )
    first, last, undated, ranged = answer(ends).row(0)
    unit: Period = _calendar_unit(wanted, first, last)
    reach = _reach(items, unit)
    spread = spread_items(reach, unit)
    numbers = answer(spread.select(pl.col("place").unique().sort()))["place"]
    vague = answer(reach.select((pl.col("end") - pl.col("place") > MOST_SPREAD).sum())).item()
    if len(numbers) > MOST_PERIODS:
        raise InputError(f"that is {len(numbers):,} periods of a {unit}: choose a longer one")
    named = pl.DataFrame({"place": numbers}).with_columns(
        period=pl.Series([period_name(number, unit) for number in numbers], dtype=pl.String),
        starts_at=first_instant(pl.col("place"), unit),
    )
    return Calendar(unit, spread, named, undated, ranged, vague)


def _calendar_unit(wanted: Resolution, first: datetime | None, last: datetime | None) -> Period:
    if wanted not in {"auto", "group"}:
        return wanted  # type: ignore[return-value]  # the other values are periods
    return fitting_period(first, last) if first and last else "year"


def _reach(items: pl.LazyFrame, unit: Period) -> pl.LazyFrame:
    """Return the dated items with the number of their first period, and that after their last."""
    last = pl.coalesce(pl.col("timestamp_end") - pl.duration(microseconds=1), "timestamp")
    return items.filter(pl.col("timestamp").is_not_null()).select(
        "item_id",
        "timestamp",
        "timestamp_end",
        place=period_number(pl.col("timestamp"), unit),
        end=period_number(last, unit) + 1,
    )


def spread_items(reach: pl.LazyFrame, unit: Period) -> pl.LazyFrame:
    """Spread items evenly over their range of dates.

    Args:
        reach: item_id, timestamp, timestamp_end, place and end, the number of the first period
            and of that after the last one.
        unit: how long a period is.

    Returns:
        item_id, place and weight; the weights of an item sum to one.
    """
    periods = pl.col("end") - pl.col("place")
    whole = reach.filter(periods == 1).select("item_id", "place", weight=pl.lit(1.0))
    several = reach.filter(periods.is_between(2, MOST_SPREAD))
    places = several.with_columns(place=pl.int_ranges("place", "end")).explode("place")
    begin, after = (first_instant(pl.col("place") + more, unit) for more in (0, 1))
    inside = pl.min_horizontal("timestamp_end", after) - pl.max_horizontal("timestamp", begin)
    length = pl.col("timestamp_end") - pl.col("timestamp")
    parts = places.with_columns(
        weight=inside.dt.total_microseconds() / length.dt.total_microseconds()
    )
    return pl.concat([whole, parts.select("item_id", "place", "weight")])


def _eras(items: pl.LazyFrame) -> Calendar:
    """Take groups as periods, ordered by the median date of their items."""
    middle = pl.col("timestamp") + (pl.col("timestamp_end") - pl.col("timestamp")) / 2
    date = pl.coalesce(middle, "timestamp")
    medians = items.group_by("group").agg(starts_at=date.median(), ranged=pl.len())
    known = medians.filter(pl.col("group").is_not_null(), pl.col("starts_at").is_not_null())
    ordered = answer(known.sort("starts_at", "group").with_row_index("place"))
    periods = ordered.select(
        pl.col("place").cast(pl.Int64),
        period="group",
        starts_at=pl.col("starts_at").cast(pl.Datetime("us", "UTC")),
    )
    placed = items.join(periods.lazy(), left_on="group", right_on="period", how="left")
    counts = placed.select(
        undated=pl.col("place").null_count(), ranged=pl.col("timestamp_end").is_not_null().sum()
    )
    undated, ranged = answer(counts).row(0)
    members = placed.filter(pl.col("place").is_not_null())
    whole = members.select("item_id", "place", weight=pl.lit(1.0))
    return Calendar("group", whole, periods, undated, ranged, 0)
