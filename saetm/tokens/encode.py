"""Which features fire on token states, block by block, so that no dense codes are kept."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from saetm.errors import ContractError
from saetm.sae.quantised import Quantised, exceeding, is_fast, positions, quantise
from saetm.tokens.dictionary import Dictionary

ENTRIES_AT_ONCE: Final = 2**22  # of float32: 16 MiB


class Entries(NamedTuple):
    """Activations above a floor, by token and then by feature."""

    tokens: Tensor  # (A,) int64
    features: Tensor  # (A,) int64
    values: Tensor  # (A,) float32


class Placed:
    """A dictionary on a device, which finds the activations above a floor per feature."""

    def __init__(
        self, dictionary: Dictionary, device: str, floors: NDArray[np.float32] | None = None
    ) -> None:
        """Put the arrays on the device.

        Args:
            dictionary: F features of states of width H.
            device: as Torch names it; that of the states.
            floors: (F,) an activation at or below it is not given; the thresholds of the
                dictionary hold as well.
        """
        least = dictionary.thresholds
        arrays = (
            dictionary.encoder,
            dictionary.encoder_bias,
            dictionary.decoder_bias,
            least if floors is None else np.maximum(least, floors),
        )
        placed = (torch.tensor(array, dtype=torch.float32, device=device) for array in arrays)
        self._encoder, self._bias, self._centre, self._floors = placed
        self._rank = min(dictionary.active_features, dictionary.n_features)
        self._rows = max(1, ENTRIES_AT_ONCE // dictionary.n_features)
        fast = not self._rank and is_fast(self._encoder)
        self._rounded = quantise(self._encoder, surely=True) if fast else None

    def entries(self, states: Tensor) -> Iterator[Entries]:
        """Yield the activations of (n, H) states above the floors, in at least one block.

        Raises:
            ContractError: the states have another width than the dictionary.
        """
        if states.ndim != 2 or states.shape[1] != self._encoder.shape[1]:
            message = f"states are {tuple(states.shape)}, not (n, {self._encoder.shape[1]})"
            raise ContractError(message)
        for start in range(0, max(len(states), 1), self._rows):
            found = self._of_block(states[start : start + self._rows])
            yield found._replace(tokens=found.tokens + start)

    def _of_block(self, states: Tensor) -> Entries:
        centred = states - self._centre
        if self._rounded is None or not len(states):
            return self._dense(centred)
        return self._sparse(centred, self._rounded)

    def _dense(self, centred: Tensor) -> Entries:
        dense = torch.addmm(self._bias, centred, self._encoder.T)
        is_above = dense > self._floors
        if self._rank:
            is_above &= dense >= dense.topk(self._rank, dim=1).values[:, -1:]
        flat = positions(is_above)
        n_features = dense.shape[1]
        return Entries(flat // n_features, flat % n_features, dense.view(-1)[flat])

    def _sparse(self, centred: Tensor, rounded: Quantised) -> Entries:
        """Let eight bits propose entries, none of which is missing, and products decide."""
        zero = centred.new_zeros(len(centred))
        proposed = exceeding(centred, rounded, self._bias - self._floors, zero, surely=True)
        values = proposed.products(centred, self._encoder)
        values += self._bias.index_select(0, proposed.columns)
        above = (values > self._floors.index_select(0, proposed.columns)).nonzero()[:, 0]
        kept = proposed.where(above)
        return Entries(kept.rows.long(), kept.columns.long(), values[above])


def encode(
    states: NDArray[np.float32], dictionary: Dictionary, *, device: str = "cpu"
) -> "sparse.csr_array[np.float32]":
    """Return the activations of token states.

    Args:
        states: (n, H).
        dictionary: F features of states of that width.
        device: where the product runs, as Torch names it.

    Returns:
        (n, F), positive activations only, features ascending in each row.

    Raises:
        ContractError: the states have another width than the dictionary.
    """
    owned = torch.tensor(np.asarray(states, dtype=np.float32), device=device)
    found = [
        Entries(*(each.cpu() for each in block))
        for block in Placed(dictionary, device).entries(owned)
    ]
    shape = (len(states), dictionary.n_features)
    tokens, features, values = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))
    offsets = np.searchsorted(tokens, np.arange(len(states) + 1))
    return sparse.csr_array((values, features, offsets), shape=shape)
