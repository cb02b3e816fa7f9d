"""Three rules that keep few features active; an autoencoder is built around one of them."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from saetm.sae.pattern import Pattern
from saetm.sae.peers import total
from saetm.sae.preactivations import Preactivations

_TINY = torch.finfo(torch.float32).tiny
_GROWTH = 1.15  # of that share from batch to batch at most, at the start of a training
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
            return pre.above(self.threshold.expand(len(pre.items)))
        wanted = self.active_features * total(pre.peers, len(pre.items), pre.bias)
        pattern, values, ranked = self._proposed(pre, wanted)
        self.threshold.copy_(_just_below_rank(ranked, wanted))
        kept = (values > self.threshold).nonzero()[:, 0]
        return pattern.where(kept), values[kept]

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is fixed."""
        return torch.zeros_like(strength)

    def _proposed(self, pre: Preactivations, wanted: int) -> tuple[Pattern, Tensor, Tensor]:
        """Return entries that may be kept, their values, and values of all peers to rank."""
        for floor in self._floors(pre, wanted / self.active_features):
            pattern, values = pre.above(floor.expand(len(pre.items)))
            ranked = pre.peers.largest(values, wanted)
            if len(ranked) >= wanted:
                return pattern, values, ranked
        pattern, values = pre.above(pre.bias.new_zeros(len(pre.items)))
        return pattern, values, pre.peers.largest(values, wanted)

    def _floors(self, pre: Preactivations, n_items: float) -> Iterator[Tensor]:
        """Yield floors that should leave a little more than wanted, until one does.

        Ranking a whole batch would be the largest single cost of a step.
        """
        slack = max(0.5, 1 - 2 / n_items**0.5)
        if self.threshold > 0:
            yield slack * self.threshold
        few = Preactivations(pre.items[:_SAMPLED], pre.encoder, pre.bias)
        positive = few.dense().flatten().relu()
        wanted = self.active_features * len(few.items)
        guess = _just_below_rank(positive, wanted)
        yield slack**2 * pre.peers.add(guess) / pre.peers.count


class TopK(nn.Module):
    """Keep the k largest entries of every item, where they are positive (Gao et al. 2024).

    Ranking all entries would be the largest single cost of a step. An item's k-th largest grows
    with its norm: above the share of it that nearly all items of the last batch had k entries
    above there are few, and only an item with less is ranked in full.
    """

    def __init__(self, active_features: int) -> None:
        super().__init__()
        self.active_features = active_features
        self._share = 0.0  # of its norm

    def forward(self, pre: Preactivations) -> tuple[Pattern, Tensor]:
        """Return at most k entries of each item."""
        pattern, values, _ = self._ranked(pre)
        kept = (values > 0).nonzero()[:, 0]
        return pattern.where(kept), values[kept]

    def penalty(self, strength: Tensor) -> Tensor:
        """Cost nothing: the number of active features is bounded."""
        return torch.zeros_like(strength)

    def least(self, pre: Preactivations) -> Tensor:
        """Return an item's k-th largest entry, (n,), or rarely and only just a lesser one."""
        return self._ranked(pre)[2]

    def _ranked(self, pre: Preactivations) -> tuple[Pattern, Tensor, Tensor]:
        """Return the k largest entries of every item, their values, and the least of each (n,)."""
        if not pre.is_quick or len(pre.items) <= _SAMPLED:
            return _ranked_in_full(pre, self.active_features)
        norms = torch.linalg.vector_norm(pre.items, dim=1)
        if self._share <= 0:
            least = _ranked_in_full(pre.of(slice(_SAMPLED)), self.active_features)[2]
            self._share = _usual_share(least, norms[:_SAMPLED])
        ranked = self._among(pre, pre.above((self._share * norms).clamp_min(0)))
        share, before = _usual_share(ranked[2], norms), self._share
        growth = share / before if before > 0 else 1.0
        self._share = share * min(max(growth, 1.0), _GROWTH)
        return ranked

    def _among(
        self, pre: Preactivations, proposed: tuple[Pattern, Tensor]
    ) -> tuple[Pattern, Tensor, Tensor]:
        """Return the largest of the proposals, and of all entries where those are too few."""
        pattern, values = proposed
        enough = pattern.starts.diff() >= self.active_features
        long = enough.index_select(0, pattern.rows).nonzero()[:, 0]
        pattern, values = pattern.where(long), values[long]
        kept, limits = pattern.largest(values, self.active_features)
        short = (~enough).nonzero()[:, 0]
        further, more, low = _ranked_in_full(pre.of(short), self.active_features)
        least = values.new_empty(len(pre.items)).masked_scatter_(enough, limits)
        least[short] = low
        rows = torch.cat([pattern.rows[kept], short.to(torch.int32)[further.rows]])
        columns = torch.cat([pattern.columns[kept], further.columns])
        whole, order = Pattern(rows, columns, pre.shape).by_row()
        return whole, torch.cat([values[kept], more])[order], least


class L1(nn.Module):
    """Keep every positive entry and charge for its size: the continuous topic model's prior."""

    def __init__(self, coefficient: float) -> None:
        super().__init__()
        self.coefficient = coefficient

    def forward(self, pre: Preactivations) -> tuple[Pattern, Tensor]:
        """Return the positive entries."""
        return pre.above(pre.bias.new_zeros(len(pre.items)))

    def penalty(self, strength: Tensor) -> Tensor:
        """Charge for the mean over items of the summed activations."""
        return self.coefficient * strength


Sparsity = BatchTopK | TopK | L1


def _ranked_in_full(pre: Preactivations, count: int) -> tuple[Pattern, Tensor, Tensor]:
    """Return the `count` largest entries of every item, their values, and the least of each."""
    n_items, n_features = pre.shape
    count = min(count, n_features)
    largest = pre.dense().topk(count, dim=1, sorted=False)
    columns, order = largest.indices.sort(dim=1)
    values = largest.values.gather(1, order)
    rows = torch.arange(n_items, device=values.device, dtype=torch.int32).repeat_interleave(count)
    pattern = Pattern(rows, columns.flatten().to(torch.int32), pre.shape)
    return pattern, values.flatten(), values.amin(dim=1)


def _usual_share(least: Tensor, norms: Tensor) -> float:
    """Return the share of their norms (n,) that the least of nearly all items exceed."""
    return 0.97 * float((least / norms.clamp_min(_TINY)).quantile(0.02))


def _just_below_rank(values: Tensor, rank: int) -> Tensor:
    """Return the number just below the rank-th largest of (A,) values; zero of fewer."""
    if len(values) < rank:
        return values.new_zeros(())
    return torch.nextafter(values.topk(rank, sorted=False).values.min(), values.new_zeros(()))
