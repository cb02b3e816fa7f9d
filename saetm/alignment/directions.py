"""Where the topics of a dataset lie, seen from the middle of its items.

The vectors of images and of texts, even by one encoder of both, lie in two narrow cones that a
constant offset divides (Liang et al., "Mind the gap", NeurIPS 2022, section 2); differences within
one kind point the same way as within the other (Zhang et al., "Diagnosing and rectifying vision
models using language", ICLR 2023, section 3). So each dataset is centred by itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError

BLOCK_ITEMS = 100_000  # items held at a time in double precision


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """T topics of a dataset, and how its N items vary."""

    topics: NDArray[np.float64]
    """(T, D) of length one, from the middle of the items; zero for a topic that no item has."""
    scatter: NDArray[np.float64]
    """(D, D) covariance of the items."""


def topic_directions(
    shares: "sparse.csr_array[np.floating]", vectors: NDArray[np.floating]
) -> Directions:
    """Average the items of each topic, each by the topic's share in it, and centre that.

    Args:
        shares: (N, T) shares of topics in items.
        vectors: (N, D) embeddings of the items, of any length; only where they point counts.

    Raises:
        ContractError: shares and vectors differ in N, or there is no item.
    """
    n_items, n_topics = shares.shape
    if n_items != len(vectors) or not n_items:
        raise ContractError(f"{n_items} items have shares and {len(vectors)} have vectors")
    dimension = vectors.shape[1]
    sums, total = np.zeros((n_topics, dimension)), np.zeros(dimension)
    products = np.zeros((dimension, dimension))
    for first in range(0, n_items, BLOCK_ITEMS):
        block = _of_length_one(vectors[first : first + BLOCK_ITEMS].astype(np.float64))
        part = sparse.csr_array(shares[first : first + BLOCK_ITEMS].astype(np.float64).T)
        sums += np.asarray(part @ block)
        total += block.sum(axis=0)
        products += block.T @ block
    mean = total / n_items
    weights = np.asarray(shares.sum(axis=0, dtype=np.float64)).ravel()
    centred = sums - weights[:, None] * mean
    return Directions(_of_length_one(centred), products / n_items - np.outer(mean, mean))


def _of_length_one(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 1e-12, lengths, np.inf)
