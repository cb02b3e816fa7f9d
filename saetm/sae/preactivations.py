"""What every feature says of every item, of which a step needs only the few largest."""

from dataclasses import dataclass

import torch
from torch import Tensor

from saetm.sae.pattern import Pattern
from saetm.sae.quantised import exceeding, is_fast, positions, quantise

_ENTRIES_AT_ONCE = 2**22  # of float32: 16 MiB


@dataclass(frozen=True, slots=True, eq=False)
class Preactivations:
    """The (n, K) matrix items @ encoder.T + bias, of which only asked entries are computed."""

    items: Tensor  # (n, D) centred embeddings
    encoder: Tensor  # (K, D)
    bias: Tensor  # (K,)

    @property
    def shape(self) -> tuple[int, int]:
        """Items and features (n, K)."""
        return len(self.items), len(self.encoder)

    def dense(self) -> Tensor:
        """Return all of it."""
        return torch.addmm(self.bias, self.items, self.encoder.T)

    def above(self, floor: float) -> tuple[Pattern, Tensor]:
        """Return the entries above a floor of at least zero, and their values (A,).

        Where eight bits propose, an entry just above the floor may rarely be missing.
        """
        if floor > 0 and is_fast(self.items):
            floors, features = floor - self.bias, quantise(self.encoder, surely=False)
            flat = exceeding(self.items, features, floors, surely=False)
        else:
            flat = self._above_dense(floor)
        proposed = Pattern.at(flat, self.shape)
        values = proposed.products(self.items, self.encoder)
        values += self.bias.index_select(0, proposed.columns)
        kept = (values > floor).nonzero()[:, 0]
        return proposed.where(kept), values[kept]

    def _above_dense(self, floor: float) -> Tensor:
        """Return the positions of entries above a floor, by products in full, block by block."""
        n_items, n_features = self.shape
        size = max(1, _ENTRIES_AT_ONCE // n_features)
        found = []
        for start in range(0, n_items, size):
            block = torch.addmm(self.bias, self.items[start : start + size], self.encoder.T)
            found.append(positions(block > floor) + start * n_features)
        return torch.cat(found)
