"""Three rules that keep few features active; an autoencoder is built around one of them."""

import torch
from torch import Tensor, nn


class BatchTopK(nn.Module):
    """Keep the k*n largest positive entries of a batch of n items (Bussmann et al. 2024).

    At inference an item must not depend on its neighbours, so one threshold replaces the
    batch. It is a buffer: it is saved with the weights, for without it the codes of a loaded
    autoencoder would be wrong. It is exact for the last batch seen in training mode: one pass
    over many rows at the end settles it.
    """

    threshold: Tensor

    def __init__(self, active_features: int) -> None:
        super().__init__()
        self.active_features = active_features
        self.register_buffer("threshold", torch.zeros(()))

    def forward(self, pre: Tensor) -> Tensor:
        """Keep entries of (n, K) pre-activations: by rank in training, else by threshold."""
        if self.training:
            self.threshold.copy_(self._threshold_of(pre.detach()))
        return torch.where(pre > self.threshold, pre, 0.0)

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is fixed."""
        return torch.zeros_like(strength)

    def _threshold_of(self, pre: Tensor) -> Tensor:
        """Return the number just below the k*n-th largest positive entry, at least zero.

        Ranking a batch is the largest single cost of a step, so only entries above half of
        the previous batch's threshold are ranked, unless those are too few.
        """
        wanted = self.active_features * len(pre)
        likely = pre[pre > self.threshold / 2]
        if len(likely) < wanted:
            likely = pre[pre > 0]
        if len(likely) < wanted:
            return pre.new_zeros(())
        smallest_kept = likely.topk(wanted, sorted=False).values.min()
        return torch.nextafter(smallest_kept, pre.new_zeros(()))


class TopK(nn.Module):
    """Keep the k largest entries of every item, where they are positive (Gao et al. 2024)."""

    def __init__(self, active_features: int) -> None:
        super().__init__()
        self.active_features = active_features

    def forward(self, pre: Tensor) -> Tensor:
        """Keep at most k entries in each row of (n, K) pre-activations."""
        largest = pre.topk(min(self.active_features, pre.shape[1]), dim=1, sorted=False)
        return torch.zeros_like(pre).scatter(1, largest.indices, largest.values.relu())

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is bounded."""
        return torch.zeros_like(strength)


class L1(nn.Module):
    """Keep every positive entry and charge for its size: the continuous topic model's prior."""

    def __init__(self, coefficient: float) -> None:
        super().__init__()
        self.coefficient = coefficient

    def forward(self, pre: Tensor) -> Tensor:
        """Keep the positive entries of (n, K) pre-activations."""
        return pre.relu()

    def penalty(self, strength: Tensor) -> Tensor:
        """Charge for the mean over items of the summed activations."""
        return self.coefficient * strength


Sparsity = BatchTopK | TopK | L1
