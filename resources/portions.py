"""Owed rows in portions: keys that are handed out, and rows that are read where they are needed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from saetm.rows import IDENTITY

Work = Callable[[pl.DataFrame], pl.DataFrame]
Opening = Callable[[], Work]


@dataclass(frozen=True)
class Owed:
    """Rows that are owed, by their keys, and where they are to be read from."""

    wanted: pl.LazyFrame  # item_id, input_hash and what the work reads; can be pickled
    keys: pl.DataFrame  # item_id and input_hash, by item_id
    batch: int  # rows of a portion

    def portions(self) -> Iterator[pl.DataFrame]:
        """Cut the keys into portions."""
        return self.keys.iter_slices(self.batch)

    def read(self) -> Iterator[pl.DataFrame]:
        """Read the rows of one portion after the other."""
        return (read_portion(self.wanted, keys) for keys in self.portions())


def read_portion(wanted: pl.LazyFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Read the wanted rows of some keys, in the order of item_id.

    Row work commits in the order of item_id, so a file of the lake holds a narrow span of them,
    and the span of a portion leaves the statistics of most files out.

    Args:
        wanted: frame with item_id, input_hash and anything else.
        keys: item_id and input_hash, at least one row, by item_id.
    """
    span = pl.col("item_id").is_between(pl.lit(keys["item_id"][0]), pl.lit(keys["item_id"][-1]))
    near = wanted.filter(span)
    return near.join(keys.lazy(), on=IDENTITY, how="semi").sort("item_id").collect()
