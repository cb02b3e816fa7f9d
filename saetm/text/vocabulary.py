"""The vocabulary of a dataset, and its items as counts over it."""

import numpy as np
import polars as pl
from scipy import sparse

from saetm.errors import ContractError
from saetm.text.config import VocabularyConfig

FULL_FLOOR = 5  # items that must hold a word, from 1,000 items on (the authors' code: min_df 5)


def choose_vocabulary(bags: pl.LazyFrame, config: VocabularyConfig) -> pl.LazyFrame:
    """Choose the words that most items hold.

    Frequent words are kept by default: the emission step weighs a word by its inverse
    document frequency, so a word of more than 60 % of 5,000 items weighs less than a
    twelfth of a rare one, and dropping it would only hide what the items say.

    Args:
        bags: frame with words (List of String) and counts (List of Int32), each word once
            per item; one row per item.
        config: how many words, and how rare or frequent they may be.

    Returns:
        Frame with word_id (Int32, 0 to V - 1), word, document_frequency (Int32) and
        word_count (Int64), sorted by word_id: by document frequency from the highest, then
        by word. The order of the bags does not matter.
    """
    items = bags.select(pl.len().alias("n"))
    enough = pl.col("document_frequency") >= _floor(config)
    rare_enough = pl.col("document_frequency") <= config.max_document_share * pl.col("n")
    return (
        bags.select("words", "counts")
        .explode("words", "counts", empty_as_null=False)
        .group_by(pl.col("words").alias("word"))
        .agg(
            pl.len().cast(pl.Int32).alias("document_frequency"),
            pl.col("counts").cast(pl.Int64).sum().alias("word_count"),
        )
        .join(items, how="cross")
        .filter(enough & rare_enough)
        .sort("document_frequency", "word", descending=[True, False])
        .head(config.size)
        .with_row_index("word_id")
        .select(pl.col("word_id").cast(pl.Int32), "word", "document_frequency", "word_count")
    )


def count_matrix(bags: pl.DataFrame, vocabulary: pl.DataFrame) -> "sparse.csr_array[np.float64]":
    """Count the vocabulary's words in each item; all other words are left out.

    Args:
        bags: frame with words and counts, one row per item.
        vocabulary: frame with word_id (0 to V - 1, each once) and word.

    Returns:
        (N, V) counts with the bags' row order, column ids sorted within each row.

    Raises:
        ContractError: word_id is not 0 to V - 1.
    """
    ids = vocabulary["word_id"].sort().to_numpy()
    if not np.array_equal(ids, np.arange(len(ids))):
        raise ContractError(f"word_id must be 0 to {len(ids) - 1}, each once")
    entries = (
        bags.select("words", "counts")
        .with_row_index("row")
        .explode("words", "counts", empty_as_null=False)
        .join(vocabulary.select("word", "word_id"), left_on="words", right_on="word")
        .sort("row", "word_id")
    )
    per_row = np.bincount(entries["row"].to_numpy(), minlength=bags.height)
    offsets = np.concatenate([[0], np.cumsum(per_row)])
    counts = entries["counts"].to_numpy().astype(np.float64)
    columns = entries["word_id"].to_numpy()
    return sparse.csr_array((counts, columns, offsets), shape=(bags.height, vocabulary.height))


def _floor(config: VocabularyConfig) -> pl.Expr:
    """Items that must hold a word, for a column n of the number of items.

    Where it is not set: n / 200, but at least 2 and at most 5, so that a word of a single
    item says nothing about a theme; below 50 items every word counts.
    """
    if config.min_document_frequency is not None:
        return pl.lit(config.min_document_frequency)
    grown = (pl.col("n") // 200).clip(2, FULL_FLOOR)
    return pl.when(pl.col("n") < 50).then(1).otherwise(grown)
