"""The loops over pairs of active feature and word, each over a span of words.

They are written out entry by entry, for they are compiled (saetm.compiled). Words do
not touch each other, so that spans can run side by side and give the same as one after another.
"""

import math

import numpy as np
from numpy.typing import NDArray

from saetm.crew import Span
from saetm.emission.layout import Columns, Entries, Estimate, Mixtures


def sweep_words(
    span: Span,
    mixtures: Mixtures,
    entries: Entries,
    columns: Columns,
    estimate: Estimate,
    gradient: NDArray[np.floating],
) -> tuple[float, float, float, float]:
    """Hold an estimate against the words of a block, and add to the (S,) gradient.

    A word's column is spread over all features first, so that an item finds its own there.

    Returns:
        The fields of a `Tally`.
    """
    column = np.zeros(len(estimate.prior_share))
    slope = np.zeros(len(estimate.prior_share))
    even = 1.0 / len(columns.unigram)
    seen_log = seen_weight = heldout_log = heldout_weight = 0.0
    for word in range(span[0], span[1]):
        unigram, weight = columns.unigram[word], columns.weight[word]
        for place in range(columns.start[word], columns.start[word + 1]):
            feature = columns.feature[place]
            column[feature] = estimate.words[place] + estimate.prior_share[feature] * even
            slope[feature] = 0.0
        for entry in range(entries.start[word], entries.start[word + 1]):
            item = entries.item[entry]
            q = mixtures.background[item] * unigram
            for pair in range(mixtures.start[item], mixtures.start[item + 1]):
                q += mixtures.share[pair] * column[mixtures.feature[pair]]
            seen, heldout = weight * entries.seen[entry], weight * entries.heldout[entry]
            log = math.log(q)
            seen_log += seen * log
            heldout_log += heldout * log
            seen_weight += seen
            heldout_weight += heldout
            ratio = seen / q
            for pair in range(mixtures.start[item], mixtures.start[item + 1]):
                slope[mixtures.feature[pair]] += mixtures.share[pair] * ratio
        for place in range(columns.start[word], columns.start[word + 1]):
            gradient[place] += slope[columns.feature[place]]
    return seen_log, seen_weight, heldout_log, heldout_weight


def earn_words(
    span: Span, columns: Columns, estimate: Estimate, gradient: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Add up the weighted words that each feature is expected to have said, (K,)."""
    earned = np.zeros(len(estimate.prior_share))
    even = 1.0 / len(columns.unigram)
    for word in range(span[0], span[1]):
        for place in range(columns.start[word], columns.start[word + 1]):
            feature = columns.feature[place]
            present = estimate.words[place] + estimate.prior_share[feature] * even
            earned[feature] += present * gradient[place]
    return earned


def improve_words(
    span: Span,
    columns: Columns,
    estimate: Estimate,
    gradient: NDArray[np.floating],
    divisor: NDArray[np.float64],
    improved: NDArray[np.floating],
) -> None:
    """Write the (S,) words that each feature is expected to have said, over its (K,) divisor."""
    even = 1.0 / len(columns.unigram)
    for word in range(span[0], span[1]):
        for place in range(columns.start[word], columns.start[word + 1]):
            feature = columns.feature[place]
            present = estimate.words[place] + estimate.prior_share[feature] * even
            improved[place] = present * gradient[place] / divisor[feature]


def steepest_words(
    span: Span,
    columns: Columns,
    estimate: Estimate,
    gradient: NDArray[np.floating],
    prior: float,
) -> NDArray[np.float64]:
    """Find the largest derivative of each row over its words, (K,), the prior's pull included."""
    steepest = np.zeros(len(estimate.prior_share))
    even = 1.0 / len(columns.unigram)
    for word in range(span[0], span[1]):
        for place in range(columns.start[word], columns.start[word + 1]):
            feature = columns.feature[place]
            present = estimate.words[place] + estimate.prior_share[feature] * even
            slope = gradient[place] + (prior * even / present if present > 0 else 0.0)
            steepest[feature] = max(steepest[feature], slope)
    return steepest
