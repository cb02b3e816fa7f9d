"""The topic tree as a value: which nodes each merge joins, at what cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A binary tree over L leaves; merge m makes node L + m, cheapest merge first.

    A leaf is a feature, or a micro-topic of several features where there are very many.
    """

    leaf_of: NDArray[np.int32]
    """(K,) the leaf that holds each feature; -1 for a feature that no item activates."""
    merges: NDArray[np.int32]
    """(L - 1, 2) the two nodes that each merge joins, the smaller id first."""
    heights: NDArray[np.float64]
    """(L - 1,) cost of each merge, never falling: what the weighted variance grows by.

    Of a refit, a former cost may stand in for one that is about the same, see `steadied`.
    """
    weights: NDArray[np.float64]
    """(2L - 1,) mean share of each node's features over all items."""

    @property
    def n_leaves(self) -> int:
        """Number of leaves L."""
        return len(self.merges) + 1
