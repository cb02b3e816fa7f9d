"""Which features share a leaf of the topic tree."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from saetm.topics.config import TopicConfig
from saetm.topics.kmeans import kmeans_topics


def feature_leaves(
    vectors: NDArray[np.floating],
    weights: NDArray[np.floating],
    item_counts: NDArray[np.integer],
    config: TopicConfig,
    *,
    former: NDArray[np.integer] | None = None,
) -> NDArray[np.int32]:
    """Give each feature with enough items a leaf, and the rarer ones the nearest leaf.

    A feature seen in a handful of items has their words, not a theme's. It may not shape the
    tree, but its mass has to go somewhere, so that mixtures still sum to one.

    Args:
        vectors: (K, E) feature vectors.
        weights: (K,) mean shares over all items.
        item_counts: (K,) items that activate each feature.
        config: `min_items` that a feature needs for a leaf, unless all have fewer; beyond
            `max_leaves`, weighted k-means with `seed` forms that many micro-topics.
        former: (K,) leaves of an earlier tree, near which micro-topics are looked for.

    Returns:
        (K,) leaves 0 to L - 1 in the order of ids; -1 for features of weight zero.
    """
    leaf_of = np.full(len(weights), -1, dtype=np.int32)
    active = weights > 0
    firm = active & (item_counts >= config.min_items)
    firm = firm if firm.any() else active
    if firm.sum() > config.max_leaves:
        leaf_of[firm] = kmeans_topics(
            vectors[firm],
            weights[firm],
            n_topics=config.max_leaves,
            n_starts=1,
            seed=config.seed,
            former=None if former is None else former[firm],
        )
    else:
        leaf_of[firm] = np.arange(firm.sum())
    rare = active & ~firm
    if rare.any():
        nearest = KDTree(vectors[firm]).query(vectors[rare])[1]
        leaf_of[rare] = leaf_of[firm][nearest]
    return leaf_of
