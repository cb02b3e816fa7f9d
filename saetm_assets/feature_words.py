"""How many items each feature of tokens fires in, and which words set those items apart."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from resources.view import DatasetView
from saetm.bridge import lists_to_csr
from saetm.tables import FEATURE_COUNTS, VOCABULARY
from saetm_assets.matrices import word_counts

if TYPE_CHECKING:
    from scipy import sparse

BLOCK_ITEMS = 16_384
ID_DIGITS = 32  # of an item_id, which is a hash in hexadecimal: ids spread evenly


def item_shares(view: DatasetView, n_features: int) -> pl.Series:
    """Return the share of the items in which each feature fires, F numbers: `item_share`."""
    rows = view.in_service(FEATURE_COUNTS)
    n_items = rows.select(pl.len()).collect().item()
    fired = rows.select(feature=pl.col("features")).explode("feature", empty_as_null=False)
    counts = fired.group_by("feature").len().collect()
    shares = np.zeros(n_features)
    shares[counts["feature"].to_numpy()] = counts["len"].to_numpy() / max(n_items, 1)
    return pl.Series("item_share", shares)


def feature_words(view: DatasetView) -> pl.Series:
    """Return the words most specific to each feature, a list of F: `words`."""
    from saetm.tokens.specific import SpecificWords

    vocabulary = view.scan(VOCABULARY).sort("word_id").collect()["word"].to_list()
    tally: SpecificWords | None = None
    for within in _spans(view):
        items, counts = _feature_counts(view, within)
        tally = tally or SpecificWords(counts.shape[1], len(vocabulary))
        tally.add(counts, word_counts(view, items, within))
    found = tally.best() if tally is not None else []
    words = [[vocabulary[word] for word in row.tolist()] for row in found]
    return pl.Series("words", words, dtype=pl.List(pl.String))


def _spans(view: DatasetView) -> "list[pl.Expr]":
    """Cut the items into blocks by their ids."""
    n_items = view.in_service(FEATURE_COUNTS).select(pl.len()).collect().item()
    n_blocks = max(1, -(-n_items // BLOCK_ITEMS))
    bounds = [f"{16**ID_DIGITS * block // n_blocks:0{ID_DIGITS}x}" for block in range(n_blocks)]
    item_id = pl.col("item_id")
    return [
        (item_id >= first) & (item_id < last) for first, last in pairwise(["", *bounds[1:], "~"])
    ]


def _feature_counts(
    view: DatasetView, within: pl.Expr
) -> "tuple[list[str], sparse.csr_array[np.float32]]":
    from resources.token_features import token_autoencoder

    rows = view.in_service(FEATURE_COUNTS).filter(within).sort("item_id")
    frame = rows.select("item_id", "features", "counts").collect()
    size = token_autoencoder(view)["dictionary_size"]
    return frame["item_id"].to_list(), lists_to_csr(
        frame["features"], frame["counts"], n_columns=size
    )
