"""AVITM: variational inference for a product of experts, ProdLDA."""

from torch import Tensor, nn

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import DROPOUT, LogisticNormal
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.product import ProductDecoder
from saetm.models.neural.training import Schedule, fit_network

SCHEDULE = Schedule(momentum=0.99)


def fit_avitm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit ProdLDA.

    References:
        Srivastava and Sutton 2017, Autoencoding variational inference for topic models.
    """
    return fit_network(
        lambda: Avitm(LogisticNormal(corpus.n_words, n_topics), corpus.n_words, n_topics),
        corpus,
        seed,
        schedule,
        advance,
    )


class Avitm(TopicNetwork):
    """A logistic-normal encoder before a product of experts."""

    def __init__(self, encoder: LogisticNormal, n_words: int, n_topics: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = ProductDecoder(n_topics, n_words)
        self.dropout = nn.Dropout(DROPOUT)

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return the negative evidence lower bound."""
        mixtures, divergence = self.encoder(batch)
        return (self.decoder(self.dropout(mixtures), batch) + divergence).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the softmax of the posterior means."""
        return self.encoder(batch)[0]

    def topics(self) -> Tensor:
        """Return the weights of the decoder."""
        return self.decoder.weights

    def distributions(self) -> Tensor:
        """Return what the decoder says of items of one topic alone."""
        return self.decoder.distributions()
