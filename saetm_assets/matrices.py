"""Tables read as matrices whose rows are items, always in ascending order of item_id."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.view import DatasetView
from saetm.bridge import lists_to_csr, series_to_vectors
from saetm.tables import (
    ACTIVATIONS,
    BAGS,
    EMBEDDINGS,
    EMISSION_MATRIX,
    MIXTURES,
    SAE_CHECKPOINTS,
    TOPICS,
    VOCABULARY,
    WORD_VECTORS,
)

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.cuts import Material

M = TypeVar("M")

ALL = pl.lit(True)  # noqa: FBT003  # a condition that every row meets


@dataclass(frozen=True)
class ItemMatrix(Generic[M]):
    """A matrix that never travels without the ids of its rows."""

    item_ids: list[str]  # (N,), ascending
    matrix: M  # (N, ...)


def item_vectors(view: DatasetView, *, most: int | None = None) -> ItemMatrix[NDArray[np.float32]]:
    """Read the (N, D) embeddings in service, of all items or of a fair sample.

    Args:
        view: the dataset.
        most: of the lowest ids, which are hashes, at most so many; None for all.
    """
    rows = view.in_service(EMBEDDINGS).select("item_id", "vector")
    if most is not None:
        ids = rows.select("item_id").sort("item_id").head(most)
        rows = rows.filter(
            pl.col("item_id") <= ids.select(pl.col("item_id").max()).collect().item()
        )
    frame = rows.sort("item_id").collect()
    return ItemMatrix(frame["item_id"].to_list(), series_to_vectors(frame["vector"]))


def shown_count(view: DatasetView, topic_count: int) -> int:
    """Return the largest stored cut of at most `topic_count` topics.

    A dataset with few features has fewer topics than were asked for.
    """
    stored = view.scan(TOPICS).select("topic_count").filter(pl.col("topic_count") <= topic_count)
    return int(stored.max().collect().item())


def item_ids(view: DatasetView) -> list[str]:
    """Read the ids of all items with a bag, ascending."""
    bags = view.in_service(BAGS).select("item_id").sort("item_id")
    return bags.collect()["item_id"].to_list()


def feature_shares(
    view: DatasetView, within: pl.Expr = ALL
) -> "ItemMatrix[sparse.csr_array[np.float32]]":
    """Read theta, (N, K): the share of each feature in each item, of all or of some items."""
    from saetm.sae.item_features import item_features

    rows = view.in_service(ACTIVATIONS).filter(within)
    frame = rows.select("item_id", "features", "activations").sort("item_id").collect()
    size = view.scan(SAE_CHECKPOINTS).select("dictionary_size").collect().item()
    matrix = lists_to_csr(frame["features"], frame["activations"], n_columns=size)
    return ItemMatrix(frame["item_id"].to_list(), item_features(matrix))


def word_counts(
    view: DatasetView, item_ids: list[str], within: pl.Expr = ALL
) -> "sparse.csr_array[np.float64]":
    """Read the (N, V) word counts of these items; an item without a bag has a row of zeros.

    Args:
        view: the dataset.
        item_ids: rows of the matrix.
        within: holds for all of these items, so that fewer bags need to be read.
    """
    from saetm.text.vocabulary import count_matrix

    order = pl.LazyFrame({"item_id": item_ids}, schema={"item_id": pl.String})
    bags = view.in_service(BAGS).filter(within).select("item_id", "words", "counts")
    rows = order.join(bags, on="item_id", how="left", maintain_order="left").with_columns(
        pl.col("words").fill_null(pl.lit([], dtype=pl.List(pl.String))),
        pl.col("counts").fill_null(pl.lit([], dtype=pl.List(pl.Int32))),
    )
    vocabulary = view.scan(VOCABULARY).sort("word_id").collect()
    return count_matrix(rows.collect(), vocabulary)


def word_totals(view: DatasetView, item_ids: list[str]) -> NDArray[np.float64]:
    """Count how often these items hold each of the (V,) words of the vocabulary."""
    items = pl.LazyFrame({"item_id": item_ids}, schema={"item_id": pl.String})
    bags = view.in_service(BAGS).join(items, on="item_id", how="semi").select("words", "counts")
    totals = (
        bags.explode("words", "counts").group_by("words").agg(pl.col("counts").cast(pl.Int64).sum())
    )
    words = view.scan(VOCABULARY).sort("word_id").select(words="word")
    ordered = words.join(totals, on="words", how="left", maintain_order="left").collect()
    return ordered["counts"].fill_null(0).cast(pl.Float64).to_numpy()


def topic_shares(
    view: DatasetView, topic_count: int, item_ids: list[str], topic_ids: list[str]
) -> "sparse.csr_array[np.float32]":
    """Read the (N, T) shares of the topics of a stored cut in these items.

    Args:
        view: the dataset.
        topic_count: K of the cut.
        item_ids: rows, ascending; one without topics has a row of zeros.
        topic_ids: columns.
    """
    from scipy import sparse

    rows = pl.LazyFrame({"item_id": item_ids}, schema={"item_id": pl.String}).with_row_index("row")
    columns = pl.LazyFrame({"topics": topic_ids}, schema={"topics": pl.String})
    cut = view.scan(MIXTURES).filter(pl.col("topic_count") == topic_count)
    pairs = cut.select("item_id", "topics", "shares").explode(
        "topics", "shares", empty_as_null=False
    )
    found = (
        pairs.join(rows, on="item_id")
        .join(columns.with_row_index("column"), on="topics")
        .select("row", "column", "shares")
        .collect()
    )
    row, column, values = (found[name].to_numpy() for name in found.columns)
    shape = (len(item_ids), len(topic_ids))
    return sparse.csr_array((values, (row.astype(np.int64), column.astype(np.int64))), shape=shape)


def topic_material(view: DatasetView) -> "Material":
    """Read everything that topics are read from."""
    from saetm.cuts import Material
    from saetm.emission.emissions import from_frame

    shares = feature_shares(view)
    matrix = view.scan(EMISSION_MATRIX).sort("feature").collect()
    vocabulary = view.scan(VOCABULARY).sort("word_id").collect()
    words = vocabulary["word"].to_list()
    counts = word_totals(view, shares.item_ids)
    return Material(
        sae_id=matrix["sae_id"][0],
        item_ids=shares.item_ids,
        shares=shares.matrix,
        weights=matrix["weight"].to_numpy(),
        item_counts=matrix["item_count"].to_numpy(),
        emissions=from_frame(matrix, unigram=counts / max(counts.sum(), 1.0)),
        words=words,
        word_vectors=word_space(view, words),
    )


def word_space(view: DatasetView, words: list[str]) -> NDArray[np.floating] | None:
    """Read the (V, E) vectors of words; None where features are merged by items alone."""
    rows = view.scan(WORD_VECTORS).select("word", "vector").collect()
    if rows.is_empty():
        return None
    order = pl.DataFrame({"word": words})
    return series_to_vectors(
        order.join(rows, on="word", how="left", maintain_order="left")["vector"]
    )
