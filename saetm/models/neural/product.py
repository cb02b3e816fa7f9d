"""The decoder of ProdLDA: a product of experts, so topics are added before the softmax."""

from typing import Any

import torch
from torch import Tensor, nn

from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import BATCH_NORM_EPS

PACE = 0.1  # at which what is known of mixtures follows them


class ProductDecoder(nn.Module):
    """p(w | item) = softmax(norm(mixture @ weights) + bias), normalised over the batch."""

    mean: Tensor  # (T,) of the mixtures decoded in training
    covariance: Tensor  # (T, T)

    def __init__(self, n_topics: int, n_words: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(nn.init.xavier_uniform_(torch.empty(n_topics, n_words)))
        self.bias = nn.Parameter(torch.zeros(n_words))
        self.register_buffer("mean", torch.full((n_topics,), 1 / n_topics))
        self.register_buffer("covariance", torch.eye(n_topics) / n_topics)

    def forward(self, mixtures: Tensor, batch: Batch) -> Tensor:
        """Return the (B,) negative log-likelihoods of the words of items."""
        factors = self.factors(mixtures)
        self._remember(factors.detach())
        return normalised_loss(factors @ self.kernel(), self.bias, batch)

    def distributions(self) -> Tensor:
        """Return (T, V) probabilities of the words of an item that is of one topic alone."""
        kernel = self.kernel()
        variance = (kernel * (self.covariance @ kernel)).sum(dim=0)
        normal = (kernel - self.mean @ kernel) * (variance + BATCH_NORM_EPS).rsqrt()
        return (normal + self.bias).double().softmax(dim=1)

    def factors(self, mixtures: Tensor) -> Tensor:
        """Return what mixtures are multiplied as."""
        return mixtures

    def kernel(self) -> Tensor:
        """Return the (T, V) matrix that they are multiplied with."""
        return self.weights

    def _remember(self, factors: Tensor) -> None:
        centred = factors - factors.mean(dim=0)
        self.mean.lerp_(factors.mean(dim=0), PACE)
        self.covariance.lerp_(centred.T @ centred / len(centred), PACE)


def normalised_loss(logits: Tensor, bias: Tensor, batch: Batch) -> Tensor:
    """Return (B,) negative log-likelihoods under the softmax of batch-normalised (B, V) logits.

    The logits are overwritten.
    """
    return _NormalisedLoss.apply(logits, bias, batch)  # type: ignore[no-untyped-call] # Torch's own


def softmax_loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return (B,) negative log-likelihoods of the words of items under a softmax of (B, V)."""
    return _SoftmaxLoss.apply(logits, batch)  # type: ignore[no-untyped-call] # Torch's own


class _SoftmaxLoss(torch.autograd.Function):
    """Its gradient, expected less observed counts, in two passes where autograd takes six."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, batch: Batch) -> Tensor:  # noqa: ANN401  # Torch's own
        log_p = logits.log_softmax(dim=1)
        ctx.batch = batch
        ctx.save_for_backward(log_p)
        return _said(log_p, batch)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        return _expected_less_observed(ctx.saved_tensors[0], ctx.batch, above), None


class _NormalisedLoss(torch.autograd.Function):
    """The same after batch normalisation; in place, for the matrices are all that takes time."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, bias: Tensor, batch: Batch) -> Tensor:  # noqa: ANN401
        normal = logits.detach()
        normal -= normal.mean(dim=0)
        variance = torch.linalg.vecdot(normal, normal, dim=0) / len(normal)
        scale = (variance + BATCH_NORM_EPS).rsqrt()
        normal *= scale
        log_p = (normal + bias).log_softmax(dim=1)
        ctx.batch = batch
        ctx.save_for_backward(log_p, normal, scale)
        return _said(log_p, batch)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        log_p, normal, scale = ctx.saved_tensors
        slope = _expected_less_observed(log_p, ctx.batch, above)
        to_bias = slope.sum(dim=0)
        along = torch.linalg.vecdot(slope, normal, dim=0) / len(slope)
        slope.addcmul_(normal, along, value=-1).sub_(to_bias / len(slope)).mul_(scale)
        return slope, to_bias, None


def _said(log_p: Tensor, batch: Batch) -> Tensor:
    found = log_p.view(-1)[_places(log_p, batch)] * batch.counts
    return torch.zeros_like(batch.lengths).index_add_(0, batch.rows, -found)


def _expected_less_observed(log_p: Tensor, batch: Batch, above: Tensor) -> Tensor:
    """Return the (B, V) slopes of the loss; the logarithms are overwritten."""
    slope = log_p.exp_().mul_((batch.lengths * above)[:, None])
    slope.view(-1).index_add_(0, _places(slope, batch), -batch.counts * above[batch.rows])
    return slope


def _places(matrix: Tensor, batch: Batch) -> Tensor:
    return batch.rows * matrix.shape[1] + batch.words
