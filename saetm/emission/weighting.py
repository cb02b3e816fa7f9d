"""How much one occurrence of a word counts."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

WEIGHT_FLOOR = 0.01  # a word in every item still counts, a hundredth of the rarest


def idf_weights(by_word: "sparse.csc_array[np.float64]") -> NDArray[np.float64]:
    """Weigh words by log(N / df) over its maximum, at least WEIGHT_FLOOR.

    N counts the items that hold any word, so that empty items change nothing. Where every
    word is in every item, none tells items apart better than another: all weights are one.

    Args:
        by_word: (N, V) word counts without explicit zeros.

    Returns:
        (V,) weights in [WEIGHT_FLOOR, 1]; one for words that no item holds.

    Example:
        >>> counts = sparse.csc_array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
        >>> idf_weights(counts)
        array([0.01, 1.  , 1.  ])
    """
    frequency = np.diff(by_word.indptr)
    n_items = max(1, len(np.unique(by_word.indices)))
    rarity = np.log(n_items / np.maximum(frequency, 1))
    rarest = rarity[frequency > 0].max(initial=0.0)
    if rarest == 0.0:
        return np.ones(len(frequency))
    return np.where(frequency > 0, np.maximum(rarity / rarest, WEIGHT_FLOOR), 1.0)
