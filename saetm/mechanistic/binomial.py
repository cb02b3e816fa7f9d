"""The likelihood of counts of features: each feature is one of the trials that tokens are."""

from typing import Any

import torch
from torch import Tensor

from saetm.models.neural.batches import Batch

LEAST = 1e-6  # of a rate, and of one minus it; gradients stay finite


def binomial_loss(mixtures: Tensor, rates: Tensor, batch: Batch, tokens: Tensor) -> Tensor:
    """Return the (B,) negative log-likelihoods of c_i ~ Binomial(tokens, mixture @ rates).

    That is tokens log(1 - p_i), summed over all features, which needs all (B, F) products of
    mixtures and rates, and c_i log(p_i / (1 - p_i)), summed over those that a document shows.
    The binomial coefficients are left out: nothing learned changes them.

    Args:
        mixtures: (B, T) shares of topics.
        rates: (T, F) probabilities that a token shows a feature.
        batch: the documents; its words are features.
        tokens: (B,) trials, at least each count.
    """
    return _BinomialLoss.apply(mixtures, rates, batch, tokens)  # type: ignore[no-untyped-call] # Torch's own


class _BinomialLoss(torch.autograd.Function):
    """Value and gradient by p in one walk over (B, F), without a step per operation."""

    @staticmethod
    def forward(ctx: Any, theta: Tensor, rates: Tensor, batch: Batch, tokens: Tensor) -> Tensor:  # noqa: ANN401  # Torch's own
        p = (theta @ rates).clamp_(LEAST, 1 - LEAST)
        held = batch.rows * p.shape[1] + batch.words
        p_held = p.flatten()[held]
        silent = torch.log1p(p.neg_())  # log(1 - p); p itself is spent
        heard = batch.counts * (p_held.log() - silent.flatten()[held])
        pull = p.add_(1).reciprocal_().mul_(tokens[:, None])  # by p, of -log-likelihood
        pull.view(-1)[held] -= batch.counts / (p_held * (1 - p_held))
        ctx.save_for_backward(theta, rates, pull)
        return -(tokens * silent.sum(dim=1)).index_add_(0, batch.rows, heard)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, None, None]:  # noqa: ANN401
        theta, rates, pull = ctx.saved_tensors
        weighed = pull * above[:, None]
        return weighed @ rates.T, theta.T @ weighed, None, None
