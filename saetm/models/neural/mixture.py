"""The likelihood of a mixture: topics are added after the softmax, so only words held matter."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.compiled import compiled
from saetm.models.neural.batches import Batch

LEAST = 1e-12  # of a probability; its gradient stays finite


def mixture_loss(mixtures: Tensor, topics: Tensor, batch: Batch) -> Tensor:
    """Return the (B,) negative log-likelihoods of words, each with probability mixture @ topics.

    Args:
        mixtures: (B, T) shares of topics.
        topics: (T, V) probabilities of words.
        batch: the items.
    """
    return _MixtureLoss.apply(mixtures, topics.T, batch)  # type: ignore[no-untyped-call] # Torch's own


class _MixtureLoss(torch.autograd.Function):
    """Value and both gradients in one walk each over the words that items hold."""

    @staticmethod
    def forward(ctx: Any, mixtures: Tensor, words_topics: Tensor, batch: Batch) -> Tensor:  # noqa: ANN401  # Torch's own
        theta, beta = mixtures.contiguous(), words_topics.contiguous()  # (B, T), (V, T)
        pairs = batch.rows.numpy(), batch.words.numpy(), batch.counts.numpy()
        p, to_theta = compiled(_explain)(*pairs, theta.numpy(), beta.numpy())
        ctx.batch, ctx.n_words = batch, len(beta)
        ctx.save_for_backward(theta, torch.from_numpy(p), torch.from_numpy(to_theta))
        found = batch.counts * torch.from_numpy(p).log()
        return torch.zeros_like(batch.lengths).index_add_(0, batch.rows, -found)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        theta, p, to_theta = ctx.saved_tensors
        batch = ctx.batch
        pulls = batch.counts / p * -above[batch.rows]
        pairs = batch.rows.numpy(), batch.words.numpy(), pulls.numpy()
        to_beta = torch.from_numpy(compiled(_gather)(*pairs, theta.numpy(), ctx.n_words))
        return to_theta * -above[:, None], to_beta, None


def _explain(
    rows: NDArray[np.int64],
    words: NDArray[np.int64],
    counts: NDArray[np.float32],
    theta: NDArray[np.float32],
    beta: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (M,) p of every pair, and (B, T) what raises the likelihood in each mixture."""
    probabilities, to_theta = np.empty(len(rows), np.float32), np.zeros_like(theta)
    for pair in range(len(rows)):
        row, word = rows[pair], words[pair]
        p = np.float32(LEAST)
        for topic in range(theta.shape[1]):
            p += theta[row, topic] * beta[word, topic]
        probabilities[pair] = p
        pull = counts[pair] / p
        for topic in range(theta.shape[1]):
            to_theta[row, topic] += pull * beta[word, topic]
    return probabilities, to_theta


def _gather(
    rows: NDArray[np.int64],
    words: NDArray[np.int64],
    pulls: NDArray[np.float32],
    theta: NDArray[np.float32],
    n_words: int,
) -> NDArray[np.float32]:
    """Return (V, T) sums over the items that hold a word of their mixtures, as each pair pulls."""
    to_beta = np.zeros((n_words, theta.shape[1]), np.float32)
    for pair in range(len(rows)):
        row, word, pull = rows[pair], words[pair], pulls[pair]
        for topic in range(theta.shape[1]):
            to_beta[word, topic] += pull * theta[row, topic]
    return to_beta
