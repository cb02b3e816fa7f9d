"""Bags: how often each word occurs in each item."""

from collections.abc import Sequence

import polars as pl

_BAG = {"words": pl.List(pl.String), "counts": pl.List(pl.Int32)}


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
    items = pl.DataFrame(
        {"lemmas": [list(words) for words in lemmas]}, schema={"lemmas": pl.List(pl.String)}
    ).with_row_index("row")
    bags = (
        items.explode("lemmas", empty_as_null=False)
        .group_by("row", "lemmas")
        .agg(pl.len().alias("counts"))
        .sort("row", "lemmas")
        .group_by("row", maintain_order=True)
        .agg(pl.col("lemmas").alias("words"), "counts")
    )
    every = items.select("row").join(bags, on="row", how="left", maintain_order="left")
    return every.select(pl.col(name).fill_null([]).cast(kind) for name, kind in _BAG.items())
