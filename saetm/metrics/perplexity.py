"""Perplexity by document completion: one half of an item's words foretells the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError

BACKGROUND = 0.1  # share of words that any text has, whatever its topics
PASSES = 50
PRIOR_WORDS = 1.0  # that every item is taken to have said, spread evenly over all topics
BLOCK = 4_000_000  # numbers of a block of items, 32 MB


@dataclass(frozen=True, slots=True, eq=False)
class Halves:
    """The words of items in two halves; rows are items."""

    seen: "sparse.csr_array[np.float64]"  # (N, V)
    heldout: "sparse.csr_array[np.float64]"  # (N, V)


def perplexity(
    distributions: NDArray[np.floating],
    counts: "sparse.csr_array[np.floating]",
    unigram: NDArray[np.floating],
    *,
    seed: int = 0,
) -> float:
    """Return how many words a topic model wavers between, per held-out word of unseen items.

    The topics stay as they are; each item's mixture is estimated from one half of its words by
    expectation-maximisation. Every model is smoothed alike: a tenth of the words comes from the
    unigram. So a model without topics scores the perplexity of the unigram, and a word that no
    topic has is improbable, not impossible.

    Args:
        distributions: (T, V) word distributions of the topics; rows sum to one.
        counts: (N, V) words of items that the model was not fitted on.
        unigram: (V,) word frequencies of the items that it was fitted on; a word with none is
            left out of the items.
        seed: of the halves.

    Returns:
        exp of the mean negative log-likelihood per held-out word; V for even distributions.

    Raises:
        ContractError: shapes differ, a row does not sum to one, or no item has two words.

    References:
        Wallach et al. 2009, Evaluation methods for topic models, 5.1 (document completion).
    """
    _check(distributions, counts, unigram)
    known = counts @ sparse.diags_array((unigram > 0).astype(np.float64))
    halves = split_words(sparse.csr_array(known), seed=seed)
    n_words = halves.heldout.sum()
    if not n_words:
        raise ContractError("no item has two words to tell one half from the other")
    size = max(1, BLOCK // max(1, len(distributions) * _longest(halves)))
    starts = range(0, counts.shape[0], size)
    total = sum(
        _log_likelihood(
            Halves(halves.seen[start : start + size], halves.heldout[start : start + size]),
            distributions,
            unigram,
        )
        for start in starts
    )
    return float(np.exp(-total / n_words))


def split_words(counts: "sparse.csr_array[np.floating]", *, seed: int) -> Halves:
    """Put every other word of each item, in an order of chance, into the held-out half.

    An item with an odd number of words shows one more than it holds out.
    """
    times = counts.data.astype(np.int64)
    items = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    entry = np.repeat(np.arange(len(times)), times)  # of each single word
    order = np.lexsort([np.random.default_rng(seed).random(len(entry)), items[entry]])
    starts = np.concatenate([[0], np.cumsum(np.bincount(items[entry], minlength=counts.shape[0]))])
    place = np.arange(len(entry)) - starts[items[entry][order]]
    heldout = np.bincount(entry[order][place % 2 == 1], minlength=len(times)).astype(np.float64)
    return Halves(_with(counts, times - heldout), _with(counts, heldout))


def _with(
    counts: "sparse.csr_array[np.floating]", values: NDArray[np.float64]
) -> "sparse.csr_array[np.float64]":
    where = counts.indices.copy(), counts.indptr.copy()  # for zeros are taken out in place
    made = sparse.csr_array((values, *where), shape=counts.shape)
    made.eliminate_zeros()
    return made


def _log_likelihood(
    halves: Halves, distributions: NDArray[np.floating], unigram: NDArray[np.floating]
) -> float:
    mixtures = _fold_in(halves.seen, distributions, unigram)
    words = halves.heldout.tocoo()
    chosen = (mixtures[words.row] * distributions[:, words.col].T).sum(axis=1)
    q = (1 - BACKGROUND) * chosen + BACKGROUND * unigram[words.col] / unigram.sum()
    return float(words.data @ np.log(q))


def _fold_in(
    seen: "sparse.csr_array[np.float64]",
    distributions: NDArray[np.floating],
    unigram: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Estimate the (N, T) mixtures that explain these words best."""
    n_topics = len(distributions)
    words = seen.tocoo()
    emitted = (1 - BACKGROUND) * distributions[:, words.col].T  # (entries, T)
    common = BACKGROUND * unigram[words.col] / unigram.sum()
    gather = sparse.csr_array(
        (words.data, np.arange(words.nnz), seen.indptr), shape=(seen.shape[0], words.nnz)
    )
    mixtures = np.full((seen.shape[0], n_topics), 1 / n_topics)
    for _ in range(PASSES):
        parts = mixtures[words.row] * emitted
        parts /= (parts.sum(axis=1) + common)[:, None]
        mixtures = gather @ parts + PRIOR_WORDS / n_topics
        mixtures /= mixtures.sum(axis=1, keepdims=True)
    return mixtures


def _longest(halves: Halves) -> int:
    both = (halves.seen, halves.heldout)
    return max(int(np.diff(half.indptr).max(initial=0)) for half in both)


def _check(
    distributions: NDArray[np.floating],
    counts: "sparse.csr_array[np.floating]",
    unigram: NDArray[np.floating],
) -> None:
    if distributions.shape[1:] != unigram.shape or counts.shape[1:] != unigram.shape:
        raise ContractError(
            f"distributions {distributions.shape}, counts {counts.shape} and unigram "
            f"{unigram.shape} are not over the same words"
        )
    if not np.allclose(distributions.sum(axis=1), 1, atol=1e-4):
        raise ContractError("a distribution does not sum to one")
