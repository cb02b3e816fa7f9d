"""Where items lie in time: whole, in parts, or nowhere."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.dates import parse_span
from saetm.errors import InputError
from saetm.queries.placing import MOST_SPREAD, place_items
from saetm.trends.config import PERIODS
from saetm.trends.periods import first_instant, period_name, period_number

INSTANT = pl.Datetime("us", "UTC")
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9900, 1, 1)).map(  # noqa: DTZ001
    lambda instant: instant.replace(tzinfo=UTC)
)


def items(*dates, groups=None):
    spans = [parse_span(each) for each in dates]
    return pl.LazyFrame(
        {
            "item_id": [f"i{row}" for row in range(len(dates))],
            "timestamp": [span and span.first for span in spans],
            "timestamp_end": [span and span.end for span in spans],
            "group": groups or [None] * len(dates),
        },
        schema={
            "item_id": pl.String,
            "timestamp": INSTANT,
            "timestamp_end": INSTANT,
            "group": pl.String,
        },
    )


def weights(calendar):
    """Return the weight of each item in each period, by name."""
    named = calendar.members.join(calendar.periods.lazy(), on="place").collect()
    rows = named.sort("item_id", "place").select("item_id", "period", "weight").iter_rows()
    found = {}
    for item, period, weight in rows:
        found.setdefault(item, {})[period] = pytest.approx(weight, abs=1e-9)
    return found


@given(INSTANTS, st.sampled_from(PERIODS))
def test_an_instant_lies_in_the_period_that_begins_before_it(instant, per):
    at = pl.DataFrame({"at": [instant]}, schema={"at": INSTANT})
    number = at.select(period_number(pl.col("at"), per)).item()
    numbers = pl.DataFrame({"n": [number, number + 1]})
    first, after = numbers.select(first_instant(pl.col("n"), per))["n"]

    assert first <= instant < after
    again = pl.DataFrame({"at": [first]}, schema={"at": INSTANT})
    assert again.select(period_number(pl.col("at"), per)).item() == number
    assert period_name(number, per)


def test_a_date_lies_in_one_period_and_a_missing_one_in_none():
    calendar = place_items(items("1850", "1855-03", None), "decade")

    assert weights(calendar) == {"i0": {"1850s": 1.0}, "i1": {"1850s": 1.0}}
    assert (calendar.undated, calendar.ranged, calendar.vague) == (1, 0, 0)


def test_a_range_within_a_period_counts_there_wholly_and_one_over_several_in_parts():
    calendar = place_items(items("1851-1858", "1855/1864", "1850s"), "decade")

    halves = {"1850s": 1826 / 3653, "1860s": 1827 / 3653}  # days
    assert weights(calendar) == {"i0": {"1850s": 1.0}, "i1": halves, "i2": {"1850s": 1.0}}
    assert calendar.ranged == 3


@given(
    st.dates(date(1000, 1, 1), date(2000, 1, 1)),
    st.integers(1, 9000),
    st.sampled_from(["month", "quarter", "year", "decade", "century"]),
)
def test_the_parts_of_an_item_sum_to_one_or_it_is_left_out(first, days, per):
    last = first + timedelta(days=days)
    calendar = place_items(items(f"{first}/{last}"), per)
    parts = calendar.members.collect()["weight"]

    if calendar.vague:
        assert parts.is_empty()
        assert days > 27 * MOST_SPREAD
    else:
        assert parts.sum() == pytest.approx(1)
        assert parts.min() > 0


def test_a_range_that_is_too_long_says_nothing_and_is_counted():
    calendar = place_items(items("19th century", "1850-06-01"), "day")

    assert list(weights(calendar)) == ["i1"]
    assert (calendar.ranged, calendar.vague) == (1, 1)


def test_gaps_stay_gaps():
    calendar = place_items(items("1901", "1903", "1904"), "year")

    assert calendar.periods["period"].to_list() == ["1901", "1903", "1904"]
    assert calendar.periods["place"].diff().drop_nulls().to_list() == [2, 1]


def test_groups_are_eras_in_the_order_of_their_median_dates():
    groups = ["late", "early", "late", None, "early", "never", "early"]
    dated = items("1900", "1800", "1910", "1850", "1790-1811", None, None, groups=groups)

    calendar = place_items(dated, "group")

    assert calendar.periods["period"].to_list() == ["early", "late"]
    assert [each.year for each in calendar.periods["starts_at"]] == [1800, 1905]
    assert sorted(weights(calendar)) == ["i0", "i1", "i2", "i4", "i6"]  # i6 by its group
    assert calendar.undated == 2


def test_no_dates_no_periods():
    for per in ("auto", "year", "group"):
        calendar = place_items(items(None, None), per)
        assert calendar.periods.is_empty()
        assert calendar.undated == 2


def test_what_is_no_period_or_makes_too_many_is_refused():
    with pytest.raises(InputError, match="no period 'fortnight': auto, day"):
        place_items(items("1850"), "fortnight")
    days = (f"{date(1850, 1, 1) + timedelta(days=day)}" for day in range(5_001))
    with pytest.raises(InputError, match="5,001 periods of a day: choose a longer one"):
        place_items(items(*days), "day")
