"""Codes of items: which features are active and how strongly, the same in any company."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError
from saetm.sae.exact import Placed, active_entries, place
from saetm.sae.weights import Weights


def encode(
    embeddings: NDArray[np.float32],
    weights: Weights,
    *,
    device: str = "cpu",
    block_rows: int = 4096,
) -> "sparse.csr_array[np.float32]":
    """Encode items; a row depends neither on the other rows nor on the blocks.

    Args:
        embeddings: (N, D) finite vectors.
        weights: the autoencoder.
        device: where the products run, as Torch names it.
        block_rows: items at a time; memory grows with block_rows * K.

    Returns:
        (N, K) float32 activations, positive entries only, feature ids ascending in each row.

    Raises:
        ContractError: embeddings have another dimension or a value that is not finite.
    """
    if embeddings.ndim != 2 or embeddings.shape[1] != weights.dimension:
        raise ContractError(f"embeddings are {embeddings.shape}, not (N, {weights.dimension})")
    placed = place(weights, device)
    codes = [_codes(block, placed) for block in _blocks(embeddings, block_rows)]
    counts = np.concatenate([np.zeros(1, dtype=np.int64), *(each.counts for each in codes)])
    offsets = np.cumsum(counts)
    fits = offsets[-1] < 2**31
    return sparse.csr_array(
        (
            np.concatenate([np.empty(0, np.float32), *(each.values for each in codes)]),
            np.concatenate([np.empty(0, np.int32), *(each.features for each in codes)]),
            offsets.astype(np.int32) if fits else offsets,
        ),
        shape=(len(embeddings), weights.dictionary_size),
    )


def variance_explained(
    embeddings: NDArray[np.float32],
    weights: Weights,
    *,
    centre: NDArray[np.float32] | None = None,
    device: str = "cpu",
    block_rows: int = 4096,
) -> float:
    """Return the share of the squared distances to a centre that reconstructions explain.

    One is perfect, zero is no better than the centre, and it may be negative.

    Args:
        embeddings: (N, D) finite vectors.
        weights: the autoencoder.
        centre: (D,) what to compare with; the mean of the embeddings unless given.
        device: as for `encode`.
        block_rows: as for `encode`.

    Raises:
        ContractError: as `encode`, or all embeddings equal the centre.
    """
    centre = embeddings.mean(axis=0, dtype=np.float64) if centre is None else centre
    missed = total = 0.0
    for block in _blocks(embeddings, block_rows):
        codes = encode(block, weights, device=device, block_rows=block_rows)
        rebuilt = codes @ weights.decoder + weights.decoder_bias
        missed += float(np.square(block - rebuilt, dtype=np.float64).sum())
        total += float(np.square(block - centre, dtype=np.float64).sum())
    if total == 0.0:
        raise ContractError(f"{len(embeddings)} embeddings have no variance to explain")
    return 1.0 - missed / total


class _Codes(NamedTuple):
    """Active entries of a block, by row and then by feature."""

    counts: NDArray[np.int64]  # (n,) of each row
    features: NDArray[np.int32]  # (A,)
    values: NDArray[np.float32]  # (A,)


def _blocks(embeddings: NDArray[np.float32], block_rows: int) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(embeddings), block_rows):
        block = np.array(embeddings[start : start + block_rows], dtype=np.float32, order="C")
        if not np.isfinite(block).all():
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
            raise ContractError(f"embedding {row} has a value that is not finite")
        yield block


def _codes(block: NDArray[np.float32], placed: Placed) -> _Codes:
    centred = torch.from_numpy(block).to(placed.decoder_bias.device) - placed.decoder_bias
    pattern, values = active_entries(centred, placed)
    rows, features, kept = (each.cpu().numpy() for each in (pattern.rows, pattern.columns, values))
    if placed.ranking is not None:
        largest = _largest(rows, features, kept, placed.ranking.active_features)
        rows, features, kept = rows[largest], features[largest], kept[largest]
    return _Codes(np.bincount(rows, minlength=len(block)), features, kept)


def _largest(
    rows: NDArray[np.int32], features: NDArray[np.int32], values: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the places of the `count` largest values of each row; of equals the lower features."""
    order = np.lexsort((features, -values, rows))
    rank = np.arange(len(order)) - np.searchsorted(rows, rows)  # within its row
    return np.sort(order[rank < count])
