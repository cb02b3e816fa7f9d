"""Where a question ends and its answer begins: the one place in which queries read.

Most queries hand a lazy frame on, and whoever asked collects it. Lineage follows one row to the
next, so that what it asks depends on what it was answered; so do trends, which need to know
how long a period is before they sum.
"""

from typing import Any

import polars as pl

Row = dict[str, Any]


def answer(frame: pl.LazyFrame) -> pl.DataFrame:
    """Return the answer to a query as a frame; what is large goes through in parts."""
    return frame.collect(engine="streaming")


def rows(frame: pl.LazyFrame) -> list[Row]:
    """Return the rows of a query, each with its columns by name."""
    return frame.collect().rows(named=True)


def first(frame: pl.LazyFrame) -> Row | None:
    """Return the first row of a query, if it has any."""
    found = rows(frame.head(1))
    return found[0] if found else None
