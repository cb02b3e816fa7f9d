"""Where topics begin among token states: at what groups of documents show beyond the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.special import logit

from saetm.mechanistic.model import FeatureCorpus
from saetm.mechanistic.vectors import document_vectors
from saetm.topics.kmeans import kmeans_topics

RIDGE = 1e-3  # of the mean square of the encoder's columns


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Parameters of mETM before training.

    States stand apart from the mean state, in units in which the encoder's rows have a mean
    square of one, so that steps of one size suit every dictionary.
    """

    encoder: NDArray[np.float32]  # (F, H) in these units
    states: NDArray[np.float32]  # (T, H) in these units
    offsets: NDArray[np.float32]  # (F,) log-odds of each feature at the mean state


def start(corpus: FeatureCorpus, n_topics: int, seed: int) -> Start:
    """Group documents by where they point, and find the states that show what each group does.

    Args:
        corpus: documents, at least T of them with features.
        n_topics: T; a state without a group is the mean state.
        seed: of the groups.
    """
    encoder = _scaled(corpus.dictionary.encoder)
    common = (corpus.counts.sum(axis=0) + 0.5) / (corpus.tokens.sum() + 1.0)  # (F,)
    odds = np.zeros((n_topics, corpus.n_features))
    groups = _groups(corpus, n_topics, seed)  # (G, N)
    odds[: groups.shape[0]] = logit(_rates(groups, corpus, common)) - logit(common)
    states = nearest_states(encoder, odds, common * (1 - common))
    return Start(encoder, states.astype(np.float32), logit(common).astype(np.float32))


def nearest_states(
    encoder: NDArray[np.floating], odds: NDArray[np.floating], weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Solve the ridge regression of log-odds on the encoder.

    Args:
        encoder: (F, H).
        odds: (T, F) by how much the log-odds of each feature are to be higher than common.
        weights: (F,) how much each feature counts: the variance of its rate.

    Returns:
        (T, H) states.
    """
    weighed = encoder * weights[:, None]
    squares = np.asarray(encoder.T @ weighed, dtype=np.float64)
    squares[np.diag_indices_from(squares)] += RIDGE * squares.trace() / len(squares)
    return linalg.solve(squares, (odds @ weighed).T, assume_a="pos").T


def _scaled(encoder: NDArray[np.float32]) -> NDArray[np.float32]:
    mean_norm = np.sqrt(np.square(encoder, dtype=np.float64).sum(axis=1).mean())
    return np.asarray(encoder / (mean_norm or 1.0), dtype=np.float32)


def _groups(corpus: FeatureCorpus, n_topics: int, seed: int) -> "sparse.csr_array[np.float64]":
    """Mark (G, N) the documents of each group; G is below T where few of them differ."""
    vectors = document_vectors(corpus)[corpus.filled]
    apart = vectors - vectors.mean(axis=0)
    norms = np.linalg.norm(apart, axis=1, keepdims=True)
    points = np.divide(apart, norms, out=np.zeros_like(apart), where=norms > 0)
    labels = kmeans_topics(points, np.ones(len(points)), n_topics=n_topics, n_starts=1, seed=seed)
    marks = np.ones(len(points)), (labels, corpus.filled)
    return sparse.csr_array(sparse.coo_array(marks, shape=(labels.max() + 1, corpus.n_items)))


def _rates(
    groups: "sparse.csr_array[np.float64]", corpus: FeatureCorpus, common: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (G, F) shares of tokens; each group has a typical document of all beside its own."""
    borrowed = max(corpus.tokens.mean(), 1.0)
    shown = (groups @ corpus.counts).toarray() + borrowed * common
    return np.asarray(shown / ((groups @ corpus.tokens) + borrowed)[:, None])
