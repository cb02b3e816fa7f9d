"""Codes of items: which features are active and how strongly, the same in any company.

Matrix products differ in their last bits with the shape of the batch and with the machine.
Here they only propose: every entry that may be active within a bound on their rounding is
computed again in a fixed order of float32 additions, and that value alone decides. So an
item's code is the same bits alone and among a million, in any block, with any BLAS. Proposals
are of eight bits where the processor multiplies those fast, which have a bound of their own,
and then of float32. Its bound does not hold for reduced products (TF32, bfloat16).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from saetm.errors import ContractError
from saetm.sae.pattern import Pattern
from saetm.sae.quantised import Quantised, exceeding, is_fast, positions, quantise
from saetm.sae.weights import Weights

_PAIRS_AT_ONCE = 1024  # exact values per slice: 1024 * 384 * 4 bytes stay near the processor
_EPSILON = 2.0**-23  # twice the unit rounding of float32


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
    placed = _place(weights, device)
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


def item_features(activations: "sparse.csr_array[np.float32]") -> "sparse.csr_array[np.float32]":
    """Divide each row by its sum: theta, the share of each feature in an item.

    Args:
        activations: (N, K), no entry negative.

    Returns:
        (N, K) float32, rows sum to one; rows without an active feature stay zero.
    """
    counts = np.diff(activations.indptr)
    sums = np.asarray(activations.sum(axis=1, dtype=np.float64))
    shares = activations.data / np.repeat(sums, counts)
    return sparse.csr_array(
        (shares.astype(np.float32), activations.indices.copy(), activations.indptr.copy()),
        shape=activations.shape,
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


@dataclass(frozen=True, slots=True)
class _Placed:
    """An autoencoder on a device, and what bounds its rounding."""

    encoder: Tensor  # (K, D)
    encoder_bias: Tensor  # (K,)
    decoder_bias: Tensor  # (D,)
    threshold: float
    active_features: int | None  # at most so many per item; None without a limit
    largest_norm: float  # of the encoder's rows
    largest_bias: float  # in magnitude
    quantised: Quantised | None  # the encoder in eight bits, where those propose


class _Codes(NamedTuple):
    """Active entries of a block, by row and then by feature."""

    counts: NDArray[np.int64]  # (n,) of each row
    features: NDArray[np.int32]  # (A,)
    values: NDArray[np.float32]  # (A,)


def _place(weights: Weights, device: str) -> _Placed:
    encoder, encoder_bias, decoder_bias = (
        torch.tensor(array, device=device)
        for array in (weights.encoder, weights.encoder_bias, weights.decoder_bias)
    )
    fast = weights.kind == "batch_topk" and is_fast(encoder)
    return _Placed(
        encoder,
        encoder_bias,
        decoder_bias,
        weights.threshold,
        weights.active_features if weights.kind == "topk" else None,
        float(encoder.norm(dim=1).max()),
        float(encoder_bias.abs().max()),
        quantise(encoder, surely=True) if fast else None,
    )


def _blocks(embeddings: NDArray[np.float32], block_rows: int) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(embeddings), block_rows):
        block = np.ascontiguousarray(embeddings[start : start + block_rows], dtype=np.float32)
        if not np.isfinite(block).all():
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
            raise ContractError(f"embedding {row} has a value that is not finite")
        yield block


def _codes(block: NDArray[np.float32], placed: _Placed) -> _Codes:
    centred = torch.from_numpy(block).to(placed.decoder_bias.device) - placed.decoder_bias
    proposed = _proposed(centred, placed)
    values = _exact(centred, placed, proposed)
    active = (values > placed.threshold).nonzero()[:, 0]
    pattern = proposed.where(active)
    rows, features, kept = (
        each.cpu().numpy() for each in (pattern.rows, pattern.columns, values[active])
    )
    if placed.active_features is not None:
        largest = _largest(rows, features, kept, placed.active_features)
        rows, features, kept = rows[largest], features[largest], kept[largest]
    return _Codes(np.bincount(rows, minlength=len(block)), features, kept)


def _proposed(centred: Tensor, placed: _Placed) -> Pattern:
    """Return all entries that may be active.

    The rounding of a product of length D is at most D * epsilon * the norms of its factors,
    whatever the order of its additions (Higham 2002, section 3.1).
    """
    dimension, shape = centred.shape[1], (len(centred), len(placed.encoder))
    size = centred.norm(dim=1) * placed.largest_norm + placed.largest_bias
    margin = (dimension + 8) * _EPSILON * size  # (n,)
    if placed.quantised is None:
        return Pattern.at(_above(centred, placed, margin[:, None]), shape)
    floors = placed.threshold - float(margin.max()) - placed.encoder_bias
    flat = exceeding(centred, placed.quantised, floors, surely=True)
    roughly = Pattern.at(flat, shape)
    values = roughly.products(centred, placed.encoder)
    values += placed.encoder_bias.index_select(0, roughly.columns)
    floor = placed.threshold - 2 * margin.index_select(0, roughly.rows)
    return roughly.where((values >= floor).nonzero()[:, 0])


def _above(centred: Tensor, placed: _Placed, margin: Tensor) -> Tensor:
    """Return the positions of entries that may be active, by products in full."""
    pre = torch.addmm(placed.encoder_bias, centred, placed.encoder.T)  # (n, K)
    floor = placed.threshold - margin
    if placed.active_features is not None:
        count = min(placed.active_features, pre.shape[1])
        floor = torch.maximum(floor, pre.topk(count, dim=1).values[:, -1:] - 2 * margin)
    return positions(pre >= floor)


def _exact(centred: Tensor, placed: _Placed, pattern: Pattern) -> Tensor:
    """Return the pre-activations of pairs of row and feature, added in one fixed order."""
    values = torch.empty(len(pattern.rows), dtype=torch.float32, device=centred.device)
    products = centred.new_empty(_PAIRS_AT_ONCE, centred.shape[1])
    for start in range(0, len(values), _PAIRS_AT_ONCE):
        rows, features = (
            each[start : start + _PAIRS_AT_ONCE] for each in (pattern.rows, pattern.columns)
        )
        part = products[: len(rows)]
        torch.index_select(placed.encoder, 0, features, out=part)
        part *= centred.index_select(0, rows)
        bias = placed.encoder_bias.index_select(0, features)
        values[start : start + len(rows)] = _halving_sum(part) + bias
    return values


def _halving_sum(products: Tensor) -> Tensor:
    """Sum rows of (P, D) by adding the second half to the first until one is left; consumes it."""
    width = products.shape[1]
    while width > 1:
        half = (width + 1) // 2
        products[:, : width - half] += products[:, half:width]
        width = half
    return products[:, 0]


def _largest(
    rows: NDArray[np.int32], features: NDArray[np.int32], values: NDArray[np.float32], count: int
) -> NDArray[np.int64]:
    """Return the places of the `count` largest values of each row; of equals the lower features."""
    order = np.lexsort((features, -values, rows))
    rank = np.arange(len(order)) - np.searchsorted(rows, rows)  # within its row
    return np.sort(order[rank < count])
