"""Three rules that keep few features active; an autoencoder is built around one of them."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from saetm.sae.pattern import Pattern
from saetm.sae.preactivations import Preactivations

_SAMPLED = 64  # rows that guess a threshold where there is no last batch


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

    def forward(self, pre: Preactivations) -> tuple[Pattern, Tensor]:
        """Return the entries that are kept: by rank in training, else by threshold."""
        if not self.training:
            return pre.above(float(self.threshold))
        wanted = self.active_features * len(pre.items)
        proposals = (pre.above(floor) for floor in self._floors(pre))
        enough = (each for each in proposals if len(each[1]) >= wanted)
        pattern, values = next(enough, None) or pre.above(0.0)
        self.threshold.copy_(_just_below_rank(values, wanted))
        kept = (values > self.threshold).nonzero()[:, 0]
        return pattern.where(kept), values[kept]

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is fixed."""
        return torch.zeros_like(strength)

    def _floors(self, pre: Preactivations) -> Iterator[float]:
        """Yield floors that should leave a little more than wanted, until one does.

        Ranking a whole batch would be the largest single cost of a step.
        """
        slack = max(0.5, 1 - 2 / len(pre.items) ** 0.5)
        if self.threshold > 0:
            yield slack * float(self.threshold)
        few = Preactivations(pre.items[:_SAMPLED], pre.encoder, pre.bias)
        positive = few.dense().flatten().relu()
        wanted = self.active_features * len(few.items)
        yield slack**2 * float(_just_below_rank(positive, wanted))


class TopK(nn.Module):
    """Keep the k largest entries of every item, where they are positive (Gao et al. 2024)."""

    def __init__(self, active_features: int) -> None:
        super().__init__()
        self.active_features = active_features

    def forward(self, pre: Preactivations) -> tuple[Pattern, Tensor]:
        """Return at most k entries of each item."""
        n_items, n_features = pre.shape
        count = min(self.active_features, n_features)
        largest = pre.dense().topk(count, dim=1, sorted=False)
        columns, order = largest.indices.sort(dim=1)
        values = largest.values.gather(1, order).flatten()
        rows = torch.arange(n_items, device=values.device).repeat_interleave(count)
        pattern = Pattern(rows.to(torch.int32), columns.flatten().to(torch.int32), pre.shape)
        kept = (values > 0).nonzero()[:, 0]
        return pattern.where(kept), values[kept]

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is bounded."""
        return torch.zeros_like(strength)


class L1(nn.Module):
    """Keep every positive entry and charge for its size: the continuous topic model's prior."""

    def __init__(self, coefficient: float) -> None:
        super().__init__()
        self.coefficient = coefficient

    def forward(self, pre: Preactivations) -> tuple[Pattern, Tensor]:
        """Return the positive entries."""
        return pre.above(0.0)

    def penalty(self, strength: Tensor) -> Tensor:
        """Charge for the mean over items of the summed activations."""
        return self.coefficient * strength


Sparsity = BatchTopK | TopK | L1


def _just_below_rank(values: Tensor, rank: int) -> Tensor:
    """Return the number just below the rank-th largest of (A,) values; zero of fewer."""
    if len(values) < rank:
        return values.new_zeros(())
    return torch.nextafter(values.topk(rank, sorted=False).values.min(), values.new_zeros(()))
