"""Features that went silent, and the loss that wakes them (Gao et al. 2024, section 2.4)."""

import torch
from torch import Tensor
from torch.nn import functional

from saetm.sae.peers import ALONE, Peers

_REVIVED = 32  # dead features that may join an item
_TINY = 1e-12  # below any residual of embeddings with a total variance of one


class Silence:
    """How many rows have passed since each of K features was active."""

    def __init__(
        self,
        n_features: int,
        *,
        patience: float,
        device: torch.device,
        peers: Peers = ALONE,
    ) -> None:
        """Begin with features that have just been active.

        Args:
            n_features: K.
            patience: rows after which a silent feature is dead.
            device: where ids of active features come from.
            peers: with whom every batch is shared.
        """
        self._peers = peers
        self._rows = torch.zeros(n_features, device=device)
        self._patience = patience

    def after(self, active: Tensor, n_rows: int) -> Tensor:
        """Count on by n rows that activate (A,) features; return the ids of the dead, (d,).

        Args:
            active: ids of features that were active here.
            n_rows: rows of all processes.
        """
        heard = torch.zeros_like(self._rows).index_fill_(0, active.long(), 1)
        self._rows += n_rows
        self._rows.masked_fill_(self._peers.add(heard) > 0, 0)
        return (self._rows > self._patience).nonzero()[:, 0]


def revival(
    items: Tensor,
    residual: Tensor,
    encoder: Tensor,
    encoder_bias: Tensor,
    decoder: Tensor,
    *,
    whole: Tensor | None = None,
) -> Tensor:
    """Return how much of the residual dead features leave unexplained, as a share.

    Args:
        items: (n, D) centred embeddings.
        residual: (n, D) what the living features left, without gradient.
        encoder: (d, D) rows of the dead features, at least one.
        encoder_bias: (d,).
        decoder: (d, D).
        whole: () squared residual of the whole batch, where the items are a share of it.
    """
    pre = functional.linear(items, encoder, encoder_bias)
    largest = pre.topk(min(_REVIVED, len(encoder)), dim=1, sorted=False)
    activations = torch.zeros_like(pre).scatter(1, largest.indices, largest.values.relu())
    missed = (residual - activations @ decoder).square().sum()
    whole = residual.square().sum() if whole is None else whole
    return missed / whole.clamp_min(_TINY)
