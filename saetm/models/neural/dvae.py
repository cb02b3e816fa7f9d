"""DVAE: mixtures drawn from a Dirichlet posterior, so that they can be sparse."""

import torch
from torch import Tensor, nn
from torch.distributions import Dirichlet
from torch.distributions.kl import kl_divergence
from torch.nn.functional import relu, softplus

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import BagLayer, CentredNorm
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.product import ProductDecoder
from saetm.models.neural.training import Schedule, fit_network

HIDDEN, DROPOUT = 100, 0.4
PRIOR = 0.1  # Dirichlet parameter of every topic
WARM_UP = 0.5  # share of the epochs in which the divergence gains its full weight
LEAST = 1e-2  # of a posterior parameter: draws below it are zero in single precision
SCHEDULE = Schedule(learning_rate=1e-3, least_epochs=60)


def fit_dvae(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit DVAE with implicit gradients of the Dirichlet distribution.

    References:
        Burkhardt and Kramer 2019, Decoupling sparsity and smoothness in the Dirichlet
        variational autoencoder topic model.
    """
    return fit_network(lambda: _Dvae(corpus.n_words, n_topics), corpus, seed, schedule, advance)


class _Dvae(TopicNetwork):
    def __init__(self, n_words: int, n_topics: int) -> None:
        super().__init__()
        self.words = BagLayer(n_words, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT)
        self.strengths = nn.Sequential(nn.Linear(HIDDEN, n_topics), CentredNorm(n_topics))
        self.decoder = ProductDecoder(n_topics, n_words)
        self.prior = Dirichlet(torch.full((n_topics,), PRIOR))

    def loss(self, batch: Batch, progress: float) -> Tensor:
        """Return the negative evidence lower bound; its divergence counts little at first."""
        posterior = Dirichlet(self._strengths(batch), validate_args=False)
        divergence = kl_divergence(posterior, self.prior)
        words = self.decoder(posterior.rsample(), batch)
        return (words + min(1.0, progress / WARM_UP) * divergence).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the means of the posteriors."""
        strengths = self._strengths(batch)
        return strengths / strengths.sum(dim=1, keepdim=True)

    def topics(self) -> Tensor:
        """Return the weights of the decoder."""
        return self.decoder.weights

    def distributions(self) -> Tensor:
        """Return what the decoder says of items of one topic alone."""
        return self.decoder.distributions()

    def _strengths(self, batch: Batch) -> Tensor:
        hidden = self.dropout(relu(self.words(batch, batch.counts)))
        return softplus(self.strengths(hidden)).clamp_min(LEAST)
