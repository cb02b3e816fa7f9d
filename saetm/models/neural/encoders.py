"""Encoders: from the words of an item to what is believed of its topics."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, relu, softplus

from saetm.models.neural.batches import Batch

HIDDEN, DROPOUT = 200, 0.4  # as in TopMost
BATCH_NORM_EPS = 1e-3


class BagLayer(nn.Module):
    """A linear layer over bags that touches only the words that they hold."""

    def __init__(self, n_words: int, width: int) -> None:
        super().__init__()
        bound = n_words**-0.5  # as nn.Linear
        self.weight = nn.Parameter(torch.empty(n_words, width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(width).uniform_(-bound, bound))

    def forward(self, batch: Batch, values: Tensor) -> Tensor:
        """Return (B, width) sums over (M,) values of words, by default their counts."""
        sums = embedding_bag(
            batch.words, self.weight, batch.starts, mode="sum", per_sample_weights=values
        )
        return sums + self.bias


class CentredNorm(nn.BatchNorm1d):
    """Batch normalisation with a learned centre and no learned scale."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=BATCH_NORM_EPS)
        self.weight.requires_grad = False


class Belief(nn.Module):
    """Means and logarithms of variances of a normal posterior, from a hidden layer."""

    def __init__(self, width: int, n_topics: int, *, normalised: bool) -> None:
        super().__init__()
        norm = CentredNorm if normalised else nn.Identity
        self.mean = nn.Sequential(nn.Linear(width, n_topics), norm(n_topics))
        self.log_variance = nn.Sequential(nn.Linear(width, n_topics), norm(n_topics))

    def forward(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, T) means and (B, T) logarithms of variances."""
        return self.mean(hidden), self.log_variance(hidden)


class BagBelief(nn.Module):
    """The encoder of Dieng, Ruiz and Blei 2020: two layers over shares, then a normal posterior."""

    def __init__(self, n_words: int, n_topics: int) -> None:
        super().__init__()
        self.words = BagLayer(n_words, HIDDEN)
        self.middle = nn.Linear(HIDDEN, HIDDEN)
        self.belief = Belief(HIDDEN, n_topics, normalised=False)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return (B, T) means and (B, T) logarithms of variances."""
        return self.belief(relu(self.middle(relu(self.words(batch, batch.shares)))))


class LogisticNormal(nn.Module):
    """The encoder of Srivastava and Sutton 2017: two softplus layers, then a normal posterior.

    Its prior is the Laplace approximation of Dirichlet(1, ..., 1): mean 0, variance 1 - 1/T.
    """

    def __init__(self, n_words: int, n_topics: int) -> None:
        super().__init__()
        self.words = BagLayer(n_words, HIDDEN)
        self.middle = nn.Linear(HIDDEN, HIDDEN)
        self.belief = Belief(HIDDEN, n_topics, normalised=True)
        self.dropout = nn.Dropout(DROPOUT)
        self.prior_variance = 1 - 1 / n_topics

    def first(self, batch: Batch) -> Tensor:
        """Return the (B, HIDDEN) input of the first softplus."""
        return self.words(batch, batch.counts)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return (B, T) mixtures, drawn in training, and the (B,) divergence from the prior."""
        hidden = softplus(self.middle(softplus(self.first(batch))))
        mean, log_variance = self.belief(self.dropout(hidden))
        divergence = normal_divergence(mean, log_variance, self.prior_variance)
        return drawn(mean, log_variance, training=self.training).softmax(dim=1), divergence


def drawn(mean: Tensor, log_variance: Tensor, *, training: bool) -> Tensor:
    """Draw from normal distributions so that gradients pass; the mean after training."""
    if not training:
        return mean
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()


def normal_divergence(mean: Tensor, log_variance: Tensor, prior_variance: float) -> Tensor:
    """Return the (B,) Kullback-Leibler divergence from a prior with mean zero."""
    ratio = log_variance.exp() / prior_variance
    terms = ratio + mean.square() / prior_variance - 1 - ratio.log()
    return 0.5 * terms.sum(dim=1)
