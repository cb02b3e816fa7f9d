"""What every feature says of every item, of which a step needs only the few largest."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from saetm.sae.pattern import Pattern
from saetm.sae.peers import ALONE, Peers
from saetm.sae.quantised import Quantised, exceeding, is_fast, positions, quantise

_ENTRIES_AT_ONCE = 2**22  # of float32: 16 MiB


@dataclass(frozen=True, slots=True, eq=False)
class Preactivations:
    """The (n, K) matrix items @ encoder.T + bias, of which only asked entries are computed."""

    items: Tensor  # (n, D) centred embeddings
    encoder: Tensor  # (K, D)
    bias: Tensor  # (K,)
    quantised: Quantised | None = None  # the encoder in eight bits, where it is at hand
    peers: Peers = ALONE  # who holds the other items of the batch

    @property
    def shape(self) -> tuple[int, int]:
        """Items and features (n, K)."""
        return len(self.items), len(self.encoder)

    @property
    def is_quick(self) -> bool:
        """Whether eight bits propose entries above a floor."""
        return is_fast(self.items)

    def of(self, items: Tensor | slice) -> "Preactivations":
        """Return the rows of some items, by their places."""
        return replace(self, items=self.items[items])

    def dense(self) -> Tensor:
        """Return all of it."""
        return torch.addmm(self.bias, self.items, self.encoder.T)

    def above(self, floors: Tensor) -> tuple[Pattern, Tensor]:
        """Return the entries above an item's floor, and their values (A,).

        Where eight bits propose, an entry just above a positive floor may rarely be missing.

        Args:
            floors: (n,), none negative.
        """
        if self.is_quick and bool(floors.amin() > 0):
            features = self.quantised or quantise(self.encoder, surely=False)
            proposed = exceeding(self.items, features, self.bias, floors, surely=False)
        else:
            proposed = Pattern.at(self._above_dense(floors), self.shape)
        values = proposed.products(self.items, self.encoder)
        values += self.bias.index_select(0, proposed.columns)
        kept = (values > floors.index_select(0, proposed.rows)).nonzero()[:, 0]
        return proposed.where(kept), values[kept]

    def _above_dense(self, floors: Tensor) -> Tensor:
        """Return the positions of entries above a floor, by products in full, block by block."""
        n_items, n_features = self.shape
        size = max(1, _ENTRIES_AT_ONCE // n_features)
        found = []
        for start in range(0, n_items, size):
            block = torch.addmm(self.bias, self.items[start : start + size], self.encoder.T)
            above = block > floors[start : start + size, None]
            found.append(positions(above) + start * n_features)
        return torch.cat(found)
