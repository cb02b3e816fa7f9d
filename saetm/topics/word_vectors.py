"""Word vectors learned from the corpus itself: words that share items are near."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

CONTEXT_POWER = 0.75  # Levy, Goldberg and Dagan (2015), section 3.2: tames rare context words
POWER_ITERATIONS = 3  # seven, scikit-learn's choice, take twice as long for the same topics


def corpus_word_vectors(
    counts: "sparse.csr_array[np.floating]", *, dimensions: int = 200, seed: int
) -> NDArray[np.float64]:
    """Factorise the positive pointwise mutual information of words within items.

    Args:
        counts: (N, V) how often each item holds each word.
        dimensions: E at most; fewer where the vocabulary is smaller.
        seed: seed of the randomised factorisation.

    Returns:
        (V, E) left singular vectors times square roots of singular values; zero for words
        that share no item with another.

    References:
        Levy, Goldberg and Dagan (2015), TACL 3, sections 2.1, 3.2 and 3.3.
    """
    information = positive_information(counts)
    size = min(dimensions, information.shape[0])
    left, singular, _ = randomized_svd(
        information, n_components=size, n_iter=POWER_ITERATIONS, random_state=seed
    )
    return left * np.sqrt(singular)


def positive_information(
    counts: "sparse.csr_array[np.floating]",
) -> "sparse.csr_array[np.float64]":
    """Measure how much more often than by chance two words share an item.

    Entry (v, w) is max(0, log p(v, w) / (p(v) p(w))), the probability of the context w
    flattened by CONTEXT_POWER. A word is not its own context.

    Args:
        counts: (N, V) how often each item holds each word.

    Returns:
        (V, V) non-negative, without explicit zeros.
    """
    present = sparse.csr_array((counts > 0).astype(np.float64))
    pairs = sparse.coo_array(present.T @ present)
    apart = pairs.row != pairs.col
    row, column, shared = pairs.row[apart], pairs.col[apart], pairs.data[apart]
    totals = np.bincount(row, shared, minlength=pairs.shape[0])
    contexts = totals**CONTEXT_POWER
    information = np.log(shared * contexts.sum() / (totals[row] * contexts[column]))
    positive = information > 0
    entries = information[positive], (row[positive], column[positive])
    return sparse.csr_array(sparse.coo_array(entries, shape=pairs.shape))
