"""How near a word is to the words of its topic."""

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.topics.words import top_words

CORE_WORDS = 30  # as many again change nothing; 10 are led by one odd word


def centrality(
    scores: NDArray[np.floating], word_vectors: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Measure how near each word lies to the core of each topic.

    The core is the mean direction of a topic's CORE_WORDS best words, each by its score. A
    word of another subject, which got in through one feature of many, lies away from it.

    Args:
        scores: (T, V) non-negative scores of words.
        word_vectors: (V, E) vectors in which words of one theme are near; zero for a word of
            which nothing is known.

    Returns:
        (T, V) cosines, negative ones as zero. A word without a vector counts as near as the
        core's words do on average, so that it neither gains nor loses.

    Raises:
        ContractError: word_vectors do not have one row per word.
    """
    if len(word_vectors) != scores.shape[1]:
        raise ContractError(f"{scores.shape[1]} words have scores and {len(word_vectors)} a vector")
    directions = _unit(np.asarray(word_vectors, dtype=np.float64))
    core = top_words(scores, CORE_WORDS)  # (T, n)
    parts = np.take_along_axis(np.asarray(scores, dtype=np.float64), core, axis=1)
    centres = _unit(np.einsum("tn,tne->te", parts, directions[core]))
    nearness = np.clip(centres @ directions.T, 0.0, None)
    typical = _means(np.take_along_axis(nearness, core, axis=1), parts)
    known = directions.any(axis=1)
    return np.where(known, nearness, typical[:, None])


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1.0)


def _means(values: NDArray[np.float64], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    totals = parts.sum(axis=1)
    return (values * parts).sum(axis=1) / np.where(totals > 0, totals, 1.0)
