"""What the solver is given, laid out word by word: mixtures of items, words, unigram."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.emission.config import EmissionConfig
from saetm.emission.weighting import idf_weights
from saetm.errors import ContractError

SUM_TOLERANCE = 1e-3  # rows of theta may have been stored as float16


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Fixed item mixtures and the words to explain; E entries, one per item and word present.

    Entries go word by word, so that a run of entries needs few columns of the emission
    matrix; so does its support, the S pairs of feature and word that some item holds both.
    """

    theta: "sparse.csr_array[np.float64]"
    """(N, K) feature mixture of each item."""
    entry_item: NDArray[np.integer]
    """(E,) item of each entry."""
    word_start: NDArray[np.int64]
    """(V + 1,) first entry of each word."""
    counts: NDArray[np.float64]
    """(E,) how often the item holds the word."""
    weights: NDArray[np.float64]
    """(V,) weight of one occurrence of each word, in (0, 1]."""
    unigram: NDArray[np.float64]
    """(V,) word frequencies of the corpus, summing to one."""
    background: NDArray[np.float64]
    """(N,) share of each item's words that comes from the unigram."""
    feature_share: float
    """Share of words that features explain, 1 - pi."""
    support_feature: NDArray[np.integer]
    """(S,) feature of each pair in the support, ascending within a word."""
    support_start: NDArray[np.int64]
    """(V + 1,) first pair of each word."""
    block_bounds: NDArray[np.int64]
    """(M + 1,) entries at which the M blocks of a pass begin and end."""

    def weigh(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weigh (E,) counts by their words."""
        return np.repeat(self.weights, np.diff(self.word_start)) * counts


def build_problem(
    theta: "sparse.csr_array[np.floating]",
    counts: "sparse.csr_array[np.floating]",
    config: EmissionConfig,
) -> Problem:
    """Check the two matrices and lay them out.

    What an item's mixture lacks to one is added to its background: an item without active
    features has the unigram for its word distribution.

    Args:
        theta: (N, K) non-negative rows that sum to one, or to zero without active features.
        counts: (N, V) how often each item holds each word.
        config: background share, weighting and block size.

    Raises:
        ContractError: shapes do not fit, an entry is negative or not finite, or a row of
            theta sums to more than one.
    """
    theta = _checked(theta, "theta")
    by_word = _checked(counts, "counts").tocsc()
    if theta.shape[0] != by_word.shape[0] or 0 in (theta.shape[1], by_word.shape[1]):
        raise ContractError(f"theta is {theta.shape}, but counts are {by_word.shape}")
    explained: NDArray[np.float64] = theta.sum(axis=1)
    if explained.max(initial=0.0) > 1 + SUM_TOLERANCE:
        raise ContractError(f"a row of theta sums to {explained.max():.4f}, which is above one")
    feature_share = 1.0 - config.background_share
    support = _support(theta, by_word)
    return Problem(
        theta=theta,
        entry_item=by_word.indices,
        word_start=by_word.indptr.astype(np.int64),
        counts=by_word.data,
        weights=idf_weights(by_word) if config.idf_weighting else np.ones(by_word.shape[1]),
        unigram=_unigram(by_word),
        background=1.0 - feature_share * np.minimum(explained, 1.0),
        feature_share=feature_share,
        support_feature=support.indices,
        support_start=support.indptr.astype(np.int64),
        block_bounds=_block_bounds(theta, by_word, config.block_size),
    )


def _checked(matrix: "sparse.csr_array[np.floating]", name: str) -> "sparse.csr_array[np.float64]":
    rows = matrix.tocsr()
    exact = rows.data.astype(np.float64)  # copies, for what follows works in place
    checked = sparse.csr_array((exact, rows.indices.copy(), rows.indptr.copy()), shape=rows.shape)
    checked.sum_duplicates()
    checked.eliminate_zeros()
    if not np.all(np.isfinite(checked.data)) or checked.data.min(initial=0.0) < 0:
        raise ContractError(f"{name} has an entry that is negative or not finite")
    return checked


def _unigram(by_word: "sparse.csc_array[np.float64]") -> NDArray[np.float64]:
    totals: NDArray[np.float64] = by_word.sum(axis=0)
    n_words = totals.sum()
    return totals / n_words if n_words else np.full(len(totals), 1.0 / len(totals))


def _support(
    theta: "sparse.csr_array[np.float64]", by_word: "sparse.csc_array[np.float64]"
) -> "sparse.csc_array[np.float64]":
    holds_feature = sparse.csr_array(
        (np.ones(theta.nnz), theta.indices, theta.indptr), shape=theta.shape
    )
    holds_word = sparse.csc_array(
        (np.ones(by_word.nnz), by_word.indices, by_word.indptr),
        shape=by_word.shape,
    )
    support = sparse.csc_array(holds_feature.T @ holds_word)  # (K, V)
    support.sort_indices()
    return support


def _block_bounds(
    theta: "sparse.csr_array[np.float64]", by_word: "sparse.csc_array[np.float64]", size: int
) -> NDArray[np.int64]:
    """Cut entries so that neither pairs of a block nor K times its words exceed `size`."""
    pairs = np.cumsum(np.diff(theta.indptr)[by_word.indices], dtype=np.int64)  # (E,)
    by_pairs = np.searchsorted(pairs, np.arange(size, pairs[-1] if len(pairs) else 0, size))
    by_words = by_word.indptr[:: max(1, size // theta.shape[1])]
    return np.unique(np.concatenate([[0, by_word.nnz], by_pairs, by_words])).astype(np.int64)
