"""What identifies an item, and the small facts that may come with it."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What a person may say about an item beside its content."""

    caption: str | None = None  # words that came with an image
    timestamp: datetime | None = None  # UTC
    timestamp_end: datetime | None = None  # UTC; the first instant after a range of dates
    group: str | None = None  # a source, an author, a category
    url: str | None = None
    embedding: bytes | None = None  # little-endian float32, one vector

    def digest(self, *more: str) -> str:
        """Hash the facts, and `more`, so that a changed one is noticed; 32 hex digits."""
        ends = (each.isoformat() for each in (self.timestamp, self.timestamp_end) if each)
        moment = "/".join(ends) or None
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
