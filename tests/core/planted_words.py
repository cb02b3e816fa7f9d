"""Word counts drawn from a known emission matrix: the planted truth of the solver's tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class PlantedWords:
    theta: sparse.csr_array  # (N, K)
    counts: sparse.csr_array  # (N, V)
    emissions: NDArray[np.float64]  # (K, V), rows sum to one
    unigram: NDArray[np.float64]  # (V,)


def planted_words(
    *,
    n_items: int,
    n_features: int,
    n_words: int,
    active: int = 3,
    length: int = 60,
    background_share: float = 0.3,
    seed: int,
) -> PlantedWords:
    """Draw items whose words come from few active features, and from the unigram.

    The unigram is the mean of what the features say, so that it is the word frequency of the
    whole corpus too, which is where the solver takes it from.
    """
    rng = np.random.default_rng(seed)
    emissions = rng.dirichlet(np.full(n_words, 0.1), size=n_features)
    theta = np.zeros((n_items, n_features))
    for row in theta:
        features = rng.choice(n_features, size=min(active, n_features), replace=False)
        row[features] = rng.dirichlet(np.ones(len(features)))
    unigram = theta.mean(axis=0) @ emissions
    mixtures = (1 - background_share) * theta @ emissions + background_share * unigram
    counts = rng.multinomial(length, mixtures / mixtures.sum(axis=1, keepdims=True))
    return PlantedWords(
        sparse.csr_array(theta), sparse.csr_array(counts.astype(np.float64)), emissions, unigram
    )
