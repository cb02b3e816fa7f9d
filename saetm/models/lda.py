"""Latent Dirichlet allocation by collapsed Gibbs sampling, from tomotopy."""

import warnings

import numpy as np

from saetm.errors import InputError
from saetm.models.model import Advance, Corpus, ModelFit

SWEEPS, SWEEPS_AT_ONCE = 1000, 20
ALPHA, ETA = 0.1, 0.01  # tomotopy's defaults; alpha is then learned, one per topic
MOST_TOPICS = 32767  # tomotopy numbers topics in 16 bits


def fit_lda(corpus: Corpus, n_topics: int, seed: int, advance: Advance) -> ModelFit:
    """Sample topics of tokens on one thread.

    Raises:
        InputError: more topics than tomotopy can number.

    References:
        Blei, Ng and Jordan 2003; Griffiths and Steyvers 2004 for the sampler.
    """
    if n_topics > MOST_TOPICS:
        raise InputError(f"LDA takes at most {MOST_TOPICS} topics, not {n_topics}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its types, which it reports as a missing module
        import tomotopy  # noqa: PLC0415  # an extra

    model = tomotopy.LDAModel(k=n_topics, alpha=ALPHA, eta=ETA, seed=seed)
    filled = np.flatnonzero(np.diff(corpus.counts.indptr))
    for item in filled:
        model.add_doc(_tokens(corpus, item))
    for _ in range(SWEEPS // SWEEPS_AT_ONCE):
        model.train(SWEEPS_AT_ONCE, workers=1)
        advance(SWEEPS_AT_ONCE / SWEEPS)
    topics = np.zeros((n_topics, corpus.n_words))  # words that no item holds have none
    rows = [model.get_topic_word_dist(topic) for topic in range(n_topics)]
    topics[:, [int(word) for word in model.used_vocabs]] = rows
    topics /= topics.sum(axis=1, keepdims=True)
    mixtures = np.zeros((corpus.n_items, n_topics))
    mixtures[filled] = [item.get_topic_dist() for item in model.docs]
    return ModelFit(topics, topics, mixtures)


def _tokens(corpus: Corpus, item: np.intp) -> list[str]:
    """Return the words of an item by their numbers, each as often as it occurs."""
    row = corpus.counts[[item]]
    return np.repeat(row.indices, row.data.astype(int)).astype(str).tolist()
