"""Counts of features of tokens read as matrices, and which features topics are made of."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resources.token_features import token_autoencoder, token_dictionary
from resources.view import DatasetView
from saetm.bridge import lists_to_csr
from saetm.tables import ACTIVATIONS, FEATURE_COUNTS, FEATURE_DESCRIPTIONS
from saetm.tokens.filters import check_some_kept

if TYPE_CHECKING:
    from saetm.mechanistic.model import FeatureCorpus


def kept_features(view: DatasetView) -> NDArray[np.bool_]:
    """Tell (F,) of which features of tokens topics are made.

    Raises:
        InputError: no language model reads the items, or no feature is left.
    """
    size = token_autoencoder(view)["dictionary_size"]
    described = view.scan(FEATURE_DESCRIPTIONS).select("feature", "is_kept", "reason").collect()
    check_some_kept(described, view.dataset)
    is_kept = np.zeros(size, dtype=bool)
    is_kept[described.filter("is_kept")["feature"].to_numpy()] = True
    return is_kept


def feature_corpus(view: DatasetView) -> "FeatureCorpus":
    """Read what mechanistic topic models see; rows are items, ascending by item_id."""
    from saetm.mechanistic.model import FeatureCorpus

    kept = np.flatnonzero(kept_features(view))
    dictionary = token_dictionary(view)
    tokens = view.in_service(FEATURE_COUNTS).select("item_id", "tokens")
    rows = view.in_service(ACTIVATIONS).join(tokens, on="item_id").sort("item_id")
    frame = rows.select("features", "activations", "tokens").collect()
    counts = lists_to_csr(frame["features"], frame["activations"], n_columns=dictionary.n_features)
    return FeatureCorpus(
        counts=counts[:, kept].astype(np.float64),
        tokens=frame["tokens"].to_numpy().astype(np.int64),
        dictionary=dictionary.rows(kept),
    )
