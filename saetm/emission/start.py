"""Where the passes begin: at the unigram, or at earlier emissions."""

import numpy as np
from numpy.typing import NDArray

from saetm.emission.emissions import Emissions
from saetm.emission.passes import Estimate, sum_rows
from saetm.emission.problem import Problem
from saetm.errors import ContractError

LEAST_SHARE = 1e-4  # of the unigram in a warm start: a word new to a feature cannot leave zero


def from_unigram(problem: Problem) -> Estimate:
    """Start every feature at the unigram; the first pass then averages its items' words."""
    return Estimate(np.zeros(len(problem.support_feature)), np.ones(problem.theta.shape[1]))


def from_emissions(problem: Problem, emissions: Emissions) -> Estimate:
    """Start at earlier emissions; mass on words outside the support goes to the unigram.

    Raises:
        ContractError: the emissions have other numbers of features or words.
    """
    expected = (problem.theta.shape[1], len(problem.unigram))
    if emissions.shape != expected:
        raise ContractError(f"start has shape {emissions.shape}, the problem {expected}")
    words = _on_support_of(problem, emissions)
    mass = sum_rows(problem, words)  # (K,)
    share = np.maximum(1.0 - mass, LEAST_SHARE)
    scale = (1.0 - share) / np.where(mass > 0, mass, 1.0)
    return Estimate(words * scale[problem.support_feature], share)


def _on_support_of(problem: Problem, emissions: Emissions) -> NDArray[np.float64]:
    n_features, n_words = emissions.shape
    word = np.repeat(np.arange(n_words), np.diff(problem.support_start))
    wanted = word * n_features + problem.support_feature  # ascending
    entries = emissions.words.tocoo()
    given = entries.col.astype(np.int64) * n_features + entries.row
    order = np.argsort(given)
    words = np.zeros(len(wanted))
    found = np.isin(wanted, given[order], assume_unique=True)
    kept = np.isin(given[order], wanted, assume_unique=True)
    words[found] = entries.data[order][kept]
    return words
