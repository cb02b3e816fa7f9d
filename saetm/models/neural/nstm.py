"""NSTM: topics of an item are where its words can be moved to at the least cost."""

import numpy as np
from torch import Tensor, nn
from torch.nn.functional import normalize, relu

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import HIDDEN, BagLayer, CentredNorm
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.product import softmax_loss
from saetm.models.neural.training import Schedule, fit_network
from saetm.models.neural.word_transport import transport_loss
from saetm.models.neural.word_vectors import topic_points, word_points

DROPOUT, RECONSTRUCTION = 0.25, 0.07
SCHEDULE = Schedule(epochs=50, batch_size=200, learning_rate=1e-3)


def fit_nstm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit the neural topic model of optimal transport over word vectors, which it moves.

    References:
        Zhao et al. 2021, Neural topic model via optimal transport.
    """
    return fit_network(lambda: _Nstm(corpus, n_topics), corpus, seed, schedule, advance)


class _Nstm(TopicNetwork):
    def __init__(self, corpus: Corpus, n_topics: int) -> None:
        super().__init__()
        self.words = BagLayer(corpus.n_words, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT)
        self.last = nn.Sequential(nn.Linear(HIDDEN, n_topics), CentredNorm(n_topics))
        self.word_points = word_points(corpus, learned=True)
        self.topic_points = topic_points(n_topics, self.word_points)
        self.scalings = np.ones((corpus.n_items, n_topics), np.float32)

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return the cost of transport, and a little reconstruction."""
        mixtures, likeness = self.mixtures(batch), self.topics()
        moved = transport_loss(mixtures, 1 - likeness.T, batch, self.scalings)
        words = softmax_loss(mixtures @ likeness, batch)
        return (moved + RECONSTRUCTION * words).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the softmax of what the encoder says."""
        hidden = self.dropout(relu(self.words(batch, batch.counts)))
        return self.last(hidden).softmax(dim=1)

    def topics(self) -> Tensor:
        """Return the cosines of topics and words."""
        return normalize(self.topic_points, dim=1) @ normalize(self.word_points, dim=1).T
