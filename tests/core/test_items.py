from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.items import Facts, content_id, parse_timestamp

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


@given(st.binary(), st.binary())
def test_items_are_the_same_exactly_when_their_content_is(one, other):
    assert (content_id(one) == content_id(other)) == (one == other)


def test_every_fact_and_its_place_counts_in_the_digest():
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    facts = [
        Facts(),
        Facts(caption="a"),
        Facts(group="a"),
        Facts(url="a"),
        Facts(timestamp=moment),
        Facts(embedding=b"abcd"),
    ]
    digests = {each.digest() for each in facts} | {Facts().digest("a"), Facts().digest("None")}

    assert len(digests) == 8
