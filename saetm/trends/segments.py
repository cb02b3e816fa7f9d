"""Change points: the best cut of a series into stretches of constant share, found exactly.

The gain of a segmentation is its likelihood ratio to a single stretch: twice the difference of
the binomial log likelihoods, over the dispersion. Where nothing changes, the gain of k given cuts
is about chi-squared with k degrees of freedom. There are C(P-1, k) ways to cut P periods k times,
so, by the union bound, chance finds any segmentation with a gain beyond k * penalty with a
probability of at most the sum over k of C(P-1, k) * P(chi2_k > k * penalty). The penalty is
chosen by it: the stated rate of false alarms holds however long the series is.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtrc, comb, xlogy

Floats = NDArray[np.float64]
MOST_CHANGES = 10
MOST_PLACES = 400  # a longer series is looked at in steps of several periods
FAR = 1e4  # penalty that no chance reaches


@dataclass(frozen=True, slots=True, eq=False)
class Segmentations:
    """The best segmentation of a series for each number of cuts."""

    n_places: int
    gains: Floats  # (K,) of 1 to K cuts, at dispersion 1
    cuts: tuple[tuple[int, ...], ...]  # (K,) positions at which a new stretch begins

    def p_value(self, dispersion: float) -> float:
        """Return how likely chance alone gains as much by cutting; an upper bound."""
        if not self.cuts:
            return 1.0
        each = self.gains / dispersion / np.arange(1, len(self.gains) + 1)
        return false_alarms(float(each.max()), self.n_places)

    def chosen(self, dispersion: float, level: float) -> tuple[int, ...]:
        """Return the cuts that are worth their penalty at a rate of false alarms."""
        if not self.cuts or level <= 0:
            return ()
        penalty = penalty_at(level, self.n_places)
        worth = self.gains / dispersion - penalty * np.arange(1, len(self.gains) + 1)
        best = int(worth.argmax())
        return self.cuts[best] if worth[best] > 0 else ()


def false_alarms(penalty: float, n_places: int) -> float:
    """Bound the probability that cutting a series without changes gains more than a penalty."""
    cuts = np.arange(1, min(n_places - 1, MOST_CHANGES) + 1)
    return float(min(1.0, (comb(n_places - 1, cuts) * chdtrc(cuts, cuts * penalty)).sum()))


@cache
def penalty_at(level: float, n_places: int) -> float:
    """Return the least penalty per cut with at most this probability of a false alarm."""
    if false_alarms(0.0, n_places) <= level:
        return 0.0
    return float(
        brentq(lambda penalty: false_alarms(penalty, n_places) - level, 0.0, FAR, xtol=1e-9)
    )


def segment(sizes: Floats, totals: Floats) -> Segmentations:
    """Find the best segmentations of one series, by dynamic programming over all of them.

    Args:
        sizes: (P,) items of each period, above zero.
        totals: (P,) sums of their shares.
    """
    starts = _starts(len(sizes))
    items, shares = (np.r_[0.0, np.cumsum(each)][[*starts, len(each)]] for each in (sizes, totals))
    fits = _fits(items, shares)
    best, origins, gains = fits[0], [], []
    for _ in range(min(len(starts) - 1, MOST_CHANGES)):
        reached = best[:, None] + fits
        origins.append(reached.argmax(axis=0))
        best = reached.max(axis=0)
        gains.append(best[-1] - fits[0, -1])
    paths = [_path(origins[: k + 1], starts) for k in range(len(gains))]
    return Segmentations(len(starts), np.maximum(gains, 0.0), tuple(paths))


def _starts(n_places: int) -> NDArray[np.int64]:
    """Return where a stretch may begin: everywhere, or in even steps."""
    return np.unique(
        np.linspace(0, n_places, min(n_places, MOST_PLACES), endpoint=False).astype(int)
    )


def _fits(items: Floats, shares: Floats) -> Floats:
    """Return (P+1, P+1) twice the log likelihood of one stretch from i up to j, for i < j."""
    size = items[None, :] - items[:, None]
    total = shares[None, :] - shares[:, None]
    mean = np.clip(np.divide(total, size, out=np.zeros_like(size), where=size > 0), 0.0, 1.0)
    fit = 2 * size * (xlogy(mean, mean) + xlogy(1 - mean, 1 - mean))
    return np.where(np.triu(np.ones_like(size, dtype=bool), 1), fit, -np.inf)


def _path(origins: list[NDArray[np.int64]], starts: NDArray[np.int64]) -> tuple[int, ...]:
    at, cuts = len(starts), []
    for origin in reversed(origins):
        at = int(origin[at])
        cuts.append(int(starts[at]))
    return tuple(reversed(cuts))
