"""What the top words of a model's topics are worth, by the same pools for every model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.metrics.c_v import c_v
from saetm.metrics.diversity import rank_biased_overlaps, unique_shares
from saetm.metrics.intervals import SEED, Estimate, mean_estimate, pair_estimate
from saetm.metrics.npmi import npmi
from saetm.metrics.stability import found_again
from saetm.metrics.transport import word_movers_distances

COHERENCE_WORDS = 10  # the field's habit for NPMI, C_V and the share of unique words
POOL_WORDS = 20  # of everything else (paper, section 5)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What words are held against; the same for every model of a dataset."""

    counts: "sparse.csr_array[np.float64]"  # (N, V) of all items
    tokens: Sequence[NDArray[np.integer]] | None  # words in order, of a sample of the items
    word_vectors: NDArray[np.floating] | None  # (V, E)


def word_estimates(
    top_words: NDArray[np.integer], evidence: Evidence, *, seed: int = SEED
) -> dict[str, Estimate]:
    """Return each metric of words by its name.

    Args:
        top_words: (T, n) word ids, best first, n at most 20.
        evidence: what they are held against; a metric without its evidence is left out.
        seed: of the intervals.

    Returns:
        npmi, c_v, unique_words, word_movers_distance and inverted_rbo; nothing where topics have
        fewer than two words, which make no pairs.
    """
    if top_words.shape[1] < 2:
        return {}
    best = top_words[:, :COHERENCE_WORDS]
    found = {
        "npmi": mean_estimate(npmi(best, evidence.counts), seed=seed),
        "unique_words": mean_estimate(unique_shares(best), seed=seed),
        "inverted_rbo": pair_estimate(1 - rank_biased_overlaps(top_words), seed=seed),
    }
    if evidence.tokens is not None:
        found["c_v"] = mean_estimate(c_v(best, evidence.tokens), seed=seed)
    if evidence.word_vectors is not None:
        moved = word_movers_distances(top_words, evidence.word_vectors)
        found["word_movers_distance"] = pair_estimate(moved, seed=seed)
    return found


def stability_estimate(
    top_words: NDArray[np.integer], refits: Sequence[NDArray[np.integer]], *, seed: int = SEED
) -> Estimate:
    """Return how much of the topics' words refits find again, on average.

    Args:
        top_words: (T, n) word ids of the fit.
        refits: (U, m) word ids of each refit, at least one; the shorter lists say how many words
            are compared.
        seed: of the interval, whose units are topics.
    """
    size = min(top_words.shape[1], *(refit.shape[1] for refit in refits))
    shares = [found_again(top_words[:, :size], refit[:, :size]) for refit in refits]
    return mean_estimate(np.mean(shares, axis=0), seed=seed)
