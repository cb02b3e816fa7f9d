"""CombinedTM: ProdLDA whose encoder reads the embedding of an item beside its words."""

from torch import Tensor, nn

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.avitm import Avitm
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import HIDDEN, LogisticNormal
from saetm.models.neural.training import Schedule, fit_network

SCHEDULE = Schedule(momentum=0.99)


def fit_combinedtm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit CombinedTM.

    References:
        Bianchi, Terragni and Hovy 2021, Pre-training is a hot topic: contextualized document
        embeddings improve topic coherence.
    """
    return fit_network(lambda: _CombinedTM(corpus, n_topics), corpus, seed, schedule, advance)


class _CombinedTM(Avitm):
    reads_embeddings = True

    def __init__(self, corpus: Corpus, n_topics: int) -> None:
        encoder = _BothEncoder(corpus.n_words, corpus.embeddings.shape[1], n_topics)
        super().__init__(encoder, corpus.n_words, n_topics)


class _BothEncoder(LogisticNormal):
    """The paper maps embeddings to V numbers and these to the first layer: one map does both."""

    def __init__(self, n_words: int, dimension: int, n_topics: int) -> None:
        super().__init__(n_words, n_topics)
        self.meaning = nn.Linear(dimension, HIDDEN)

    def first(self, batch: Batch) -> Tensor:
        return super().first(batch) + self.meaning(batch.embeddings)
