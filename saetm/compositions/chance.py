"""How likely a difference between a set and the rest is by chance, and among how many tests."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import false_discovery_control

Counts = NDArray[np.int64]
RESOLUTION = 1e-17  # of a sum of terms, below which the next ones do not matter


def exact_p_values(
    present: Counts, count: Counts, present_of_all: Counts, count_of_all: Counts
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
    is_less = present * count_of_all < count * present_of_all
    seen = np.where(is_less, present_of_all - present, present)  # in the rest, where it has more
    drawn = np.where(is_less, count_of_all - count, count)
    log_likely = _log_probability(seen, drawn, present_of_all, count_of_all)
    likely = np.exp(log_likely)
    tail = likely * _tail_over_first(seen, drawn, present_of_all, count_of_all)
    smaller = np.minimum(tail, 1.0 - tail + likely)
    return np.asarray(np.minimum(1.0, 2.0 * smaller))


def _log_probability(
    seen: Counts, drawn: Counts, marked: Counts, everyone: Counts
) -> NDArray[np.float64]:
    """Return the log probability to see so many marked ones among those drawn."""
    ways = _log_choose(marked, seen) + _log_choose(everyone - marked, drawn - seen)
    return np.asarray(ways - _log_choose(everyone, drawn))


def _log_choose(count: Counts, chosen: Counts) -> NDArray[np.float64]:
    return np.asarray(gammaln(count + 1) - gammaln(chosen + 1) - gammaln(count - chosen + 1))


def _tail_over_first(
    seen: Counts, drawn: Counts, marked: Counts, everyone: Counts
) -> NDArray[np.float64]:
    """Return the probability to see as many or more, over that to see as many.

    Each further term is the one before it times a ratio that falls; from the mean on it is below
    one. SciPy's distribution factorises numbers of up to 10^5 items, half a millisecond a pair.
    """
    total, open_ = np.ones(len(seen)), np.arange(len(seen))
    term = np.ones(len(seen))
    while len(open_):
        up = (marked - seen) * ((drawn - seen) / (seen + 1))
        term = term * up / (everyone - marked - drawn + seen + 1)
        total[open_] += term
        goes_on = term > RESOLUTION * total[open_]
        open_, term = open_[goes_on], term[goes_on]
        seen, drawn = seen[goes_on] + 1, drawn[goes_on]
        marked, everyone = marked[goes_on], everyone[goes_on]
    return total


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smallest false discovery rate at which each of (P,) tests is a discovery.

    Benjamini and Hochberg (1995). Tests of one topic in several sets hang together: a set that
    has more of it leaves less to the others, and of two sets both tests are the same one. That
    leaves the rate as it is in simulation (tests/core/test_compositions_truth.py).
    """
    if not len(p_values):
        return p_values
    return np.asarray(false_discovery_control(np.clip(p_values, 0.0, 1.0)))
