"""Dates as people write them: instants, and ranges such as 1790-1805, ca. 1850 or 19th century."""

import math
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

CIRCA_YEARS = 5  # "ca. 1850" is 1845 to 1855
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9999  # a number up to here is a year, beyond it seconds since 1970
_MONTHS = 12

_ANY_CASE = re.IGNORECASE
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_COMPACT_DATE = re.compile(r"\d{8}")
_YEAR = re.compile(r"\d{3,4}")
_YEAR_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ABOUT = r"(?:ca?\.?|circa|about|around|approx\.?|~)\s*"
_CIRCA = re.compile(rf"{_ABOUT}(\d.*)|(\d[^~?]*)[~?]", _ANY_CASE)
_PART = re.compile(r"(early|mid|middle|late)[\s-]+(?:the\s+)?(.+)", _ANY_CASE)
_DECADE = re.compile(r"(?:the\s+)?(\d{2,3})0['\u2019]?s|(\d{3})x", _ANY_CASE)
_HUNDREDS = re.compile(r"(?:the\s+)?(\d{1,2})00['\u2019]?s|(\d{2})xx", _ANY_CASE)
_CENTURY = re.compile(
    r"(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)[\s-]+(?:century|cent\.?|c\.?)", _ANY_CASE
)
_BETWEEN = re.compile(r"(?:from|between)\s+", _ANY_CASE)
_TWO = re.compile(r"\s*(?:/|\.\.|\u2013|\u2014)\s*|\s+(?:-|to|and|until)\s+", _ANY_CASE)
_YEARS = re.compile(rf"((?:{_ABOUT})?\d{{3,4}}s?)-(\d{{3,4}}s?|1[3-9]|[2-9]\d)", _ANY_CASE)
_THIRDS = {"early": (0, 1), "mid": (1, 2), "middle": (1, 2), "late": (2, 3)}


@dataclass(frozen=True, slots=True)
class Span:
    """When something was: a date, or a range of them."""

    first: datetime  # UTC
    end: datetime | None = None  # UTC, the first instant after the range; None for a date


def parse_timestamp(value: object) -> datetime | None:
    """Read a date as people write it: ISO 8601, a bare year, or seconds since 1970.

    A number means the same whether it came as text or not: up to 9999 it is a year, eight
    digits that are a date (20240131) are that date, anything else is epoch seconds. Times
    without zone are taken for UTC.

    Returns:
        The instant in UTC; None where there is nothing to read (None, NaN, blank text).

    Raises:
        ValueError: there is something, and it is not a date between the years 1 and 9999.

    Example:
        >>> parse_timestamp("1740").isoformat()
        '1740-01-01T00:00:00+00:00'
    """
    if _is_nothing(value):
        return None
    try:
        return _instant(value).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{_short(value)} is not a date") from error


def parse_span(value: object) -> Span | None:
    """Read a date as `parse_timestamp` does, or a range of dates from text.

    Ranges: 1790-1805, 1790/1805, 1790-92, "1850-03 to 1851-02", "between 1790 and 1805", 1850s,
    185x, "late 1850s", 1800s and "19th century" (both are 1800 to 1899), "early 19th century" (a
    third of it), "ca. 1850" (1845 to 1855), ISO intervals. Both ends belong to a range.

    Returns:
        The span; None where there is nothing to read.

    Raises:
        ValueError: there is something, and it is neither a date nor a range of them.

    Example:
        >>> parse_span("1790-1805").end.year
        1806
    """
    try:
        first = parse_timestamp(value)
    except ValueError:
        if not isinstance(value, str):
            raise
        return _range(value)
    return None if first is None else Span(first)


def parse_end(value: object) -> datetime | None:
    """Read the last date of a range, and return the first instant after it.

    A year lasts until the next one, a day until the next day; a time of day is an end itself.

    Raises:
        ValueError: there is something, and it is not a date.

    Example:
        >>> parse_end("1805").year
        1806
    """
    span = parse_span(value)
    if span is None:
        return None
    if span.end is not None:
        return span.end
    try:
        return _after(value, span.first)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{_short(value)} is not a date before the year 9999") from error


def _is_nothing(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def _after(value: object, first: datetime) -> datetime:
    """Return the instant after a date that starts at `first`."""
    text = str(value).strip()
    if isinstance(value, str) and _YEAR_MONTH.fullmatch(text):
        return _month(first.year, first.month + 1)
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    if is_day or _DAY.fullmatch(text):
        return first + timedelta(days=1)
    if _NUMBER.fullmatch(text) and abs(float(text)) <= _LAST_YEAR:
        return _year(first.year + 1)
    if _COMPACT_DATE.fullmatch(text.removesuffix(".0")) and first == first.replace(
        hour=0, minute=0, second=0
    ):
        return first + timedelta(days=1)
    return first


def _range(value: str) -> Span:
    text = " ".join(value.split())
    try:
        first, end = _reach_of_two(_BETWEEN.sub("", text, count=1))
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{_short(value)} is not a date") from error
    if end <= first:
        raise ValueError(f"{_short(value)} is not a date: it ends before it begins")
    return Span(first, end)


def _reach_of_two(text: str) -> tuple[datetime, datetime]:
    years = _YEARS.fullmatch(text)
    parts = list(years.groups()) if years else _TWO.split(text)
    if len(parts) == 1:
        return _reach(text)
    first, last = parts
    return _reach(first)[0], _reach(_full(first, last))[1]


def _full(first: str, last: str) -> str:
    """Write out a year like the 92 of 1790-92; up to 12 it could be a month."""
    if not (_YEAR.fullmatch(first) and re.fullmatch(r"\d{2}", last)):
        return last
    if int(last) <= max(_MONTHS, int(first[-2:])):
        raise ValueError(last)
    return first[:-2] + last


def _reach(text: str) -> tuple[datetime, datetime]:
    """Return the first instant of what a text names, and the first one after it."""
    if part := _PART.fullmatch(text):
        return _third(*_years(part[2]), part[1].lower())
    if circa := _CIRCA.fullmatch(text):
        return _about((circa[1] or circa[2]).strip())
    if any(each.fullmatch(text) for each in (_HUNDREDS, _DECADE, _CENTURY)):
        first, years = _years(text)
        return _year(max(first, 1)), _year(first + years)
    if not re.match(r"\d{3}", text):
        raise ValueError(text)
    first_instant = _instant(text).astimezone(UTC)
    return first_instant, _after(text, first_instant)


def _about(text: str) -> tuple[datetime, datetime]:
    if not _YEAR.fullmatch(text):
        return _reach(text)
    return _year(int(text) - CIRCA_YEARS), _year(int(text) + CIRCA_YEARS + 1)


def _years(text: str) -> tuple[int, int]:
    """Return the first year of a decade or century, and how many there are."""
    if hundreds := _HUNDREDS.fullmatch(text):
        return int(hundreds[1] or hundreds[2]) * 100, 100
    if decade := _DECADE.fullmatch(text):
        return int(decade[1] or decade[2]) * 10, 10
    if century := _CENTURY.fullmatch(text):
        return (int(century[1]) - 1) * 100, 100
    raise ValueError(text)


def _third(first: int, years: int, part: str) -> tuple[datetime, datetime]:
    start, end = (round(years * third / 3) for third in _THIRDS[part])
    return _year(max(first + start, 1)), _year(first + end)


def _year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _month(year: int, month: int) -> datetime:
    return datetime(year + (month > _MONTHS), (month - 1) % _MONTHS + 1, 1, tzinfo=UTC)


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return _zoned(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(float(value))
    if isinstance(value, str):
        return _from_text(value.strip())
    raise ValueError(type(value).__name__)


def _from_text(text: str) -> datetime:
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    if month := _YEAR_MONTH.fullmatch(text):
        return datetime(int(month[1]), int(month[2]), 1, tzinfo=UTC)
    return _zoned(datetime.fromisoformat(text))


def _from_number(number: float) -> datetime:
    if 1 <= number <= _LAST_YEAR and number.is_integer():
        return datetime(int(number), 1, 1, tzinfo=UTC)
    if abs(number) <= _LAST_YEAR:
        raise ValueError(number)
    if number.is_integer() and _COMPACT_DATE.fullmatch(digits := str(int(number))):
        with suppress(ValueError):  # eight digits that are no date are seconds
            return _zoned(datetime.fromisoformat(digits))
    return _EPOCH + timedelta(seconds=number)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(value: object, length: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= length else text[: length - 3] + "..."
