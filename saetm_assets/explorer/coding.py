"""What colours on the map stand for: a category of each item."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.layout.colours import colours_apart
from saetm_assets.explorer.topic_cut import Topic

COLOURS = 7  # of topics and groups; in map.css
NO_COLOUR = COLOURS  # of what has none of its own
FIRST_PERIOD, PERIODS = COLOURS + 1, 7  # colours of periods, from early to late
MOST_GROUPS = 200  # listed; items of the others have no category
NONE = 65_535  # code of an item without category


@dataclass(frozen=True, slots=True)
class Category:
    """What items of one colour have in common."""

    name: str  # in an address: topic_id, group, or number of the period
    label: str
    count: int  # items on the map
    colour: int


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """The category of each item."""

    codes: NDArray[np.uint16]  # (N,) position in `categories`, or NONE
    categories: tuple[Category, ...]


def by_topic(
    largest: NDArray[np.integer],
    topics: Sequence[Topic],
    centres: Sequence[tuple[float, float]],
) -> Coding:
    """Colour topics so that those with the same colour lie far apart.

    Args:
        largest: (N,) position of the largest topic of each item, -1 for none.
        topics: (T,) in the order of a cut.
        centres: (T,) where they are on the map.
    """
    counts = np.bincount(largest[largest >= 0], minlength=len(topics)).tolist()
    colours = colours_apart(centres, COLOURS).tolist()
    categories = [
        Category(topic.topic_id, topic.label, count, colour)
        for topic, count, colour in zip(topics, counts, colours, strict=True)
    ]
    return _coding(largest, categories)


def by_group(groups: pl.Series) -> Coding:
    """Colour the largest groups; null is none."""
    counts = groups.rename("group").drop_nulls().value_counts(name="count")
    shown = counts.sort("count", "group", descending=[True, False]).head(MOST_GROUPS)
    order = {group: code for code, group in enumerate(shown["group"])}
    codes = groups.replace_strict(order, default=None, return_dtype=pl.Int32).fill_null(-1)
    categories = [
        Category(group, group, count, min(code, NO_COLOUR))
        for code, (group, count) in enumerate(shown.iter_rows())
    ]
    return _coding(codes.to_numpy(), categories)


def by_period(times: pl.Series) -> Coding:
    """Cut time into periods of about equally many items, early to late; null is none.

    Items of one instant belong to the same period, so there may be fewer periods.
    """
    known = times.rename("time").drop_nulls().sort()
    firsts = {len(known) * period // PERIODS for period in range(PERIODS)} if len(known) else ()
    starts = known.gather(sorted(firsts)).unique().sort()
    found = starts.search_sorted(times, side="right").cast(pl.Int32) - 1
    codes = pl.select(pl.when(times.is_null()).then(-1).otherwise(found))[:, 0]
    spans = pl.DataFrame({"time": times, "code": codes}).filter(pl.col("code") >= 0)
    rows = spans.group_by("code").agg(
        first=pl.col("time").min(), last=pl.col("time").max(), count=pl.len()
    )
    colours = np.linspace(0, PERIODS - 1, rows.height).round().astype(int) + FIRST_PERIOD
    categories = [
        Category(str(code), f"{first:%Y-%m-%d} to {last:%Y-%m-%d}", count, int(colour))
        for (code, first, last, count), colour in zip(
            rows.sort("code").iter_rows(), colours, strict=True
        )
    ]
    return _coding(codes.to_numpy(), categories)


def _coding(labels: NDArray[np.integer], categories: Sequence[Category]) -> Coding:
    return Coding(np.where(labels < 0, NONE, labels).astype("<u2"), tuple(categories))
