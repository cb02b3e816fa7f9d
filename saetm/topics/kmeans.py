"""The paper's merging: weighted k-means over feature vectors, anew for each topic count."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from saetm.topics.checked import checked_features
from saetm.topics.cut import by_weight

DIGITS = 9  # of the largest coordinate, in which distinct vectors differ


def kmeans_topics(
    vectors: NDArray[np.floating],
    weights: NDArray[np.floating],
    *,
    n_topics: int,
    n_starts: int = 10,
    seed: int,
    former: NDArray[np.integer] | None = None,
) -> NDArray[np.int32]:
    """Partition features into topics of least weighted variance.

    Args:
        vectors: (K, E) feature vectors.
        weights: (K,) mean shares; features of weight zero get no topic.
        n_topics: T; as many as there are distinct vectors where there are fewer.
        n_starts: initialisations by k-means++, of which the best result is kept.
        seed: seed of the initialisations.
        former: (K,) an earlier partition, -1 for none. The search begins at the centres of its
            topics where it has as many as are asked for, so that near it the nearest optimum
            is found and not another one.

    Returns:
        (K,) topics, heaviest first; -1 for features of weight zero.

    Raises:
        ContractError: shapes differ, or a value is negative or not finite.

    References:
        SAE-TM (arXiv 2511.16309), topic merging.
    """
    points, masses = checked_features(vectors, weights)
    held = masses > 0
    count = min(n_topics, _count_distinct(points[held]))
    centres = None if former is None else _centres(points[held], masses[held], former[held])
    if centres is not None and len(centres) == count:
        means = KMeans(count, init=centres, n_init=1, random_state=seed)
    else:
        means = KMeans(count, n_init=n_starts, random_state=seed)
    labels = np.full(len(masses), -1, dtype=np.int32)
    labels[held] = means.fit(points[held], sample_weight=masses[held]).labels_
    return by_weight(labels, masses)


def _count_distinct(points: NDArray[np.float64]) -> int:
    """Count (n, E) points that are not one and the same but for rounding."""
    scale = np.abs(points).max(initial=0.0)
    return len(np.unique(np.round(points / (scale or 1.0), DIGITS), axis=0))


def _centres(
    points: NDArray[np.float64], masses: NDArray[np.float64], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the weighted mean of each topic that still has a feature."""
    known = labels >= 0
    _, topic = np.unique(labels[known], return_inverse=True)
    totals = np.bincount(topic, masses[known])
    sums = np.zeros((len(totals), points.shape[1]))
    np.add.at(sums, topic, masses[known, None] * points[known])
    return sums / totals[:, None]
