"""Words that set the items in which a feature fires apart from the others."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

SHOWN = 10  # words of a feature
FEWEST = 3.0  # what a word has to weigh beside a feature: one item is a coincidence
BLOCK = 2**24  # entries of features and words at once: 128 MiB of float64


class SpecificWords:
    """How much each word weighs beside each feature, added up over blocks of items.

    An item counts for a word once, and for a feature by log(1 + count), so that neither a long
    text nor one that repeats itself decides alone. Memory grows with features times words.
    """

    def __init__(self, n_features: int, n_words: int) -> None:
        """Begin with nothing."""
        self._weights = np.zeros((n_features, n_words), dtype=np.float32)

    def add(
        self, features: "sparse.csr_array[np.float32]", words: "sparse.csr_array[np.float64]"
    ) -> None:
        """Take in some items.

        Args:
            features: (n, F) on how many tokens each feature fires.
            words: (n, V) counts.
        """
        weights = features.log1p()
        present = words.astype(np.float32).sign()
        together = (weights.T @ present).tocoo()
        self._weights[together.row, together.col] += together.data

    def best(self, count: int = SHOWN) -> list[NDArray[np.int64]]:
        """Return the most specific words of each feature, best first, at most `count`.

        The order is that of the z-score of the log-odds ratio with an informative Dirichlet prior
        (Monroe, Colaresi and Quinn, 2008, equations 15 to 22), of the feature against all others.
        """
        n_words = max(self._weights.shape[1], 1)
        totals = self._weights.sum(axis=0, dtype=np.float64)
        prior = n_words * totals / max(totals.sum(), 1.0)
        rows = max(1, BLOCK // n_words)
        return [
            words
            for start in range(0, len(self._weights), rows)
            for words in _ranked(self._weights[start : start + rows], totals, prior, count)
        ]


def _ranked(
    weights: NDArray[np.float32],
    totals: NDArray[np.float64],
    prior: NDArray[np.float64],
    count: int,
) -> list[NDArray[np.int64]]:
    """Return the best words of some features.

    Args:
        weights: (f, V) of words beside them.
        totals: (V,) beside all features.
        prior: (V,) of each word, added on both sides.
        count: words of a feature.
    """
    one, rest = weights + prior, totals - weights + prior
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = _log_odds(one) - _log_odds(rest)
        scores = ratio / np.sqrt(1 / one + 1 / rest)
    scores[~np.isfinite(scores) | (weights < FEWEST)] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return [row[each[row] > 0] for row, each in zip(order, scores, strict=True)]


def _log_odds(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(weights / (weights.sum(axis=1, keepdims=True) - weights))
