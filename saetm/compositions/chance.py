"""How likely a difference between a set and the rest is by chance, and among how many tests."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, hypergeom


def exact_p_values(
    present: NDArray[np.int64],
    count: NDArray[np.int64],
    present_of_all: NDArray[np.int64],
    count_of_all: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Test whether as many items of a set have a topic as of the rest: Fisher's exact test.

    Were sets given to items by chance, the number of a set's items with a topic would be
    hypergeometric, whatever the shares look like: the test keeps its level for sets of two items
    and for topics that next to no item has, where tests on mean shares do not (shares are zero for
    most items, and the thousands of pairs make tails matter). Two-sided: twice the smaller tail.

    Args:
        present: (P,) items of the set that have the topic.
        count: (P,) items of the set.
        present_of_all: (P,) items of set and rest that have the topic.
        count_of_all: (P,) items of set and rest.

    Returns:
        (P,) p-values.
    """
    drawn = (count_of_all, present_of_all, count)
    tails = np.minimum(hypergeom.cdf(present, *drawn), hypergeom.sf(present - 1, *drawn))
    return np.minimum(1.0, 2.0 * tails)


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smallest false discovery rate at which each of (P,) tests is a discovery.

    Benjamini and Hochberg (1995). Tests of one topic in several sets hang together: a set that
    has more of it leaves less to the others, and of two sets both tests are the same one. That
    leaves the rate as it is in simulation (tests/core/test_compositions_truth.py).
    """
    if not len(p_values):
        return p_values
    return np.asarray(false_discovery_control(np.clip(p_values, 0.0, 1.0)))
