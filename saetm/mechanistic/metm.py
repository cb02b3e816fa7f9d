"""mETM: topics are token states, and show the features that the dictionary reads in them."""

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from saetm.mechanistic.binomial import binomial_loss
from saetm.mechanistic.model import FeatureCorpus, FeatureFit
from saetm.mechanistic.states import Start, start
from saetm.models.model import Advance, Corpus
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import BagBelief, drawn, normal_divergence
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.training import Schedule, fit_network

SCHEDULE = Schedule(batch_size=200)  # a step costs T H F however few its documents


def fit_metm(
    corpus: FeatureCorpus,
    n_topics: int,
    seed: int,
    advance: Advance,
    schedule: Schedule = SCHEDULE,
) -> FeatureFit:
    """Fit topics t_k among token states by amortised variational inference.

    theta_d = softmax(delta_d), delta_d ~ N(0, I); c_di ~ Binomial(N_tok(d), theta_d @ p_i);
    p_ki = sigmoid(a_i + z_i(t_k)), where z is what the dictionary's fixed encoder makes of a state
    before its threshold, and a_i a learned offset that starts where the mean state shows a feature
    as often as all documents do. The paper is silent on what maps the encoder's outputs into
    (0, 1); the offset stands in for it, as counts are of tokens far above the threshold.

    References:
        Mechanistic topic models (arXiv 2507.23220), Sec. 4.2.2, Eq. 12; Dieng, Ruiz and Blei
        2020 for the inference.
    """
    begin = start(corpus, n_topics, seed)
    empty = np.zeros((corpus.n_items, 0), dtype=np.float32)
    seen = Corpus(corpus.counts, embeddings=empty, words=[], word_vectors=None)
    build = partial(_Metm, corpus.tokens, begin)
    fitted = fit_network(build, seen, seed, schedule, advance)
    return FeatureFit(fitted.distributions, fitted.mixtures)


class _Metm(TopicNetwork):
    def __init__(self, tokens: NDArray[np.int64], begin: Start) -> None:
        super().__init__()
        n_topics, n_features = len(begin.states), len(begin.encoder)
        self.belief = BagBelief(n_features, n_topics)
        self.tokens = torch.from_numpy(tokens.astype(np.float32))
        self.encoder = torch.from_numpy(begin.encoder)
        self.states = nn.Parameter(torch.from_numpy(begin.states))
        self.offsets = nn.Parameter(torch.from_numpy(begin.offsets))

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return the negative evidence lower bound."""
        mean, log_variance = self.belief(batch)
        mixtures = drawn(mean, log_variance, training=True).softmax(dim=1)
        tokens = self.tokens[torch.from_numpy(batch.items)]
        counts = binomial_loss(mixtures, self.rates(), batch, tokens)
        return (counts + normal_divergence(mean, log_variance, 1.0)).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the softmax of the posterior means."""
        return self.belief(batch)[0].softmax(dim=1)

    def topics(self) -> Tensor:
        """Return the (T, F) rates, probabilities that a token of a topic shows a feature."""
        return self.rates()

    def distributions(self) -> Tensor:
        """Return the (T, F) rates; divided by their sum they are shares of what a topic shows."""
        return self.rates()

    def rates(self) -> Tensor:
        """Return (T, F) p."""
        return (self.states @ self.encoder.T + self.offsets).sigmoid()
