from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saetm.dates import Span, parse_end, parse_span, parse_timestamp

INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001  zone is added
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-31", "2024-01-31T00:00:00+00:00"),
        ("2024-01-31T10:20:30Z", "2024-01-31T10:20:30+00:00"),
        ("2024-01-31 10:20:30.5+02:00", "2024-01-31T08:20:30.500000+00:00"),
        (" 2024-01 ", "2024-01-01T00:00:00+00:00"),
        ("1740", "1740-01-01T00:00:00+00:00"),
        (1740, "1740-01-01T00:00:00+00:00"),
        (1740.0, "1740-01-01T00:00:00+00:00"),
        ("20240131", "2024-01-31T00:00:00+00:00"),
        (20240131, "2024-01-31T00:00:00+00:00"),
        (99999999, "1973-03-03T09:46:39+00:00"),
        (1700000000, "2023-11-14T22:13:20+00:00"),
        ("1700000000.25", "2023-11-14T22:13:20.250000+00:00"),
        (-86400, "1969-12-31T00:00:00+00:00"),
        (date(1999, 12, 31), "1999-12-31T00:00:00+00:00"),
    ],
    ids=repr,
)
def test_dates_are_read_as_people_write_them(value, expected):
    assert parse_timestamp(value).isoformat() == expected


@pytest.mark.parametrize("value", [None, "", "  ", float("nan")], ids=repr)
def test_nothing_is_no_date_and_no_error(value):
    assert parse_timestamp(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "31.01.2024",
        "2024-13-01",
        "0",
        "12:30",
        0.5,
        1e300,
        float("inf"),
        True,
        [2024],
        b"1",
    ],
)
def test_what_is_no_date_is_refused_by_name(value):
    with pytest.raises(ValueError, match="is not a date"):
        parse_timestamp(value)


@given(INSTANTS, ZONES)
def test_an_instant_survives_its_iso_form_in_any_zone(instant, zone):
    moment = instant.replace(tzinfo=zone)

    assert parse_timestamp(moment.isoformat()) == moment
    assert parse_timestamp(moment).tzinfo is UTC


@given(st.integers(100_000_000, 253_402_300_799))
def test_seconds_mean_the_same_as_number_and_as_text(seconds):
    assert parse_timestamp(seconds) == parse_timestamp(str(seconds))
    assert parse_timestamp(seconds).timestamp() == seconds


@given(st.text(max_size=20) | st.integers() | st.floats() | st.lists(st.integers(), max_size=2))
def test_anything_is_a_date_nothing_or_a_value_error(value):
    try:
        moment = parse_timestamp(value)
    except ValueError:
        return

    assert moment is None or moment.tzinfo is UTC


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("1790-1805", 1790, 1806),
        ("1790/1805", 1790, 1806),
        (" 1790 - 1805 ", 1790, 1806),
        ("1790\u20131805", 1790, 1806),
        ("1790..1805", 1790, 1806),
        ("1790-92", 1790, 1793),
        ("1790 to 1805", 1790, 1806),
        ("between 1790 and 1805", 1790, 1806),
        ("From 1790 until 1805", 1790, 1806),
        ("ca. 1850", 1845, 1856),
        ("c.1850", 1845, 1856),
        ("circa 1850", 1845, 1856),
        ("1850~", 1845, 1856),
        ("ca. 1850-1860", 1845, 1861),
        ("1850s", 1850, 1860),
        ("the 1850's", 1850, 1860),
        ("185x", 1850, 1860),
        ("1850s-1870s", 1850, 1880),
        ("late 1850s", 1857, 1860),
        ("1800s", 1800, 1900),
        ("18xx", 1800, 1900),
        ("19th century", 1800, 1900),
        ("the 1st century", 1, 100),
        ("early 19th century", 1800, 1833),
        ("mid-19th century", 1833, 1867),
        ("18th to 19th century", None, None),
        ("18th century to 19th century", 1700, 1900),
    ],
)
def test_ranges_are_read_as_people_write_them(text, first, end):
    if first is None:
        with pytest.raises(ValueError, match="is not a date"):
            parse_span(text)
    else:
        assert parse_span(text) == Span(year(first), year(end))


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("1850-03/1851-02", "1850-03-01", "1851-03-01"),
        ("1850-12-30/1851-12-31", "1850-12-30", "1852-01-01"),
        ("1850-11 to 1850-12", "1850-11-01", "1851-01-01"),
        ("2001-02-03T04:00Z/2001-02-03T05:30Z", "2001-02-03T04:00", "2001-02-03T05:30"),
        ("ca. 1850-03", "1850-03-01", "1850-04-01"),
    ],
)
def test_ranges_of_months_days_and_hours(text, first, end):
    ends = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (first, end))
    assert parse_span(text) == Span(*ends)


@pytest.mark.parametrize(
    "text",
    ["1805-1790", "1790-", "/1790", "1790/..", "05/1990", "1990/05", "12/05/1990", "ca. soon",
     "0s", "late", "9999s", "1790-1805-1810", "early 1850", "21 people", "9995-9999"],
)  # fmt: skip
def test_what_is_no_range_is_refused_by_name(text):
    with pytest.raises(ValueError, match="is not a date"):
        parse_span(text)


DAYS = st.dates(date(1, 1, 1), date(9998, 12, 30))
JOINTS = st.sampled_from(["/", " - ", " to ", "..", " \u2013 "])


@given(DAYS, DAYS, JOINTS)
def test_two_days_are_read_back_both_included(one, other, joint):
    first, last = sorted((one, other))

    span = parse_span(f"{first.isoformat()}{joint}{last.isoformat()}")

    assert span.first.date() == first
    assert span.end.date() == last + timedelta(days=1)


@given(st.integers(100, 9990), st.integers(1, 8))
def test_years_are_read_back_both_included(first, more):
    assert parse_span(f"{first}-{first + more}") == Span(year(first), year(first + more + 1))


@given(st.integers(10, 998))
def test_a_decade_has_ten_years(decade):
    if decade % 10:
        assert parse_span(f"{decade}0s") == Span(year(decade * 10), year(decade * 10 + 10))


@given(INSTANTS.map(lambda at: at.isoformat()) | st.integers(1, 9999) | DAYS)
def test_what_is_one_date_is_read_as_before(value):
    assert parse_span(value) == Span(parse_timestamp(value))


WRITTEN = st.text(st.sampled_from("0123456789-/. scaxthentury~'?"), max_size=24)


@given(WRITTEN | st.text(max_size=20) | st.floats() | st.integers() | st.binary(max_size=3))
@example("9999-9999")
@example("0 century")
@example("99th century")
def test_anything_is_a_span_nothing_or_a_value_error(value):
    for parse in (parse_span, parse_end):
        try:
            found = parse(value)
        except ValueError as error:
            assert "is not a date" in str(error)  # noqa: PT017  either is right
        else:
            if isinstance(found, Span) and found.end is not None:
                assert found.first < found.end


@pytest.mark.parametrize(
    ("value", "end"),
    [
        (1805, "1806-01-01"),
        ("1805", "1806-01-01"),
        ("1805-12", "1806-01-01"),
        ("1805-02", "1805-03-01"),
        ("1805-02-28", "1805-03-01"),
        (date(1805, 2, 28), "1805-03-01"),
        ("18050228", "1805-03-01"),
        ("1800s", "1900-01-01"),
        (datetime(1805, 2, 28, 12, tzinfo=UTC), "1805-02-28T12:00"),
        ("1805-02-28T12:00Z", "1805-02-28T12:00"),
    ],
    ids=repr,
)
def test_an_end_includes_what_it_names(value, end):
    assert parse_end(value) == datetime.fromisoformat(end).replace(tzinfo=UTC)
