"""Rows of `sae_checkpoints`: what is written of a training, and of a binding to a foundation."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from resources.foundations import Foundation
from saetm.tables.autoencoders import TOKENS

if TYPE_CHECKING:
    from saetm.sae.train import Training
    from saetm.sae.weights import Weights

TRAINED = "trained"
MOST_ROWS = 2**31 - 1  # that the table can say

Row = dict[str, Any]


def trained(training: "Training") -> Row:
    """Describe an autoencoder that was trained on the dataset itself."""
    return {
        **_weights(training.weights),
        "origin": TRAINED,
        "training_item_count": training.n_training,
        "heldout_item_count": training.n_heldout,
        "variance_explained": training.variance_explained,
        "l0": training.l0,
        "dead_share": training.dead_share,
        "curve_step": [point.number for point in training.curve],
        "curve_variance_explained": [point.variance_explained for point in training.curve],
        "centre": _bytes(training.centre),
    }


def bound(
    foundation: Foundation, weights: "Weights", vectors: NDArray[np.float32], *, device: str
) -> Row:
    """Describe a foundation by what it does for the vectors of a dataset, all of them unseen.

    Args:
        foundation: the promotion.
        weights: its autoencoder.
        vectors: (N, D) embeddings of the dataset, N at least 1.
        device: where to encode, as Torch names it.
    """
    return {
        **_weights(weights),
        "origin": f"foundation, {foundation.source}",
        "training_item_count": foundation.training_item_count,
        "heldout_item_count": len(vectors),
        **_measured(weights, vectors, device=device),
    }


def shared(theirs: Row, weights: "Weights", vectors: NDArray[np.float32], *, device: str) -> Row:
    """Describe the autoencoder of a union's members by what it does for all of their vectors.

    Args:
        theirs: row of a member.
        weights: its autoencoder.
        vectors: (N, D) embeddings of the union, N at least 1.
        device: where to encode, as Torch names it.
    """
    return {
        **_weights(weights),
        "origin": "of its members",
        "training_item_count": theirs["training_item_count"],
        "heldout_item_count": theirs["heldout_item_count"],
        **_measured(weights, vectors, device=device),
    }


def of_tokens(theirs: Row) -> Row:
    """Describe an autoencoder of token states as the one that a dataset is bound to.

    Args:
        theirs: row of `token_autoencoders`.
    """
    same = ("sae_id", "dictionary_size", "active_features", "decoder_bias")
    measured = ("variance_explained", "l0", "dead_share")
    return {
        **{name: theirs[name] for name in (*same, *measured)},
        "origin": f"tokens, {theirs['origin']}",
        "kind": TOKENS,
        "encoder": theirs["producer"],
        "dimension": theirs["width"],
        "threshold": 0.0,
        "training_item_count": min(theirs["token_count"], MOST_ROWS),
        "heldout_item_count": 0,
        "curve_step": [],
        "curve_variance_explained": [],
        "centre": None,
        "settings": theirs["settings"],
    }


def _measured(weights: "Weights", vectors: NDArray[np.float32], *, device: str) -> Row:
    """Say what an autoencoder that was trained elsewhere does for some vectors."""
    from saetm.sae.encode import encode
    from saetm.sae.explained import explained

    centre = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    codes = encode(vectors, weights, device=device)
    return {
        "variance_explained": explained(vectors, codes, weights, centre=centre).share,
        "l0": codes.nnz / len(vectors),
        "dead_share": 1.0 - len(np.unique(codes.indices)) / weights.dictionary_size,
        "curve_step": [],
        "curve_variance_explained": [],
        "centre": _bytes(centre),
    }


def _weights(weights: "Weights") -> Row:
    return {
        "sae_id": weights.sae_id,
        "kind": weights.kind,
        "dimension": weights.dimension,
        "dictionary_size": weights.dictionary_size,
        "active_features": weights.active_features,
        "threshold": weights.threshold,
        "decoder_bias": _bytes(weights.decoder_bias),
    }


def _bytes(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()
