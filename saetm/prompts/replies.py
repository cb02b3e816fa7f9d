"""A model's reply read as a JSON object, strictly."""

import json
import re

from saetm.errors import ReplyError
from saetm.prompts.questions import JSON
from saetm.prompts.wording import clean, shorten

_FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(.*?)\n?```\Z", re.DOTALL | re.IGNORECASE)
_QUOTED = 80  # characters of a bad reply that an error repeats


def parse_object(reply: str, fields: frozenset[str]) -> dict[str, JSON]:
    """Read a reply that must be one JSON object with exactly these fields.

    Args:
        reply: what the model wrote; one code fence around the object is allowed, no other text.
        fields: names that must be there, and no others.

    Raises:
        ReplyError: the reply is not such an object.
    """
    text = reply.strip()
    fenced = _FENCED.match(text)
    try:
        value = json.loads(fenced.group(1) if fenced else text)
    except (ValueError, RecursionError):
        raise ReplyError(f"the reply is not JSON: {shorten(reply, _QUOTED)!r}") from None
    if not isinstance(value, dict):
        raise ReplyError(f"the reply is not a JSON object: {shorten(reply, _QUOTED)!r}")
    if value.keys() != fields:
        found = shorten(", ".join(sorted(value)), _QUOTED) or "none"
        raise ReplyError(
            f"the reply must have the fields {', '.join(sorted(fields))}; it has {found}"
        )
    return value


def line_of(value: dict[str, JSON], field: str, limit: int) -> str:
    """Return a text field as one clean line of 1 to `limit` characters.

    Raises:
        ReplyError: the field is no text, says nothing, or is longer.
    """
    text = value[field]
    if not isinstance(text, str):
        raise ReplyError(f"the reply's {field} is not a text")
    line = clean(text)
    if not any(character.isalnum() for character in line):
        raise ReplyError(f"the reply's {field} is empty")
    if len(line) > limit:
        raise ReplyError(
            f"the reply's {field} has {len(line)} characters, at most {limit} are kept"
        )
    return line
