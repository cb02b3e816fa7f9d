"""Optimal transport between the words of an item and its topics, by Sinkhorn's iterations.

Only words that an item holds have mass, so only their rows of the cost are looked at; and an
item begins with the scaling that it ended with in the last epoch, which is nearly right.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.compiled import compiled
from saetm.models.neural.batches import Batch

SHARPNESS = 20.0
MOST_ROUNDS, TOLERANCE = 200, 5e-3
TINY = 1e-30


def transport_loss(
    mixtures: Tensor, cost: Tensor, batch: Batch, scalings: NDArray[np.float32]
) -> Tensor:
    """Return the (B,) costs of moving the words of items to their topics.

    Its gradients are those of the regularised cost at its solution: the plan for the cost, the
    potential for the mixture (Cuturi 2013), so no iteration is differentiated.

    Args:
        mixtures: (B, T) shares of topics.
        cost: (V, T) of moving a word to a topic.
        batch: the items.
        scalings: (N, T) of all items; those of the batch are renewed.
    """
    return _TransportLoss.apply(mixtures, cost, batch, scalings)  # type: ignore[no-untyped-call] # Torch's own


class _TransportLoss(torch.autograd.Function):
    @staticmethod
    def forward(  # Torch's own
        ctx: Any,  # noqa: ANN401
        mixtures: Tensor,
        cost: Tensor,
        batch: Batch,
        scalings: NDArray[np.float32],
    ) -> Tensor:
        kernel = (-SHARPNESS * cost).exp().contiguous()
        v = scalings[batch.items]
        pairs = _bounds(batch), batch.words.numpy(), batch.shares.numpy()
        compiled(_scale)(*pairs, mixtures.contiguous().numpy(), kernel.numpy(), v)
        scalings[batch.items] = v
        potentials = torch.from_numpy(np.log(v)) / SHARPNESS
        plans = kernel[batch.words] * torch.from_numpy(v)[batch.rows]  # (M, T)
        plans *= (batch.shares / plans.sum(dim=1).clamp_min(TINY))[:, None]
        ctx.batch, ctx.n_words = batch, len(cost)
        ctx.save_for_backward(plans, potentials - potentials.mean(dim=1, keepdim=True))
        costs = (plans * cost[batch.words]).sum(dim=1)
        return torch.zeros_like(batch.lengths).index_add_(0, batch.rows, costs)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, Tensor, None, None]:  # noqa: ANN401
        plans, potentials = ctx.saved_tensors
        batch = ctx.batch
        to_cost = torch.zeros(ctx.n_words, plans.shape[1])
        to_cost.index_add_(0, batch.words, plans * above[batch.rows][:, None])
        return potentials * above[:, None], to_cost, None, None


def _bounds(batch: Batch) -> NDArray[np.int64]:
    return np.append(batch.starts.numpy(), len(batch.words))


def _scale(
    bounds: NDArray[np.int64],
    words: NDArray[np.int64],
    shares: NDArray[np.float32],
    mixtures: NDArray[np.float32],
    kernel: NDArray[np.float32],
    scalings: NDArray[np.float32],
) -> None:
    """Scale words and topics in turn until the topics of an item get what they should."""
    tiny, got = np.float32(TINY), np.empty(mixtures.shape[1], np.float32)
    for item in range(len(bounds) - 1):
        goal, v, error, rounds = mixtures[item], scalings[item], np.float32(1.0), 0
        while error > TOLERANCE and rounds < MOST_ROUNDS:
            got[:] = tiny
            for pair in range(bounds[item], bounds[item + 1]):
                reach, total = kernel[words[pair]], tiny
                for topic in range(len(v)):
                    total += reach[topic] * v[topic]
                u = shares[pair] / total
                for topic in range(len(v)):
                    got[topic] += u * reach[topic]
            error = np.abs(v * got - goal).sum()
            v[:] = (goal + tiny) / got
            rounds += 1
