"""A score with its interval: what it would be had chance brought other topics, or other items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError

REPLICATES = 1000
COVERAGE = 0.95
FEWEST_UNITS = 3  # of fewer, draws with replacement tell nothing
SEED = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its bootstrap interval."""

    value: float
    low: float | None  # 2.5 % of resamples lie below; None where there are too few units
    high: float | None  # 2.5 % lie above
    units: int  # topics, items or fits that a resample draws


def mean_estimate(values: NDArray[np.floating], *, seed: int = SEED) -> Estimate:
    """Estimate the mean over topics, or over other units.

    Args:
        values: (n,) one number per unit, finite.
        seed: of the resamples.

    Raises:
        ContractError: there are no units, or a value is not finite.
    """
    _check(values)
    value, n_units = float(values.mean()), len(values)
    if n_units < FEWEST_UNITS:
        return Estimate(value, None, None, n_units)
    return around(value, times_drawn(n_units, seed) @ values / n_units, n_units)


def pair_estimate(pairs: NDArray[np.floating], *, seed: int = SEED) -> Estimate:
    """Estimate the mean over all pairs of different topics.

    Pairs that share a topic are not independent, so topics are drawn, not pairs. A topic that
    is drawn twice is no pair with itself: at no distance it would pull every resample down.

    Args:
        pairs: (T, T) symmetric, finite; the diagonal is not looked at.
        seed: of the resamples.

    Returns:
        The mean over T (T - 1) / 2 pairs; 0 for a single topic, which differs from no other.

    Raises:
        ContractError: there are no topics, or a value is not finite.
    """
    _check(pairs)
    n_topics = len(pairs)
    apart = np.where(np.eye(n_topics, dtype=bool), 0.0, pairs)
    if n_topics < 2:
        return Estimate(0.0, None, None, n_topics)
    value = float(apart[np.triu_indices(n_topics, k=1)].mean())
    if n_topics < FEWEST_UNITS:
        return Estimate(value, None, None, n_topics)
    times = times_drawn(n_topics, seed)
    n_pairs = n_topics**2 - np.square(times).sum(axis=1)  # ordered pairs of different topics
    sums = np.einsum("rt,rt->r", times @ apart, times)
    return around(value, sums[n_pairs > 0] / n_pairs[n_pairs > 0], n_topics)


def product_estimate(
    one: NDArray[np.floating], other: NDArray[np.floating], *, seed: int = SEED
) -> Estimate:
    """Estimate the product of two means over the same topics, which are drawn together.

    Args:
        one: (n,) finite numbers.
        other: (n,) finite numbers of the same units.
        seed: of the resamples.

    Raises:
        ContractError: there are no units, or a value is not finite.
    """
    _check(one)
    _check(other)
    value, n_units = float(one.mean() * other.mean()), len(one)
    if n_units < FEWEST_UNITS:
        return Estimate(value, None, None, n_units)
    times = times_drawn(n_units, seed)
    return around(value, (times @ one) * (times @ other) / n_units**2, n_units)


def around(value: float, replicates: NDArray[np.floating], n_units: int) -> Estimate:
    """Put the interval of resamples around a value.

    A resample holds some units twice and others never, which shifts statistics such as the
    purity of a partition. The resamples are moved by what their mean is off the value.
    """
    tail = (1 - COVERAGE) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail]) - (replicates.mean() - value)
    return Estimate(value, float(low), float(high), n_units)


def times_drawn(n_units: int, seed: int) -> NDArray[np.float64]:
    """Return (R, n) how often each unit is in each resample."""
    rng = np.random.default_rng(seed)
    evenly = np.full(n_units, 1 / n_units)
    return rng.multinomial(n_units, evenly, size=REPLICATES).astype(np.float64)


def _check(values: NDArray[np.floating]) -> None:
    if values.size == 0:
        raise ContractError("there is nothing to average")
    if not np.all(np.isfinite(values)):
        raise ContractError("a value is not finite")
