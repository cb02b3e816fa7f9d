"""Bags: how often each word occurs in each item."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import polars as pl


def count_words(lemmas: Sequence[Sequence[str]]) -> pl.DataFrame:
    """Count the words of each item.

    A bag holds all words of its item, in the vocabulary or not: so bags are row work, and a
    new vocabulary does not touch them.

    Args:
        lemmas: one sequence of words per item; any of them may be empty.

    Returns:
        Frame with words (List of String) and counts (List of Int32), one row per item in the
        order given, both lists sorted by word; an item without words has empty lists.

    Example:
        >>> count_words([["sea", "boat", "sea"], []]).rows()
        [(['boat', 'sea'], [1, 2]), ([], [])]
    """
    items = np.arange(len(lemmas), dtype=np.uint32)
    lengths = np.array([len(words) for words in lemmas], dtype=np.int64)
    every = pl.Series("words", list(chain.from_iterable(lemmas)), dtype=pl.String)
    bags = (
        pl.DataFrame([pl.Series("row", np.repeat(items, lengths)), every])
        .group_by("row", "words")
        .agg(pl.len().cast(pl.Int32).alias("counts"))
        .sort("row", "words")
        .group_by("row", maintain_order=True)
        .agg("words", "counts")
    )
    rows = pl.DataFrame({"row": items}).join(bags, on="row", how="left", maintain_order="left")
    return rows.select(pl.col("words", "counts").fill_null([]))
