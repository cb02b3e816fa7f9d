"""What the solvers of emissions are compared on, and how they are judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.crew import Crew
from saetm.emission.config import EmissionConfig
from saetm.emission.problem import build_problem

BACKGROUND_SHARE = 0.3
CLAMP = 1e-8  # of probabilities, as the authors have it


@dataclass(frozen=True)
class Task:
    """What both solvers are given, and what they are judged on."""

    theta: "sparse.csr_array[np.float32]"
    """(N, K) mixtures."""
    seen: "sparse.csr_array[np.float64]"
    """(N, V) words to learn from."""
    heldout: "sparse.csr_array[np.float64]"
    """(N, V) words to be judged on."""
    unigram: NDArray[np.float64]
    """(V,) frequencies of the words seen."""
    weights: NDArray[np.float64]
    """(V,) inverse document frequencies over their maximum."""


def split(theta: "sparse.csr_array[np.float32]", counts: "sparse.csr_array[np.float64]") -> Task:
    """Hold a tenth of all occurrences of words out."""
    heldout = counts.copy()
    heldout.data = np.random.default_rng(0).binomial(counts.data.astype(int), 0.1).astype(float)
    heldout.eliminate_zeros()
    seen = sparse.csr_array(counts - heldout)
    seen.eliminate_zeros()
    columns = build_problem(theta, seen, EmissionConfig(), Crew(1)).columns
    return Task(theta, seen, heldout, columns.unigram, columns.weight)


def judge(task: Task, emissions: NDArray[np.floating]) -> float:
    """Return the log likelihood per weighted held-out word of (K, V) emissions."""
    words = task.heldout.tocoo()
    picked = task.theta[words.row]  # (E, K)
    entry = np.repeat(np.arange(len(words.row)), np.diff(picked.indptr))
    said = picked.data * emissions[picked.indices, words.col[entry]]
    q = (1 - BACKGROUND_SHARE) * np.bincount(entry, weights=said, minlength=len(words.row))
    q += BACKGROUND_SHARE * task.unigram[words.col]
    weighted = words.data * task.weights[words.col]
    return float(weighted @ np.log(np.maximum(q, CLAMP)) / weighted.sum())
