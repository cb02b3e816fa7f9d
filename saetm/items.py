"""What identifies an item, and the small facts that may come with it."""

import hashlib
import json
import math
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_YEAR_MONTH = re.compile(r"(\d{4})-(\d{2})")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
_COMPACT_DATE = re.compile(r"\d{8}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9999  # a number up to here is a year, beyond it seconds since 1970


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person may say about an item beside its content."""

    caption: str | None = None  # words that came with an image
    timestamp: datetime | None = None  # UTC
    group: str | None = None  # a source, an author, a category
    url: str | None = None
    embedding: bytes | None = None  # little-endian float32, one vector

    def digest(self, *more: str) -> str:
        """Hash the facts, and `more`, so that a changed one is noticed; 32 hex digits."""
        moment = self.timestamp and self.timestamp.isoformat()
        words = json.dumps([self.caption, moment, self.group, self.url, *more])
        digest = hashlib.blake2b(words.encode(), digest_size=16)
        digest.update(self.embedding or b"")
        return digest.hexdigest()


def content_id(content: bytes) -> str:
    """Name content by its blake2b-128 hash: the same bytes are the same item anywhere."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def normalise_text(text: str) -> str:
    r"""Bring a text to one form, so that its platform of origin does not change its id.

    Returns:
        The text in Unicode NFC with `\n` as the only line end; idempotent.

    Example:
        >>> normalise_text("cafe\u0301\r\nbar") == "caf\u00e9\nbar"
        True
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_unicode(text: str) -> bool:
    """Tell whether a string can be written as UTF-8: one with lone surrogates cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    try:
        return _instant(value).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{_short(value)} is not a date") from error


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
