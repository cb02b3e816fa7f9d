"""How much of some items an autoencoder explains, in sums that add up over batches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError
from saetm.sae.weights import Weights

BLOCK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Explained:
    """Sums over items, so that the share explained of many batches is that of their sum."""

    item_count: int = 0
    squared_error: float = 0.0  # summed squared distance of reconstruction and embedding
    squared_deviation: float = 0.0  # summed squared distance of embedding and centre

    def __add__(self, other: "Explained") -> "Explained":
        """Take two batches as one."""
        return Explained(
            self.item_count + other.item_count,
            self.squared_error + other.squared_error,
            self.squared_deviation + other.squared_deviation,
        )

    @property
    def share(self) -> float | None:
        """The share of variance explained; None where nothing varies."""
        if self.squared_deviation == 0.0:
            return None
        return 1.0 - self.squared_error / self.squared_deviation


def explained(
    embeddings: NDArray[np.float32],
    codes: "sparse.csr_array[np.float32]",
    weights: Weights,
    *,
    centre: NDArray[np.floating],
) -> Explained:
    """Measure how well codes of items reconstruct them, a block of rows at a time.

    Args:
        embeddings: (N, D) finite vectors.
        codes: (N, K) their activations, as `encode` returns them.
        weights: the autoencoder that encoded them.
        centre: (D,) what to compare with: reconstructing every item by it explains nothing.

    Raises:
        ContractError: shapes do not fit together.
    """
    shape = (len(embeddings), weights.dictionary_size)
    if embeddings.shape[1:] != centre.shape or codes.shape != shape:
        raise ContractError(f"codes are {codes.shape} of embeddings {embeddings.shape}")
    total = Explained()
    for start in range(0, len(embeddings), BLOCK_ROWS):
        block = embeddings[start : start + BLOCK_ROWS]
        rebuilt = codes[start : start + BLOCK_ROWS] @ weights.decoder + weights.decoder_bias
        error = float(np.square(block - rebuilt, dtype=np.float64).sum())
        deviation = float(np.square(block - centre, dtype=np.float64).sum())
        total += Explained(len(block), error, deviation)
    return total
