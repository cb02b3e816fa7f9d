"""Word vectors learned from the corpus itself: words that share items are near."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.topics.factors import left_factors

CONTEXT_POWER = 0.75  # Levy, Goldberg and Dagan (2015), section 3.2: tames rare context words
BLOCK_ROWS = 512  # words whose pairs with all others are looked at together


def corpus_word_vectors(
    counts: "sparse.csr_array[np.floating]", *, dimensions: int = 200, seed: int
) -> NDArray[np.float32]:
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
    return left_factors(list(positive_information(counts)), dimensions, seed=seed)


def positive_information(
    counts: "sparse.csr_array[np.floating]",
) -> Iterator["sparse.csr_array[np.float32]"]:
    """Measure how much more often than by chance two words share an item.

    Entry (v, w) is max(0, log p(v, w) / (p(v) p(w))), the probability of the context w
    flattened by CONTEXT_POWER. A word is not its own context.

    Args:
        counts: (N, V) how often each item holds each word.

    Yields:
        Blocks of rows, in all (V, V), non-negative, without explicit zeros.
    """
    present = _present(counts)
    holders = sparse.csr_array(present.T)  # (V, N)
    totals = np.asarray(holders @ (present.sum(axis=1) - 1), dtype=np.float64)
    words = np.log(np.maximum(totals, 1))  # a word alone is in no pair
    contexts = (CONTEXT_POWER * words).astype(np.float32)
    flattened = float((totals**CONTEXT_POWER).sum())
    chance = (words - np.log(max(flattened, 1.0))).astype(np.float32)
    n_words = present.shape[1]
    for first in range(0, n_words, BLOCK_ROWS):
        rows = np.arange(first, min(first + BLOCK_ROWS, n_words), dtype=np.int32)
        yield _beyond_chance(holders[rows] @ present, rows, chance, contexts)


def _present(counts: "sparse.csr_array[np.floating]") -> "sparse.csr_array[np.int32]":
    """Return (N, V) ones where an item holds a word, with indices no wider than need be.

    They are whole numbers, for a sum of single-precision ones ends at 2^24.
    """
    held = sparse.csr_array(counts > 0)
    kind = sparse.get_index_dtype(maxval=held.nnz)
    ones = np.ones(held.nnz, np.int32)
    places = held.indices.astype(kind), held.indptr.astype(kind)
    return sparse.csr_array((ones, *places), shape=held.shape)


def _beyond_chance(
    pairs: "sparse.csr_array[np.int32]",
    rows: NDArray[np.int32],
    chance: NDArray[np.float32],
    contexts: NDArray[np.float32],
) -> "sparse.csr_array[np.float32]":
    """Return the positive information in (R, V) counts of the pairs of R words with all."""
    word = np.repeat(rows, np.diff(pairs.indptr))
    information = np.log(pairs.data.astype(np.float32))
    information -= chance[word]
    information -= contexts[pairs.indices]
    kept = (information > 0) & (word != pairs.indices)
    offsets = np.concatenate([[0], np.cumsum(kept)]).astype(pairs.indptr.dtype)[pairs.indptr]
    return sparse.csr_array((information[kept], pairs.indices[kept], offsets), shape=pairs.shape)
