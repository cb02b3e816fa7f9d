"""Where the items of a feature lie, as far as the autoencoder explains them."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError

BLOCK_ITEMS = 100_000  # items held at a time, with a dense vector each


def item_directions(
    shares: "sparse.csr_array[np.floating]", decoder: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Average what the items of each feature are made of, over the rows of the decoder.

    An item lies where its features point, each by its share; a feature, at the mean of its
    items, each by the feature's share in it. So features that are active together are near,
    and those that point the same way are. A row of the decoder by itself tells less: features
    that are never active together, such as two words for one thing, divide a direction, and a
    rare one points at its few items.

    Args:
        shares: (N, K) shares of features in items.
        decoder: (K, D) direction of each feature.

    Returns:
        (K, D) means in the order of features; zero for a feature that no item activates.

    Raises:
        ContractError: shares and decoder differ in K.
    """
    n_items, n_features = shares.shape
    if len(decoder) != n_features:
        raise ContractError(f"{n_features} features have shares and {len(decoder)} a direction")
    sums = np.zeros(decoder.shape)
    for first in range(0, n_items, BLOCK_ITEMS):
        block = shares[first : first + BLOCK_ITEMS].astype(np.float64)
        sums += block.T @ (block @ decoder)
    totals = np.asarray(shares.sum(axis=0, dtype=np.float64))
    return sums / np.where(totals > 0, totals, 1.0)[:, None]
