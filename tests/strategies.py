"""Strategies and frames that several tests draw from."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
OFFSETS = st.lists(st.integers(0, 4), max_size=12).map(lambda sizes: np.cumsum([0, *sizes]))
FLOATS32 = st.floats(width=32, allow_nan=False)
ABSURD_NAMES = (
    "two words",
    "it's",
    "''; DROP TABLE items; --",
    'a"b',
    "a=b",
    "dataset=x",
    "100%",
    "%20",
    "%2F",
    "..",
    "back\\slash",
    "a,b;c&d?e#f",
    "*",
    "[a]",
    "{a}",
    "été",
    "海の写真",
    "🦊🦊",
    "null",
    "A",
    "a",
)
EXAMPLES = {
    pl.String(): ("it's 海 \\ % \"", ""),
    pl.Int32(): (2**31 - 1, -(2**31)),
    pl.Int64(): (2**63 - 1, -(2**63)),
    pl.Float32(): (1e-45, -3.4e38),
    pl.Float64(): (5e-324, float("inf")),
    pl.Boolean(): (True, False),
    pl.Binary(): (b"\x00\xff\x7f\x80", b""),
    pl.Datetime("us", "UTC"): (
        datetime(1900, 2, 3, 4, 5, 6, 7, UTC),
        datetime(2262, 1, 1, tzinfo=UTC),
    ),
    pl.List(pl.Int32()): ([3, -1], []),
    pl.List(pl.Float32()): ([0.1, -0.0], []),
    pl.List(pl.Float64()): ([0.1], []),
    pl.List(pl.String()): (["a", "", "it's"], []),
}


def matrices(*, min_rows=0):
    return st.tuples(st.integers(min_rows, 6), st.integers(1, 6)).flatmap(
        lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(width=32))
    )


@st.composite
def row_frames(draw, *, producers=("p", "q")):
    """Wanted and present rows: distinct items wanted, distinct (item, producer) present."""
    items, hashes = st.sampled_from("abcdef"), st.sampled_from("123")
    wanted = draw(st.dictionaries(items, hashes))
    present = draw(st.dictionaries(st.tuples(items, st.sampled_from(producers)), hashes))
    return wanted_frame(wanted), present_frame(present)


def wanted_frame(hash_of):
    schema = {"item_id": pl.String, "input_hash": pl.String}
    return pl.LazyFrame(list(hash_of.items()), schema=schema, orient="row")


def present_frame(hash_of):
    rows = [(item, producer, value) for (item, producer), value in hash_of.items()]
    schema = {"item_id": pl.String, "producer": pl.String, "input_hash": pl.String}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def example_rows(table, count, *, dataset="d"):
    """Build rows of a table, each value an extreme one; keys differ from row to row."""
    columns = {}
    for column in table.columns:
        values = [EXAMPLES[column.dtype][row % 2] for row in range(count)]
        if column.name in table.key and column.dtype == pl.String():
            values = [f"{value}{row}" for row, value in enumerate(values)]
        elif column.name in table.key and column.dtype != pl.Boolean():
            values = list(range(count))
        columns[column.name] = pl.Series(values, dtype=column.dtype)
    return pl.DataFrame(columns).with_columns(dataset=pl.lit(dataset))
