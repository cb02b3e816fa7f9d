"""Passes of expectation-maximisation over the words, in blocks of bounded size."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.emission.blocks import blocks
from saetm.emission.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """An emission matrix on the support of a problem: `words + prior_share * unigram`."""

    words: NDArray[np.float64]
    """(S,) entries of the data part."""
    prior_share: NDArray[np.float64]
    """(K,) mass of each row that lies on the unigram."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """An estimate held against all words once."""

    estimate: Estimate
    """What was held against the words."""
    mixtures: NDArray[np.float64]
    """(E,) probability q of each entry's word in its item."""
    gradient: NDArray[np.float64]
    """(S,) derivative of the weighted log likelihood by each entry of the matrix."""


def climb(problem: Problem, start: Estimate, *, prior: float) -> Iterator[Sweep]:
    """Hold ever better estimates against the words, without end; the first is `start`.

    A row becomes proportional to prior * unigram + row * gradient, the exact maximiser of
    the lower bound that touches at the present estimate. The penalised log likelihood is
    concave in the matrix and never falls.

    Departs from the paper (SAE-TM, arXiv 2511.16309), which descends by AdamW on a softmax:
    this has no learning rate, and a bound on what is left to gain.
    """
    sweep = take_sweep(problem, start)
    while True:
        yield sweep
        sweep = take_sweep(problem, improve(problem, sweep, prior=prior))


def take_sweep(problem: Problem, estimate: Estimate) -> Sweep:
    """Compute the mixture of every entry and the gradient, block by block."""
    matrix = on_support(problem, estimate)
    weighted = problem.weigh(problem.counts)
    mixtures = np.empty_like(weighted)
    gradient = np.zeros_like(matrix)
    for block in blocks(problem):
        explained = block.spread(matrix)
        q = block.background + problem.feature_share * explained
        mixtures[block.entries] = q
        ratio = problem.feature_share * weighted[block.entries] / q
        gradient[block.support] += block.gather(ratio)
    return Sweep(estimate, mixtures, gradient)


def improve(problem: Problem, sweep: Sweep, *, prior: float) -> Estimate:
    """Maximise the lower bound that touches the objective at the sweep's estimate."""
    expected = on_support(problem, sweep.estimate) * sweep.gradient  # (S,) words per feature
    total = prior + sum_rows(problem, expected)
    divisor = np.where(total > 0, total, 1.0)
    return Estimate(
        words=expected / divisor[problem.support_feature],
        prior_share=np.where(total > 0, prior / divisor, 1.0),
    )


def on_support(problem: Problem, estimate: Estimate) -> NDArray[np.float64]:
    """Write out the (S,) entries of the emission matrix on the support."""
    unigram = np.repeat(problem.unigram, np.diff(problem.support_start))
    return estimate.words + estimate.prior_share[problem.support_feature] * unigram


def sum_rows(problem: Problem, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up (S,) values on the support per feature, (K,)."""
    totals = np.zeros(problem.theta.shape[1])
    np.add.at(totals, problem.support_feature, values)
    return totals


def log_likelihood(problem: Problem, sweep: Sweep, counts: NDArray[np.float64]) -> float:
    """Weighted log likelihood of (E,) counts, per weighted word; zero where there are none."""
    weighted = problem.weigh(counts)
    total = weighted.sum()
    return float(weighted @ np.log(sweep.mixtures) / total) if total > 0 else 0.0
