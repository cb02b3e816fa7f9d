"""FASTopic: items, topics and words as points; mixtures and topics are plans between them."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.mixture import mixture_loss
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.plans import Sinkhorn, squared_distances
from saetm.models.neural.training import Schedule, fit_network

ITEM_SHARPNESS, WORD_SHARPNESS = 3.0, 2.0
SCHEDULE = Schedule(epochs=200, batch_size=None)


def fit_fastopic(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit FASTopic to the directions of the embeddings, all items at once.

    References:
        Wu et al. 2024, FASTopic: pretrained transformer is a fast, adaptive, stable, and
        transferable topic model.
    """
    return fit_network(lambda: _Fastopic(corpus, n_topics), corpus, seed, schedule, advance)


class _Fastopic(TopicNetwork):
    reads_embeddings = True

    def __init__(self, corpus: Corpus, n_topics: int) -> None:
        super().__init__()
        dimension = corpus.embeddings.shape[1]
        self.topic_points = _directions(n_topics, dimension)
        self.word_points = _directions(corpus.n_words, dimension)
        self.topic_sizes = nn.Parameter(torch.zeros(n_topics))
        self.word_sizes = nn.Parameter(torch.zeros(corpus.n_words))
        self.to_items, self.to_words = Sinkhorn(ITEM_SHARPNESS), Sinkhorn(WORD_SHARPNESS)

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return the costs of both plans, and the reconstruction by their product."""
        item_cost, word_cost = self._item_cost(batch), self._word_cost()
        items = torch.full((len(item_cost),), 1 / len(item_cost))
        item_plan = self.to_items.plan(item_cost, items, self.topic_sizes.softmax(dim=0))
        word_plan = self._word_plan(word_cost)
        costs = (item_plan * item_cost).sum() + (word_plan * word_cost).sum()
        mixtures, topics = item_plan * len(item_plan), word_plan * len(word_plan)
        return costs + mixture_loss(mixtures, topics, batch).mean()

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the rows of the plan, given the scaling of topics after training."""
        kernel = -ITEM_SHARPNESS * self._item_cost(batch)
        scaling = self.to_items.scaling
        return (kernel if scaling is None else kernel + scaling.log()).softmax(dim=1)

    def topics(self) -> Tensor:
        """Return the rows of the plan between topics and words."""
        return self._word_plan(self._word_cost()) * len(self.topic_points)

    def distributions(self) -> Tensor:
        """Return the same; a plan holds probabilities."""
        topics = self.topics().double()
        return topics / topics.sum(dim=1, keepdim=True)

    def _item_cost(self, batch: Batch) -> Tensor:
        return squared_distances(normalize(batch.embeddings, dim=1), self.topic_points)

    def _word_cost(self) -> Tensor:
        return squared_distances(self.topic_points, self.word_points)

    def _word_plan(self, cost: Tensor) -> Tensor:
        topics = torch.full((len(cost),), 1 / len(cost))
        return self.to_words.plan(cost, topics, self.word_sizes.softmax(dim=0))


def _directions(count: int, dimension: int) -> nn.Parameter:
    return nn.Parameter(normalize(torch.randn(count, dimension), dim=1))
