"""How far an emission matrix can be from the best one: a bound that needs no second solve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.emission.layout import Estimate
from saetm.emission.loops import steepest_words
from saetm.emission.passes import Sweep, earned_words
from saetm.emission.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Upper bound on what any emission matrix could gain over the present one."""

    gap: float
    """At most this much penalised weighted log likelihood is left; zero at the optimum."""
    gap_per_word: float
    """The gap per weighted word of the corpus."""
    feature_gaps: NDArray[np.float64]
    """(K,) largest derivative of each row minus its multiplier: who is far from done."""


def certify(problem: Problem, sweep: Sweep, *, prior: float) -> Certificate:
    """Bound the gain that is left in the penalised log likelihood.

    On the simplex a row is best when its derivative g is largest wherever it has mass; the
    multiplier is the mean of g under the row. As the objective is a sum of T weighted
    logarithms of functions linear in the matrix, Jensen's inequality turns the excess, the
    sum over features of max g minus multiplier, into gain <= T log(1 + excess / T).

    Args:
        problem: the words, and the mixtures of items.
        sweep: the estimate, held against these words.
        prior: weighted words that each feature borrows from all words evenly.
    """
    earned = earned_words(problem, sweep)
    excess = np.maximum(_steepest(problem, sweep, prior=prior) - earned - prior, 0.0)
    n_words = sweep.tally.seen_weight
    n_logs = n_words + prior * np.count_nonzero(earned > 0)
    gap = float(n_logs * np.log1p(excess.sum() / n_logs)) if n_logs > 0 else 0.0
    return Certificate(gap, gap / n_words if n_words > 0 else 0.0, excess)


def penalty(problem: Problem, estimate: Estimate, *, prior: float) -> float:
    """Return the logarithm of the Dirichlet prior: zero where every row is even.

    It is -prior times the sum over features of KL(even || row).
    """
    if prior == 0:
        return 0.0
    columns, share = problem.columns, estimate.prior_share
    even = 1.0 / len(columns.unigram)
    risen = even * np.log1p(estimate.words / (share[columns.feature] * even)).sum()
    return float(prior * (np.log(share).sum() + risen))


def _steepest(problem: Problem, sweep: Sweep, *, prior: float) -> NDArray[np.float64]:
    """Return the largest derivative of each row, (K,); off the support only the prior pulls."""
    share = sweep.estimate.prior_share
    pull = np.divide(prior, share, out=np.zeros_like(share), where=share > 0)
    known = problem.columns, sweep.estimate, sweep.gradient
    parts = problem.crew.walk(steepest_words, problem.columns.start, *known, float(prior))
    return np.max([pull, *parts], axis=0)
