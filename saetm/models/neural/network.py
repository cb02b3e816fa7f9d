"""What a neural topic model has to offer to be trained."""

from abc import ABC, abstractmethod

from torch import Tensor, nn

from saetm.models.neural.batches import Batch


class TopicNetwork(nn.Module, ABC):
    """A network whose T topics are read from its parameters."""

    reads_embeddings = False
    """Whether it says something of an item that has no words."""

    @abstractmethod
    def loss(self, batch: Batch, progress: float) -> Tensor:
        """Return what training lowers, per item; progress runs from 0 to 1 over the epochs."""

    @abstractmethod
    def mixtures(self, batch: Batch) -> Tensor:
        """Return the (B, T) shares of topics in items; rows sum to one."""

    @abstractmethod
    def topics(self) -> Tensor:
        """Return (T, V) scores whose order is that of the words of a topic."""

    def distributions(self) -> Tensor:
        """Return (T, V) probabilities of words; the softmax of the scores where nothing else is."""
        return self.topics().double().softmax(dim=1)
