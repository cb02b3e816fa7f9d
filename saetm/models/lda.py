"""Latent Dirichlet allocation by collapsed Gibbs sampling, from tomotopy."""

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import InputError
from saetm.models.model import Advance, Corpus, ModelFit

if TYPE_CHECKING:
    import tomotopy

SWEEPS, SWEEPS_AT_ONCE, LOOKS = 1000, 20, 5
MOST_TOPICS = 32767  # tomotopy numbers topics in 16 bits


class Sampling(NamedTuple):
    """What is believed before any token is seen, and how long tokens are drawn anew.

    Alpha is learned, one per topic, every ten sweeps.
    """

    alpha: float
    """Tokens that each topic has in an item beforehand."""
    eta: float
    """Tokens that each word has in a topic beforehand."""
    least_gain: float = -np.inf
    """Log-likelihood per token that 100 sweeps have to gain, or sampling ends before the last."""


OF_TOMOTOPY = Sampling(alpha=0.1, eta=0.01)


def fit_lda(corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
    """Sample topics of tokens on one thread.

    Raises:
        InputError: more topics than tomotopy can number.

    References:
        Blei, Ng and Jordan 2003; Griffiths and Steyvers 2004 for the sampler.
    """
    topics, mixtures = sample_topics(corpus.counts, n_topics, OF_TOMOTOPY, seed, advance)
    return ModelFit(topics, topics, mixtures)


def sample_topics(
    counts: "sparse.csr_array[np.float64]",
    n_topics: int,
    how: Sampling,
    seed: int,
    advance: Advance,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sample topics of what items hold, one token per count.

    Every token is kept with its topic, so memory grows with the sum of the counts, by
    some 20 bytes each.

    Args:
        counts: (N, V) how often each item holds each word, in whole numbers.
        n_topics: T.
        how: priors, and when to end.
        seed: of the sampler.
        advance: is told the share of the sweeps done just now.

    Returns:
        (T, V) probabilities of words, and (N, T) mixtures, zero for items that hold nothing.

    Raises:
        InputError: more topics than tomotopy can number.
    """
    if n_topics > MOST_TOPICS:
        raise InputError(f"LDA takes at most {MOST_TOPICS} topics, not {n_topics}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its types, which it reports as a missing module
        import tomotopy  # noqa: PLC0415  # an extra

    model = tomotopy.LDAModel(k=n_topics, alpha=how.alpha, eta=how.eta, seed=seed)
    filled = np.flatnonzero(np.diff(counts.indptr))
    for item in filled:
        model.add_doc(_tokens(counts, item))
    _sweep(model, how.least_gain, advance)
    topics = np.zeros((n_topics, counts.shape[1]))  # words that no item holds have none
    rows = [model.get_topic_word_dist(topic) for topic in range(n_topics)]
    topics[:, [int(word) for word in model.used_vocabs]] = rows
    topics /= topics.sum(axis=1, keepdims=True)
    mixtures = np.zeros((counts.shape[0], n_topics))
    mixtures[filled] = [item.get_topic_dist() for item in model.docs]
    return topics, mixtures


def _sweep(model: "tomotopy.LDAModel", least_gain: float, advance: Advance) -> None:
    likelihoods: list[float] = []
    for done in range(SWEEPS_AT_ONCE, SWEEPS + 1, SWEEPS_AT_ONCE):
        model.train(SWEEPS_AT_ONCE, workers=1)
        likelihoods.append(model.ll_per_word)
        if len(likelihoods) > LOOKS and likelihoods[-1] - likelihoods[-1 - LOOKS] < least_gain:
            advance(1 - (done - SWEEPS_AT_ONCE) / SWEEPS)
            return
        advance(SWEEPS_AT_ONCE / SWEEPS)


def _tokens(counts: "sparse.csr_array[np.float64]", item: np.intp) -> list[str]:
    """Return the words of an item by their numbers, each as often as it occurs."""
    row = counts[[item]]
    return np.repeat(row.indices, row.data.astype(int)).astype(str).tolist()
