"""The map of a dataset as its page reads it: places, categories of items, regions of topics."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm_assets.explorer.coding import Coding, by_group, by_period, by_topic
from saetm_assets.explorer.piece import Piece
from saetm_assets.explorer.topic_cut import TopicCut

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.layout.regions import Region

Colouring = Literal["topic", "group", "time"]
COLOURINGS: tuple[Colouring, ...] = ("topic", "group", "time")
KEPT = 16  # cuts whose regions are kept
DIGITS = 3  # of places in outlines: a pixel of 2,000


@dataclass(frozen=True)
class Cuts:
    """The topics of a dataset at any number."""

    cut: Callable[[int], TopicCut]
    mixtures: Callable[[int], "sparse.csr_array[np.float64]"]  # (N, T) of items by `theta`


def items_on_map(
    places: pl.LazyFrame, items: pl.DataFrame, theta_items: pl.DataFrame
) -> pl.DataFrame:
    """Return item_id, x, y, group, timestamp and row of theta of all items on the map.

    Args:
        places: item_id, x and y.
        items: item_id, group and timestamp.
        theta_items: item_id of the rows of theta.
    """
    known = items.lazy().select("item_id", "group", "timestamp")
    theta = theta_items.lazy().select("item_id").with_row_index("theta")
    joined = places.join(known, on="item_id").join(theta, on="item_id", how="left")
    return joined.sort("item_id").collect()


class Atlas:
    """The map of a dataset; rows are items, ascending by item_id."""

    def __init__(self, version: str, items: pl.DataFrame, cuts: Cuts) -> None:
        """Take what the map is made of.

        Args:
            version: hash of all of it: what is derived from it may be kept under this name.
            items: of `items_on_map`.
            cuts: topics.
        """
        self.version, self.items = version, items
        self._cuts = cuts
        self.lock = RLock()
        self.regions = lru_cache(KEPT)(self._regions)
        self.coding = lru_cache(KEPT)(self._coding)
        self.outlines = lru_cache(KEPT)(self._outlines)

    @property
    def places(self) -> NDArray[np.float32]:
        """(N, 2) places of the items."""
        return self.items.select("x", "y").to_numpy()

    @Piece
    def colourings(self) -> tuple[Colouring, ...]:
        """What colours can stand for: groups and times where there are several."""
        several = {
            "topic": True,
            "group": self.items["group"].drop_nulls().n_unique() > 1,
            "time": self.items["timestamp"].drop_nulls().n_unique() > 1,
        }
        return tuple(name for name in COLOURINGS if several[name])

    def _coding(self, by: Colouring, count: int) -> Coding:
        if by == "group":
            return by_group(self.items["group"])
        if by == "time":
            return by_period(self.items["timestamp"])
        centres = [region.centre for region in self.regions(count)]
        return by_topic(self._largest(count), self._cuts.cut(count).topics, centres)

    def _regions(self, count: int) -> "Sequence[Region]":
        from saetm.layout.regions import regions

        return regions(self.places, self._largest(count), self._cuts.cut(count).count)

    def _outlines(self, count: int) -> bytes:
        """Return the polygons of each region as JSON, each ring a list of places."""
        polygons = [
            [[np.round(ring, DIGITS).tolist() for ring in polygon] for polygon in region.polygons]
            for region in self.regions(count)
        ]
        return json.dumps(polygons, separators=(",", ":")).encode()

    def _largest(self, count: int) -> NDArray[np.int32]:
        """Return the (N,) largest topic of each item on the map, -1 for none."""
        from saetm.topics.mixtures import largest_topics

        of_theta = np.append(largest_topics(self._cuts.mixtures(count)), np.int32(-1))
        rows = self.items["theta"].cast(pl.Int64).fill_null(len(of_theta) - 1)
        return np.asarray(of_theta[rows.to_numpy()])
