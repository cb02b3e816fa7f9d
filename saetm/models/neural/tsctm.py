"""TSCTM: quantised mixtures; items with the same one attract, with another repel each other."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from saetm.models.model import Advance, Corpus, ModelFit
from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import HIDDEN, BagLayer, CentredNorm
from saetm.models.neural.network import TopicNetwork
from saetm.models.neural.product import ProductDecoder
from saetm.models.neural.training import Schedule, fit_network

TEMPERATURE, CONTRAST, COMMITMENT = 0.5, 1.0, 0.1
SCHEDULE = Schedule(batch_size=200)  # items of a batch are what contrast compares


def fit_tsctm(
    corpus: Corpus, n_topics: int, seed: int, advance: Advance, schedule: Schedule = SCHEDULE
) -> ModelFit:
    """Fit TSCTM without augmented texts.

    References:
        Wu, Luu and Dong 2022, Mitigating data sparsity for short text topic modeling by
        topic-semantic contrastive learning; the quantisation is that of Wu et al. 2020.
    """
    return fit_network(lambda: _Tsctm(corpus.n_words, n_topics), corpus, seed, schedule, advance)


class _Tsctm(TopicNetwork):
    def __init__(self, n_words: int, n_topics: int) -> None:
        super().__init__()
        self.words = BagLayer(n_words, HIDDEN)
        self.middle = nn.Linear(HIDDEN, HIDDEN)
        self.last = nn.Sequential(nn.Linear(HIDDEN, n_topics), CentredNorm(n_topics))
        self.codes = nn.Parameter(torch.eye(n_topics))  # (T, T), a mixture each
        self.decoder = ProductDecoder(n_topics, n_words)

    def loss(self, batch: Batch, progress: float) -> Tensor:  # noqa: ARG002
        """Return reconstruction, quantisation and contrast."""
        hidden = self._hidden(batch)
        mixtures = hidden.softmax(dim=1)
        code = torch.cdist(mixtures.detach(), self.codes.detach()).argmin(dim=1)
        coded = self.codes[code]
        passed = mixtures + (coded - mixtures).detach()  # the gradient passes the quantisation
        words = self.decoder(passed, batch).mean()
        return words + _quantisation(mixtures, coded) + CONTRAST * contrast(hidden, code)

    def mixtures(self, batch: Batch) -> Tensor:
        """Return the mixtures before they are quantised."""
        return self._hidden(batch).softmax(dim=1)

    def topics(self) -> Tensor:
        """Return the weights of the decoder."""
        return self.decoder.weights

    def distributions(self) -> Tensor:
        """Return what the decoder says of items of one topic alone."""
        return self.decoder.distributions()

    def _hidden(self, batch: Batch) -> Tensor:
        return self.last(softplus(self.middle(softplus(self.words(batch, batch.counts)))))


def _quantisation(mixtures: Tensor, coded: Tensor) -> Tensor:
    """Draw codes to mixtures, and mixtures a little to their codes."""
    codes = (coded - mixtures.detach()).square().sum(dim=1)
    commitment = (coded.detach() - mixtures).square().sum(dim=1)
    return (codes + COMMITMENT * commitment).mean()


def contrast(hidden: Tensor, code: Tensor) -> Tensor:
    """Return how far items are from those of their code, against those of other codes.

    Args:
        hidden: (B, T) vectors, compared by their cosines.
        code: (B,) numbers of codes.
    """
    directions = normalize(hidden, dim=1)
    likeness = directions @ directions.T / TEMPERATURE  # (B, B)
    same = code[:, None] == code
    others = likeness.masked_fill(same, -torch.inf).logsumexp(dim=1)
    alone = same.all(dim=1)  # nobody to be told apart from
    pairs = same.float().fill_diagonal_(0.0)
    near = (pairs * likeness).sum(dim=1) / pairs.sum(dim=1).clamp_min(1.0)
    return torch.where(alone, 0.0, others - near).mean()
