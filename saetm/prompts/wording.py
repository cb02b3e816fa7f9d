"""Untrusted text made fit for one line: of a prompt, a label or a description."""

import unicodedata

_JOINERS = "\u200c\u200d"  # invisible, yet part of the spelling in Persian, Hindi and emoji
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}  # control, format (bidi overrides, tags), private, surrogate


def clean(text: str) -> str:
    """Return the text as one line: no control or invisible characters, single spaces.

    Invisible characters can carry instructions that a person does not see, turn the direction
    of a line, or, as lone surrogates, not be written as UTF-8 at all. Cleaning twice is
    cleaning once.
    """
    seen = "".join(c for c in text if c.isspace() or c in _JOINERS or _is_seen(c))
    return " ".join(seen.split())


def shorten(text: str, limit: int) -> str:
    """Return the cleaned text, cut before `limit` characters at a word boundary.

    Args:
        text: any text.
        limit: most characters of the result, the closing ellipsis included; at least 2.

    Returns:
        The whole text if it fits; otherwise its beginning with an ellipsis. A first word that
        is longer than the limit is cut inside.
    """
    line = clean(text)
    if len(line) <= limit:
        return line
    head = line[: limit - 1]
    whole_words = head.rpartition(" ")[0] if line[limit - 1] != " " else head
    return (whole_words or head).rstrip(" ,;:") + "…"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN
