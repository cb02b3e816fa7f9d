"""Read the facts in a table's row; what cannot be read is left out with a remark."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
import polars as pl

from resources.inbox.reading import clean_text
from saetm.dates import Span, parse_end, parse_span
from saetm.errors import InputError
from saetm.items import Facts, is_unicode

T = TypeVar("T")


@dataclass
class FactReader:
    """Reads rows in the order of a dataset, whose first vector sets the length of all."""

    caption_columns: tuple[str, ...]  # where words about an image stand; the first filled one
    dimension: int | None = None

    def read(self, values: Mapping[str, object]) -> tuple[Facts, list[str]]:
        """Read caption, timestamps, group, url and embedding of one row.

        Returns:
            The facts that could be read, and one sentence for each that could not.
        """
        remarks: list[str] = []

        def keep(name: str, parse: Callable[[object], T]) -> T | None:
            value = values.get(name)
            if value is None or (isinstance(value, str) and not value.strip()):
                return None
            try:
                return parse(value)
            except (InputError, ValueError) as error:
                remarks.append(f"{name} {error}; kept without")
                return None

        when, remark = _until(keep("timestamp", parse_span), keep("timestamp_end", parse_end))
        remarks += remark
        captions = (keep(name, clean_text) for name in self.caption_columns)
        facts = Facts(
            caption=next((caption for caption in captions if caption), None),
            timestamp=when.first if when else None,
            timestamp_end=when.end if when else None,
            group=keep("group", _word),
            url=keep("url", _word),
            embedding=keep("embedding", self._vector),
        )
        return facts, remarks

    def _vector(self, value: object) -> bytes:
        vector = _numbers(value)
        self.dimension = self.dimension or vector.size
        if vector.size != self.dimension:
            raise ValueError(f"has {vector.size} numbers where the first one has {self.dimension}")
        return vector.tobytes()


def _until(when: Span | None, end: datetime | None) -> tuple[Span | None, list[str]]:
    """Let a span last until an end that is given beside it; also say why it cannot."""
    if end is None:
        return when, []
    if when is None:
        return None, ["timestamp_end stands without a timestamp; kept without"]
    if end < when.first:
        return when, ["timestamp_end lies before the timestamp; kept without"]
    return Span(when.first, end if end > when.first else None), []


def _numbers(value: object) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Read a vector of at least one finite number from a list, a series or JSON."""
    try:
        value = json.loads(value) if isinstance(value, str) else value
        raw = value.to_numpy() if isinstance(value, pl.Series) else np.asarray(value)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ValueError("is not a plain list of numbers") from error
    if raw.ndim != 1 or not raw.size or raw.dtype.kind not in "fiu":
        raise ValueError("is not a plain list of numbers")
    with np.errstate(over="ignore"):
        vector = raw.astype("<f4")
    if not np.isfinite(vector).all():
        raise ValueError("holds a number that is not finite")
    return vector


def _word(value: object) -> str | None:
    """Write a single value as a word; None for a missing number."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if not isinstance(value, str | int | float):
        raise ValueError(f"is not a single value but {type(value).__name__}")  # noqa: TRY004  a fact, not an argument
    word = str(value).strip()
    if not is_unicode(word):
        raise ValueError("is not valid UTF-8")
    return word
