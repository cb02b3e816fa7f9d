"""DecTM: a decoder in which the lengths of mixtures and of words cannot confound topics."""

from torch import Tensor
from torch.nn.functional import normalize

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.avitm import Avitm
from saetm.models.neural.encoders import LogisticNormal
from saetm.models.neural.product import ProductDecoder
from saetm.models.neural.training import Schedule, fit_network

SCHEDULE = Schedule(momentum=0.99)


def fit_dectm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit DecTM.

    References:
        Wu, Li and Miao 2021, Discovering topics in long-tailed corpora with causal intervention.
    """
    return fit_network(lambda: _DecTM(corpus.n_words, n_topics), corpus, seed, schedule, advance)


class _DecTM(Avitm):
    def __init__(self, n_words: int, n_topics: int) -> None:
        super().__init__(LogisticNormal(n_words, n_topics), n_words, n_topics)
        self.decoder = _UnitDecoder(n_topics, n_words)


class _UnitDecoder(ProductDecoder):
    """Logits are cosines of the mixture of an item and the topic weights of a word.

    A frequent word has long weights, and would be heard in every topic.
    """

    def factors(self, mixtures: Tensor) -> Tensor:
        return normalize(mixtures, dim=1)

    def kernel(self) -> Tensor:
        return normalize(self.weights, dim=0)
