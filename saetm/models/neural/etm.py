"""ETM: topics are points among word vectors, and say the words that lie in their direction."""

from torch import Tensor

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import BagBelief, drawn, normal_divergence
from saetm.models.neural.mixture import mixture_loss
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.training import Schedule, fit_network
from saetm.models.neural.word_vectors import topic_points, word_points

SCHEDULE = Schedule()


def fit_etm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit the embedded topic model over the corpus' word vectors, or over learned ones.

    References:
        Dieng, Ruiz and Blei 2020, Topic modeling in embedding spaces.
    """
    return fit_network(lambda: _Etm(corpus, n_topics), corpus, seed, schedule, advance)


class _Etm(TopicNetwork):
    def __init__(self, corpus: Corpus, n_topics: int) -> None:
        super().__init__()
        self.belief = BagBelief(corpus.n_words, n_topics)
        self.word_points = word_points(corpus, learned=False)
        self.topic_points = topic_points(n_topics, self.word_points)

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return the negative evidence lower bound."""
        mean, log_variance = self.belief(batch)
        mixtures = drawn(mean, log_variance, training=True).softmax(dim=1)
        words = mixture_loss(mixtures, self.topics().softmax(dim=1), batch)
        return (words + normal_divergence(mean, log_variance, 1.0)).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the softmax of the posterior means."""
        return self.belief(batch)[0].softmax(dim=1)

    def topics(self) -> Tensor:
        """Return the products of topics and words."""
        return self.topic_points @ self.word_points.T
