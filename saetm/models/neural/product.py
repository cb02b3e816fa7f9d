"""The decoder of ProdLDA: a product of experts, so topics are added before the softmax."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from saetm.models.neural.batches import Batch
from saetm.models.neural.encoders import BATCH_NORM_EPS


class ProductDecoder(nn.Module):
    """p(w | item) = softmax(norm(mixture @ weights) + bias), normalised over the batch."""

    def __init__(self, n_topics: int, n_words: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(nn.init.xavier_uniform_(torch.empty(n_topics, n_words)))
        self.bias = nn.Parameter(torch.zeros(n_words))

    def forward(self, mixtures: Tensor, batch: Batch) -> Tensor:
        """Return the (B,) negative log-likelihoods of the words of items."""
        return normalised_loss(mixtures @ self.weights, self.bias, batch)


def normalised_loss(logits: Tensor, bias: Tensor, batch: Batch) -> Tensor:
    """Return (B,) negative log-likelihoods under the softmax of batch-normalised (B, V) logits."""
    normal = batch_norm(logits, None, None, bias=bias, training=True, eps=BATCH_NORM_EPS)
    return softmax_loss(normal, batch)


def softmax_loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return (B,) negative log-likelihoods of the words of items under a softmax of (B, V)."""
    return _SoftmaxLoss.apply(logits, batch)  # type: ignore[no-untyped-call] # Torch's own


class _SoftmaxLoss(torch.autograd.Function):
    """Its gradient, expected less observed counts, in two passes where autograd takes six."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, batch: Batch) -> Tensor:  # noqa: ANN401  # Torch's own
        log_p = logits.log_softmax(dim=1)
        places = batch.rows * logits.shape[1] + batch.words
        ctx.batch = batch
        ctx.save_for_backward(log_p, places)
        found = log_p.view(-1)[places] * batch.counts
        return torch.zeros_like(batch.lengths).index_add_(0, batch.rows, -found)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        log_p, places = ctx.saved_tensors
        batch = ctx.batch
        slope = log_p.exp_().mul_((batch.lengths * above)[:, None])
        slope.view(-1).index_add_(0, places, -batch.counts * above[batch.rows])
        return slope, None
