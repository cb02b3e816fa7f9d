"""Features in words and items, and items in features and topics, as frames to read."""

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import STORED_ITEMS, Material
from saetm.topics.config import TopicConfig
from saetm.topics.word_order import order_scores
from saetm.topics.words import top_words

_FEATURES_AT_ONCE = 512  # rows of dense words held at a time


def describe_features(material: Material, config: TopicConfig) -> pl.DataFrame:
    """Describe every feature by its words and items.

    Args:
        material: what topics are read from.
        config: order and number of words, as for topics.

    Returns:
        One row per feature in the order of ids: feature, weight (mean share over the items),
        item_count (items for which it is active), words and items (row numbers of the items
        with the largest shares); both lists are empty for a feature that is never active.
    """
    active = np.flatnonzero(material.item_counts)
    described = feature_words(material, active, config).join(
        _best_items(material), on="feature", how="left", maintain_order="left"
    )
    every = pl.DataFrame(
        {
            "feature": np.arange(len(material.weights), dtype=np.int32),
            "weight": material.weights,
            "item_count": material.item_counts,
        }
    ).join(described, on="feature", how="left", maintain_order="left")
    return every.with_columns(pl.col("words", "items").fill_null([]))


def feature_words(
    material: Material, features: NDArray[np.integer], config: TopicConfig
) -> pl.DataFrame:
    """Return a row of feature (Int32) and words (List of String) for each of the features."""
    blocks = np.split(features, np.arange(_FEATURES_AT_ONCE, len(features), _FEATURES_AT_ONCE))
    words = [words for block in blocks for words in _words(material, block, config)]
    columns = {"feature": features.astype(np.int32), "words": words}
    return pl.DataFrame(columns, schema={"feature": pl.Int32, "words": pl.List(pl.String)})


def explain_items(
    shares: "sparse.csr_array[np.floating]", column: str, words: pl.DataFrame
) -> pl.DataFrame:
    """Tell what items are made of, in words.

    Args:
        shares: (N, C) of features or topics in items.
        column: what the C columns are: "feature" or "topic".
        words: rows with `column` (Int32) and whatever is to be told of it.

    Returns:
        One row per share that is not zero: row (of the item), `column`, share and what `words`
        tells; items in their order, largest share first.
    """
    pairs = sparse.coo_array(shares)
    told = pl.DataFrame(
        {
            "row": pairs.coords[0].astype(np.int64),
            column: pairs.coords[1].astype(np.int32),
            "share": pairs.data.astype(np.float32),
        }
    )
    ordered = told.sort("row", "share", column, descending=[False, True, False])
    return ordered.join(words, on=column, how="left", maintain_order="left")


def _words(
    material: Material, features: NDArray[np.integer], config: TopicConfig
) -> list[list[str]]:
    """Return the best words of each feature, as of a topic of that feature alone."""
    emissions = replace(
        material.emissions,
        words=material.emissions.words[features],
        prior_share=material.emissions.prior_share[features],
    )
    alone = np.ones(len(features)), np.arange(len(features))
    scores = order_scores(emissions, *alone, material.word_vectors, config.word_order)
    best = top_words(scores, config.stored_words)
    return [[material.words[word] for word in row] for row in best]


def _best_items(material: Material) -> pl.DataFrame:
    """Return feature and items, for the features that are active; equal shares in item order."""
    pairs = sparse.coo_array(material.shares)
    items, features = pairs.coords
    told = pl.DataFrame(
        {
            "feature": features.astype(np.int32),
            "share": pairs.data,
            "item": items,
            "items": np.array(material.item_ids, dtype=np.int64)[items],
        }
    )
    best = told.sort("feature", "share", "item", descending=[False, True, False])
    return best.group_by("feature", maintain_order=True).agg(pl.col("items").head(STORED_ITEMS))
