"""How far the topics of one fit are found again by another."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from saetm.errors import ContractError


def found_again(top_words: NDArray[np.integer], others: NDArray[np.integer]) -> NDArray[np.float64]:
    """Match the topics of two fits one to one and return what matched topics have in common.

    Args:
        top_words: (T, n) word ids of one fit, no word twice in a topic, not empty.
        others: (U, n) word ids of the other.

    Returns:
        (T,) share of each topic's top words that its partner has too, under the matching with
        most words in common; 0 for topics without a partner where U is less than T.

    Raises:
        ContractError: there are no words, or lists of different lengths.

    References:
        Greene et al. 2014, How many topics? Stability analysis for topic models, with the share
        of common words for their average Jaccard score.
    """
    if top_words.ndim != 2 or top_words.size == 0 or others.shape[1:] != top_words.shape[1:]:
        raise ContractError(
            f"top words of shapes {top_words.shape} and {others.shape} cannot be matched"
        )
    common = _common(top_words, others)
    topics, partners = linear_sum_assignment(common, maximize=True)
    shares = np.zeros(len(top_words))
    shares[topics] = common[topics, partners] / top_words.shape[1]
    return shares


def _common(one: NDArray[np.integer], other: NDArray[np.integer]) -> NDArray[np.float64]:
    """Count the words that each topic of one fit shares with each of the other, (T, U)."""
    words, places = np.unique(np.concatenate([one.ravel(), other.ravel()]), return_inverse=True)
    held = np.zeros((len(one) + len(other), len(words)))
    rows = np.repeat(np.arange(len(held)), one.shape[1])
    held[rows, places] = 1.0
    return held[: len(one)] @ held[len(one) :].T
