"""The order in which a reader meets the words of a topic."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saetm.emission.emissions import Emissions
from saetm.topics.centrality import centrality
from saetm.topics.words import topic_words, word_scores

CENTRALITY_POWER = 4  # 1 leaves odd words in, 8 gains little


def order_scores(
    emissions: Emissions,
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    word_vectors: NDArray[np.floating] | None,
    order: Literal["central", "agreement", "probability"],
) -> NDArray[np.float64]:
    """Score words for the top of a topic.

    Args:
        emissions: K features over V words.
        weights: (K,) mean share of each feature over all items.
        labels: (K,) topic 0 to T - 1 of each feature, -1 for none.
        word_vectors: (V, E) vectors in which words of one theme are near; without them central
            words are not told from others.
        order: "agreement" scores by `word_scores`; "central" by that times the fourth power of
            `centrality`; "probability" as the paper does.

    Returns:
        (T, V) non-negative scores; a row depends on the features of its topic alone.

    Raises:
        ContractError: as `topic_words` and `centrality`.
    """
    if order == "probability":
        return topic_words(emissions, weights, labels)
    scores = word_scores(emissions, weights, labels)
    if order == "agreement" or word_vectors is None:
        return scores
    return scores * centrality(scores, word_vectors) ** CENTRALITY_POWER
