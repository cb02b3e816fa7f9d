"""The paper's merging: weighted k-means over feature vectors, anew for each topic count."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from saetm.topics.checked import checked_features
from saetm.topics.cut import by_weight


def kmeans_topics(
    vectors: NDArray[np.floating],
    weights: NDArray[np.floating],
    *,
    n_topics: int,
    n_starts: int = 10,
    seed: int,
) -> NDArray[np.int32]:
    """Partition features into topics of least weighted variance.

    Args:
        vectors: (K, E) feature vectors.
        weights: (K,) mean shares; features of weight zero get no topic.
        n_topics: T; as many as there are distinct vectors where there are fewer.
        n_starts: initialisations by k-means++, of which the best result is kept.
        seed: seed of the initialisations.

    Returns:
        (K,) topics, heaviest first; -1 for features of weight zero.

    Raises:
        ContractError: shapes differ, or a value is negative or not finite.

    References:
        SAE-TM (arXiv 2511.16309), topic merging.
    """
    points, masses = checked_features(vectors, weights)
    held = masses > 0
    distinct = len(np.unique(points[held], axis=0))
    means = KMeans(min(n_topics, distinct), n_init=n_starts, random_state=seed)
    labels = np.full(len(masses), -1, dtype=np.int32)
    labels[held] = means.fit(points[held], sample_weight=masses[held]).labels_
    return by_weight(labels, masses)
