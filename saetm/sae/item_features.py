"""Shares of features in items; without Torch, for whoever only reads codes."""

import numpy as np
from scipy import sparse


def item_features(activations: "sparse.csr_array[np.float32]") -> "sparse.csr_array[np.float32]":
    """Divide each row by its sum: theta, the share of each feature in an item.

    Args:
        activations: (N, K), no entry negative.

    Returns:
        (N, K) float32, rows sum to one; rows without an active feature stay zero.
    """
    counts = np.diff(activations.indptr)
    sums = np.asarray(activations.sum(axis=1, dtype=np.float64))
    shares = activations.data / np.repeat(sums, counts)
    return sparse.csr_array(
        (shares.astype(np.float32), activations.indices.copy(), activations.indptr.copy()),
        shape=activations.shape,
    )
