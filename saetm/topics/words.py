"""The words of topics: their distribution, and the order in which a reader meets them."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.emission.emissions import Emissions
from saetm.errors import ContractError


def topic_words(
    emissions: Emissions, weights: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Merge the word distributions of each topic's features: their weighted mean.

    A row depends on the features of its topic alone, so a topic that two cuts share has the
    same words in both.

    Args:
        emissions: K features over V words.
        weights: (K,) mean share of each feature over all items.
        labels: (K,) topic 0 to T - 1 of each feature, -1 for none.

    Returns:
        (T, V) probabilities, rows sum to one.

    Raises:
        ContractError: shapes differ, or a topic has no feature with weight.

    References:
        SAE-TM (arXiv 2511.16309), Eq. 12.
    """
    mean = _mean_over_members(weights, labels, emissions.shape[0])  # (T, K)
    evenly = np.asarray(mean @ emissions.prior_share) / max(emissions.shape[1], 1)
    return (mean @ emissions.words).toarray() + evenly[:, None]


def word_scores(
    emissions: Emissions, weights: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Score words for the top of a topic: what its features agree on.

    By probability alone the top words are those that one loud feature has to itself, or
    those that all topics have. So both factors are means over the topic's features in which
    a single feature cannot outvote the others: the squared mean of sqrt(B_kw), and the mean
    of log(1 + B_kw / (p0_w + 1/V)), which asks for more than the corpus has; a word much
    rarer than the average word, 1/V, cannot become specific by a few occurrences. B is what
    items say about the features; the even share of the prior speaks for no word.

    Args:
        emissions: K features over V words.
        weights: (K,) mean share of each feature over all items.
        labels: (K,) topic 0 to T - 1 of each feature, -1 for none.

    Returns:
        (T, V) non-negative scores; a row depends on the features of its topic alone.

    Raises:
        ContractError: as `topic_words`.

    References:
        Departs from SAE-TM, which ranks by probability:
        docs/decisions/0002-feature-vectors-for-merging.md.
    """
    n_features, n_words = emissions.shape
    mean, said = _mean_over_members(weights, labels, n_features), emissions.words  # (T, K), (K, V)
    expected = emissions.unigram + 1.0 / max(n_words, 1)
    mean_root = mean @ _with_data(said, np.sqrt(said.data))
    mean_lift = mean @ _with_data(said, np.log1p(said.data / expected[said.indices]))
    return np.asarray(mean_root.toarray() ** 2 * mean_lift.toarray())


def top_words(scores: NDArray[np.floating], n_words: int) -> NDArray[np.int64]:
    """Return the (T, n) words of the largest of (T, V) scores, best first, ties by word id."""
    count = min(n_words, scores.shape[1])
    best = np.empty((len(scores), count), np.int64)
    if count == 0:
        return best
    least = np.partition(-scores, count - 1, axis=1)[:, count - 1]
    for topic, falling in enumerate(-scores):
        enough = np.flatnonzero(falling <= least[topic])  # only those can be among the best
        best[topic] = enough[np.argsort(falling[enough], kind="stable")[:count]]
    return best


def specificities(
    distribution: NDArray[np.floating], unigram: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return log p(w | topic) / p(w) for (V,) or (T, V) probabilities and the (V,) unigram.

    It is 0 for a word that no item holds, and minus infinity for one the topic excludes.
    """
    ratio = np.ones(distribution.shape)
    np.divide(distribution, unigram, out=ratio, where=np.broadcast_to(unigram > 0, ratio.shape))
    with np.errstate(divide="ignore"):
        return np.log(ratio)


def _with_data(
    matrix: "sparse.csr_array[np.floating]", data: NDArray[np.floating]
) -> "sparse.csr_array[np.floating]":
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def _mean_over_members(
    weights: NDArray[np.floating], labels: NDArray[np.integer], n_features: int
) -> "sparse.csr_array[np.float64]":
    if not len(labels) == len(weights) == n_features:
        raise ContractError(f"{n_features} features, {len(labels)} labels, {len(weights)} weights")
    held = np.flatnonzero(labels >= 0)
    totals = np.bincount(labels[held], np.asarray(weights, np.float64)[held])
    if not (totals > 0).all():
        raise ContractError(f"topic {int(totals.argmin())} has no feature with weight")
    entries = weights[held] / totals[labels[held]], (labels[held], held)
    return sparse.csr_array(sparse.coo_array(entries, shape=(len(totals), n_features)))
