"""Words of topics within periods, from a fair sample of each period's items."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.bridge import list_series
from saetm.queries.answers import answer
from saetm.queries.source import Source, in_service
from saetm.queries.trend_sums import Trends
from saetm.tables import BAGS, MIXTURES, VOCABULARY
from saetm.trends.words import WordTeller

WORDS = 10  # per topic and period
PERIOD_ITEMS = 1_000  # of a period that are read, those of the lowest ids, which are hashes
READ_ITEMS = 150_000  # read at a time
KEYS = ["topic_count", "topic_id", "place"]


def with_words(source: Source, dataset: str, found: Trends) -> pl.DataFrame:
    """Return the rows of trends with the column words.

    Args:
        source: where to read.
        dataset: the dataset.
        found: its trends.
    """
    if found.rows.is_empty():
        return found.rows
    columns = found.rows.select("topic_count", "topic_id").unique(maintain_order=True)
    words = answer(source.scan(VOCABULARY, dataset).select("word", "word_id").sort("word_id"))
    teller = WordTeller(WORDS, words.height)
    reader = _Reader(source, dataset, columns.with_row_index("column"), words.lazy())
    places: list[int] = []
    ids: list[NDArray[np.int64]] = []
    for batch in _batches(_sampled(found.calendar.members)):
        for part in reader.read(batch):
            places.append(part.place)
            ids.extend(teller.tell(part.shares, part.counts, part.share_of_items))
    told = pl.DataFrame({"place": places}, schema={"place": pl.Int64}).join(columns, how="cross")
    named = told.with_columns(_named(ids, words["word"]))
    rows = found.rows.drop("words", strict=False).with_columns(pl.col("place").cast(pl.Int64))
    joined = rows.join(named, on=KEYS, how="left", maintain_order="left")
    empty = pl.lit([], dtype=pl.List(pl.String))
    return joined.with_columns(pl.col("words").fill_null(empty))


def _named(ids: list[NDArray[np.int64]], words: pl.Series) -> pl.Series:
    flat = words.gather(np.concatenate([*ids, np.empty(0, dtype=np.int64)])).to_list()
    ends = np.cumsum([0, *(len(each) for each in ids)])
    return list_series(flat, ends, dtype=pl.String()).alias("words")


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The sampled items of one period."""

    place: int
    shares: "sparse.csr_array[np.float64]"  # (n, T), times weights
    counts: "sparse.csr_array[np.float64]"  # (n, V), times weights
    share_of_items: float


def _sampled(members: pl.LazyFrame) -> pl.DataFrame:
    """Return place, item_id, weight and n, the items of its period, in the order of periods."""
    lowest = pl.col("item_id").bottom_k(PERIOD_ITEMS)
    chosen = members.group_by("place").agg(lowest, n=pl.len()).explode("item_id")
    rows = chosen.join(members, on=["place", "item_id"])
    return answer(rows.sort("place", "item_id"))


def _batches(sampled: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Take whole periods, about READ_ITEMS at a time."""
    before = pl.col("place").rle_id().alias("at")
    ends = sampled.with_row_index("row").with_columns(before)
    batch = (pl.col("row").max().over("at") // READ_ITEMS).alias("batch")
    yield from (
        ends.with_columns(batch)
        .drop("row", "at")
        .partition_by("batch", maintain_order=True, include_key=False)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """Reads the shares and words of sampled items."""

    source: Source
    dataset: str
    columns: pl.DataFrame  # column, topic_count, topic_id
    words: pl.LazyFrame  # word, word_id

    def read(self, batch: pl.DataFrame) -> Iterator[_Part]:
        """Yield the periods of a batch."""
        rows = batch.lazy().select("item_id", "weight").with_row_index("row")
        n_words = answer(self.words.select(pl.len())).item()
        shares = _matrix(self._shares(rows), (batch.height, self.columns.height))
        counts = _matrix(self._counts(rows), (batch.height, n_words))
        ends = np.flatnonzero(np.diff(batch["place"].to_numpy(), append=np.nan)) + 1
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            place, n_items = batch.row(start, named=True)["place"], batch["n"][int(start)]
            share_of_items = (end - start) / n_items
            yield _Part(place, shares[start:end], counts[start:end], float(share_of_items))

    def _shares(self, rows: pl.LazyFrame) -> pl.DataFrame:
        mixtures = self.source.scan(MIXTURES, self.dataset)
        held = mixtures.select("topic_count", "item_id", "topics", "shares")
        pairs = held.join(rows, on="item_id").explode("topics", "shares", empty_as_null=False)
        found = pairs.rename({"topics": "topic_id"}).join(
            self.columns.lazy(), on=["topic_count", "topic_id"]
        )
        value = pl.col("shares").cast(pl.Float64) * pl.col("weight")
        return answer(found.select("row", "column", value=value))

    def _counts(self, rows: pl.LazyFrame) -> pl.DataFrame:
        bags = in_service(self.source, BAGS, self.dataset).select("item_id", "words", "counts")
        pairs = bags.join(rows, on="item_id").explode("words", "counts", empty_as_null=False)
        found = pairs.join(self.words, left_on="words", right_on="word")
        value = pl.col("counts").cast(pl.Float64) * pl.col("weight")
        return answer(found.select("row", pl.col("word_id").alias("column"), value=value))


def _matrix(cells: pl.DataFrame, shape: tuple[int, int]) -> "sparse.csr_array[np.float64]":
    where = (cells["row"].to_numpy(), cells["column"].to_numpy())
    return sparse.csr_array((cells["value"].to_numpy(), where), shape=shape)
