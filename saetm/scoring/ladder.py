"""Scores of the same model at many numbers of topics, by which one is chosen."""

import numpy as np
from numpy.typing import NDArray

from saetm.metrics.diversity import unique_shares
from saetm.metrics.intervals import SEED, Estimate, product_estimate
from saetm.metrics.npmi import npmi
from saetm.scoring.words import COHERENCE_WORDS, Evidence, stability_estimate, word_estimates


def ladder_estimates(
    top_words: NDArray[np.integer],
    refit: NDArray[np.integer] | None,
    evidence: Evidence,
    *,
    seed: int = SEED,
) -> dict[str, Estimate]:
    """Return what the curve over numbers of topics shows at one of them.

    Args:
        top_words: (T, n) word ids of the topics, best first, n at most 20.
        refit: (U, n) of a fit with another seed; None where there is none.
        evidence: what words are held against.
        seed: of the intervals.

    Returns:
        The metrics of `word_estimates`, `stability`, and `quality`: mean NPMI times the share of
        unique words, of the same top 10 words. Nothing where topics have fewer than two words.

    References:
        Dieng et al. 2020, Topic modeling in embedding spaces (topic quality).
    """
    found = word_estimates(top_words, evidence, seed=seed)
    if not found:
        return {}
    best = top_words[:, :COHERENCE_WORDS]
    coherences, shares = npmi(best, evidence.counts), unique_shares(best)
    found["quality"] = product_estimate(coherences, shares, seed=seed)
    if refit is not None:
        found["stability"] = stability_estimate(top_words, [refit], seed=seed)
    return found
