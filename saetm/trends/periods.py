"""Periods of the calendar: where an instant lies, when a period begins, what it is called."""

from datetime import UTC, datetime, timedelta

import polars as pl

from saetm.errors import InputError
from saetm.trends.config import PERIODS, Period

WANTED = 12  # periods at least, where there are so many
YEARS = {"year": 1, "decade": 10, "century": 100}
MONTHS = {"month": 1, "quarter": 3}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fitting_period(first: datetime, last: datetime) -> Period:
    """Return the longest period of which an interval of time has a dozen; else days."""
    days = (last - first).days
    spans: dict[Period, int] = {"century": 36525, "decade": 3652, "year": 365, "month": 30}
    return next((each for each, span in spans.items() if days >= WANTED * span), "day")


def period_number(instant: pl.Expr, per: Period) -> pl.Expr:
    """Number the periods in which instants lie, so that each follows the one before by one.

    Raises:
        InputError: there is no such period.
    """
    year = instant.dt.year().cast(pl.Int64)
    if per in YEARS:
        return year // YEARS[per]
    if per in MONTHS:
        return (12 * year + instant.dt.month().cast(pl.Int64) - 1) // MONTHS[per]
    if per == "day":
        return instant.dt.truncate("1d").dt.epoch("s") // 86_400
    raise InputError(f"there is no period {per!r}: {', '.join(PERIODS)}")


def first_instant(number: pl.Expr, per: Period) -> pl.Expr:
    """Return when the periods of these numbers begin."""
    if per == "day":
        return (
            pl.from_epoch(number * 86_400, "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        )
    month = number * MONTHS[per] if per in MONTHS else number * (12 * YEARS[per])
    month = month.clip(12)  # there is no year 0
    return pl.datetime(month // 12, month % 12 + 1, 1, time_unit="us", time_zone="UTC")


def period_name(number: int, per: Period) -> str:
    """Say which period it is.

    Example:
        >>> [period_name(*each) for each in ((198, "decade"), (19, "century"), (7942, "quarter"))]
        ['1980s', '1900-1999', '1985 Q3']
    """
    if per == "day":
        return f"{_EPOCH + timedelta(days=number):%Y-%m-%d}"
    if per == "month":
        return f"{number // 12}-{number % 12 + 1:02d}"
    if per == "quarter":
        return f"{number // 4} Q{number % 4 + 1}"
    names = {
        "year": f"{number}",
        "decade": f"{10 * number}s",
        "century": f"{100 * number}-{100 * number + 99}",
    }
    return names[per]
