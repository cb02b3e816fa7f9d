"""How different the topics are from each other, by their top words."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import pdist, squareform

from saetm.errors import ContractError


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


def word_movers_distance(
    top_words: NDArray[np.integer], word_vectors: NDArray[np.floating]
) -> float:
    """Average the word mover's distance between the top words of all pairs of topics.

    Each topic is a uniform distribution over its n words, so the cheapest transport is an
    assignment of words to words, and its cost the mean Euclidean distance moved.

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
    if not 0 <= top_words.min() <= top_words.max() < len(word_vectors):
        raise ContractError(f"top_words has an id outside 0 to {len(word_vectors) - 1}")
    words, places = np.unique(top_words, return_inverse=True)
    distances = _distances(word_vectors[words])  # (U, U) over the U distinct words
    slots = places.reshape(top_words.shape)
    costs = [_transport(distances[np.ix_(a, b)]) for a, b in combinations(slots, 2)]
    return float(np.mean(costs)) if costs else 0.0


def _distances(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    if not np.all(np.isfinite(vectors)):
        raise ContractError("word_vectors has an entry that is not finite")
    return squareform(pdist(vectors.astype(np.float64)), checks=False)


def _transport(costs: NDArray[np.float64]) -> float:
    return float(costs[linear_sum_assignment(costs)].mean())


def _check(top_words: NDArray[np.integer]) -> None:
    if top_words.ndim != 2 or top_words.size == 0:
        raise ContractError(f"top_words has shape {top_words.shape}, not (T, n) with words")
