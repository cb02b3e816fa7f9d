"""How different the topics are from each other, by their top words."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError
from saetm.metrics.transport import word_movers_distances

PERSISTENCE = 0.9  # p of rank-biased overlap: how far down a list a reader goes on


def unique_words(top_words: NDArray[np.integer]) -> float:
    """Return the share of distinct words among the top words of all topics.

    Args:
        top_words: (T, n) word ids, not empty.

    Returns:
        A share from 1 / (T n) to 1; 1 / T where T topics have the same n words.

    Raises:
        ContractError: there are no words.

    References:
        Dieng et al. 2020, Topic modeling in embedding spaces (topic diversity).
    """
    _check(top_words)
    return len(np.unique(top_words)) / top_words.size


def unique_shares(top_words: NDArray[np.integer]) -> NDArray[np.float64]:
    """Divide the share of distinct words among topics: m topics have 1 / m each of a word.

    Args:
        top_words: (T, n) word ids, not empty.

    Returns:
        (T,) shares whose mean is `unique_words`.

    Raises:
        ContractError: there are no words.
    """
    _check(top_words)
    _, places, holders = np.unique(top_words, return_inverse=True, return_counts=True)
    return (1 / holders)[places].reshape(top_words.shape).mean(axis=1)


def word_movers_distance(
    top_words: NDArray[np.integer], word_vectors: NDArray[np.floating]
) -> float:
    """Average the word mover's distance between the top words of all pairs of topics.

    Args:
        top_words: (T, n) word ids below V, not empty.
        word_vectors: (V, E) finite vectors of the words.

    Returns:
        The mean over T (T - 1) / 2 pairs, at least 0, in the unit of the vectors; 0.0 for
        a single topic, which differs from no other.

    Raises:
        ContractError: there are no words, an id is outside 0 to V - 1, or a vector of a
            top word is not finite.

    References:
        SAE-TM (arXiv 2511.16309), Eq. 13; Kusner et al. 2015.
    """
    _check(top_words)
    return _mean_of_pairs(word_movers_distances(top_words, word_vectors))


def inverted_rbo(top_words: NDArray[np.integer], *, persistence: float = PERSISTENCE) -> float:
    """Return one less the mean rank-biased overlap of all pairs of topics.

    Args:
        top_words: (T, n) word ids, best first, no word twice in a topic.
        persistence: p, in (0, 1).

    Returns:
        0 where all topics list the same words in the same order, 1 where no two share a
        word; 0.0 for a single topic.

    Raises:
        ContractError: there are no words.

    References:
        Bianchi et al. 2021, Pre-training is a hot topic (inverted RBO).
    """
    _check(top_words)
    return _mean_of_pairs(1 - rank_biased_overlaps(top_words, persistence=persistence))


def rank_biased_overlaps(
    top_words: NDArray[np.integer], *, persistence: float = PERSISTENCE
) -> NDArray[np.float64]:
    """Return how much the ranked words of each pair of topics overlap, the first ones most.

    Args:
        top_words: (T, n) word ids, best first, no word twice in a topic.
        persistence: p, in (0, 1); the first ten ranks weigh 86 % at 0.9.

    Returns:
        (T, T) overlaps in [0, 1], extrapolated beyond n by the overlap at n.

    Raises:
        ContractError: there are no words.

    References:
        Webber et al. 2010, A similarity measure for indefinite rankings, Eq. 32: with X_d
        words in common among the first d, (X_n / n) p^n + (1 - p) / p sum_d (X_d / d) p^d.
    """
    _check(top_words)
    n_topics, n_words = top_words.shape
    _, places = np.unique(top_words, return_inverse=True)
    columns = places.reshape(top_words.shape)
    overlap = np.zeros((n_topics, n_topics))
    shared = np.zeros((n_topics, n_topics))
    for depth in range(1, n_words + 1):
        shared = _shared(columns[:, :depth])
        overlap += shared / depth * persistence ** (depth - 1)
    return (1 - persistence) * overlap + shared / n_words * persistence**n_words


def _shared(columns: NDArray[np.integer]) -> NDArray[np.float64]:
    """Count the words that each pair of topics has in common."""
    n_topics, n_words = columns.shape
    ends = np.arange(n_topics + 1) * n_words
    held = sparse.csr_array((np.ones(columns.size), columns.ravel(), ends))
    return (held @ held.T).toarray()


def _mean_of_pairs(pairs: NDArray[np.float64]) -> float:
    above = pairs[np.triu_indices(len(pairs), k=1)]
    return float(above.mean()) if above.size else 0.0


def _check(top_words: NDArray[np.integer]) -> None:
    if top_words.ndim != 2 or top_words.size == 0:
        raise ContractError(f"top_words has shape {top_words.shape}, not (T, n) with words")
