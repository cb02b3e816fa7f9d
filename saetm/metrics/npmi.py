"""Coherence without a judge: how often the top words of a topic share items."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError


def npmi(
    top_words: NDArray[np.integer], counts: "sparse.csr_array[np.floating]"
) -> NDArray[np.float64]:
    """Average the normalised pointwise mutual information of each topic's word pairs.

    The limits of the formula are its values: a pair that no item holds together counts -1,
    a pair that every item holds counts 0, for a word of every item tells nothing.

    Args:
        top_words: (T, n) word ids below V, n at least 2.
        counts: (N, V) how often each item holds each word; only whether it does matters.

    Returns:
        (T,) means over the n (n - 1) / 2 pairs, in [-1, 1]; 1 where the words of a topic
        only ever occur together.

    Raises:
        ContractError: fewer than two words per topic, an id outside 0 to V - 1, no items.

    References:
        Bouma 2009, Normalized (pointwise) mutual information in collocation extraction.
        gensim's c_npmi with documents as windows adds 1e-12 to joint probabilities: for
        pairs that share some items but not all the two agree; a pair p, q apart counts
        log(1e-12 / pq) / -log(1e-12) there, so above -1, and a pair of every item -1.
    """
    _check(top_words, counts)
    words, places = np.unique(top_words, return_inverse=True)
    joint = _joint_probabilities(counts, words)  # (U, U) over the U distinct words
    first, second = np.triu_indices(top_words.shape[1], k=1)
    slots = places.reshape(top_words.shape)  # (T, n)
    return _pair_npmi(joint)[slots[:, first], slots[:, second]].mean(axis=1)


def _joint_probabilities(
    counts: "sparse.csr_array[np.floating]", words: NDArray[np.integer]
) -> NDArray[np.float64]:
    holds = (counts[:, words] > 0).astype(np.float64)  # (N, U)
    together: NDArray[np.float64] = (holds.T @ holds).toarray()
    return together / counts.shape[0]


def _pair_npmi(joint: NDArray[np.float64]) -> NDArray[np.float64]:
    alone = np.diagonal(joint)
    seen, always = joint > 0, joint == 1
    log_joint = np.log(joint, out=np.zeros_like(joint), where=seen)
    log_alone = np.log(alone, out=np.zeros_like(alone), where=alone > 0)
    information = log_joint - log_alone[:, None] - log_alone
    values = np.divide(information, -log_joint, out=np.zeros_like(joint), where=seen & ~always)
    return np.where(seen, values.clip(-1.0, 1.0), -1.0)


def _check(top_words: NDArray[np.integer], counts: "sparse.csr_array[np.floating]") -> None:
    n_items, n_words = counts.shape
    if top_words.ndim != 2 or top_words.shape[1] < 2:
        raise ContractError(f"top_words has shape {top_words.shape}, not (T, n) with n above 1")
    if top_words.size and not 0 <= top_words.min() <= top_words.max() < n_words:
        raise ContractError(f"top_words has an id outside 0 to {n_words - 1}")
    if n_items == 0:
        raise ContractError("counts has no items")
