"""Where the passes begin: at even rows, or at earlier emissions."""

import numpy as np
from numpy.typing import NDArray

from saetm.emission.emissions import Emissions
from saetm.emission.layout import Estimate
from saetm.emission.problem import Problem
from saetm.errors import ContractError

LEAST_SHARE = 1e-4  # spread evenly in a warm start: a word new to a feature cannot leave zero


def from_even(problem: Problem) -> Estimate:
    """Give every word the same probability; the first pass then averages each feature's items."""
    n_pairs = len(problem.columns.feature)
    return Estimate(np.zeros(n_pairs, np.float32), np.ones(problem.n_features))


def from_emissions(problem: Problem, emissions: Emissions) -> Estimate:
    """Start at earlier emissions; mass on words outside the support is spread evenly.

    Raises:
        ContractError: the emissions have other numbers of features or words.
    """
    expected = (problem.n_features, len(problem.columns.unigram))
    if emissions.shape != expected:
        raise ContractError(f"start has shape {emissions.shape}, the problem {expected}")
    words = _on_support_of(problem, emissions)
    feature = problem.columns.feature.astype(np.int64)
    mass = np.bincount(feature, weights=words, minlength=problem.n_features)  # (K,)
    share = np.maximum(1.0 - mass, LEAST_SHARE)
    scale = (1.0 - share) / np.where(mass > 0, mass, 1.0)
    return Estimate((words * scale[feature]).astype(np.float32), share)


def _on_support_of(problem: Problem, emissions: Emissions) -> NDArray[np.float32]:
    n_features, n_words = emissions.shape
    columns = problem.columns
    word = np.repeat(np.arange(n_words), np.diff(columns.start).astype(np.int64))
    wanted = word * n_features + columns.feature
    entries = emissions.words.tocoo()
    given = entries.col.astype(np.int64) * n_features + entries.row
    if len(given) == 0:
        return np.zeros(len(wanted), np.float32)
    order = np.argsort(given)
    place = np.searchsorted(given, wanted, sorter=order).clip(max=len(given) - 1)
    found = given[order[place]] == wanted
    return np.where(found, entries.data[order[place]], np.float32(0))
