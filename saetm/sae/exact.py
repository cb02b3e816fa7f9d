"""Activations that are the same bits in any company, from products that are not.

Matrix products differ in their last bits with the shape of the batch and with the machine.
Here they only propose: every entry that may be active within a bound on their rounding is
computed again in a fixed order of float32 additions, and that value alone decides. So an
item's code is the same bits alone and among a million, in any block, with any BLAS. Proposals
are of eight bits where the processor multiplies those fast, which have a bound of their own,
and then of float32. Its bound does not hold for reduced products (TF32, bfloat16).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from saetm.sae.loops import halve_pairs
from saetm.sae.pattern import Pattern, walk_rows
from saetm.sae.preactivations import Preactivations
from saetm.sae.quantised import Quantised, exceeding, is_fast, positions, quantise
from saetm.sae.sparsity import TopK
from saetm.sae.weights import Weights

_PAIRS_AT_ONCE = 8192  # on an accelerator
_EPSILON = 2.0**-23  # twice the unit rounding of float32


@dataclass(frozen=True, slots=True)
class Placed:
    """An autoencoder on a device, and what bounds its rounding."""

    encoder: Tensor  # (K, D)
    encoder_bias: Tensor  # (K,)
    decoder_bias: Tensor  # (D,)
    threshold: float
    ranking: TopK | None  # finds an item's largest entries, of which k may be active
    largest_norm: float  # of the encoder's rows
    largest_bias: float  # in magnitude
    quantised: Quantised | None  # the encoder in eight bits, where those propose


def place(weights: Weights, device: str) -> Placed:
    """Put an autoencoder on a device, as Torch names it."""
    encoder, encoder_bias, decoder_bias = (
        torch.tensor(array, device=device)
        for array in (weights.encoder, weights.encoder_bias, weights.decoder_bias)
    )
    fast = weights.kind != "l1" and is_fast(encoder)
    return Placed(
        encoder,
        encoder_bias,
        decoder_bias,
        weights.threshold,
        TopK(weights.active_features) if weights.kind == "topk" else None,
        float(encoder.norm(dim=1).max()),
        float(encoder_bias.abs().max()),
        quantise(encoder, surely=True) if fast else None,
    )


def active_entries(centred: Tensor, placed: Placed) -> tuple[Pattern, Tensor]:
    """Return the entries above the threshold and their values (A,), of (n, D) centred items.

    Of topk they are those that may be among the k largest of their row.
    """
    proposed = _proposed(centred, placed)
    values = _exact(centred, placed, proposed)
    active = (values > placed.threshold).nonzero()[:, 0]
    return proposed.where(active), values.index_select(0, active)


def _proposed(centred: Tensor, placed: Placed) -> Pattern:
    """Return all entries that may be active.

    The rounding of a product of length D is at most D * epsilon * the norms of its factors,
    whatever the order of its additions (Higham 2002, section 3.1).
    """
    size = centred.norm(dim=1) * placed.largest_norm + placed.largest_bias
    margin = (centred.shape[1] + 8) * _EPSILON * size  # (n,)
    pre = Preactivations(centred, placed.encoder, placed.encoder_bias, placed.quantised)
    if placed.quantised is None:
        return _dense_above(pre, placed, 2 * margin)
    least = centred.new_full((len(centred),), placed.threshold)
    if placed.ranking is not None:
        least = torch.maximum(least, placed.ranking.least(pre))
    return _rounded_above(pre, placed.quantised, least, 2 * margin)


def _dense_above(pre: Preactivations, placed: Placed, margin: Tensor) -> Pattern:
    """Return the entries that may be active, by products in full."""
    dense = pre.dense()
    floor = placed.threshold - margin[:, None]
    if placed.ranking is not None:
        count = min(placed.ranking.active_features, pre.shape[1])
        floor = torch.maximum(floor, dense.topk(count, dim=1).values[:, -1:] - margin[:, None])
    return Pattern.at(positions(dense >= floor), pre.shape)


def _rounded_above(
    pre: Preactivations, features: Quantised, least: Tensor, margin: Tensor
) -> Pattern:
    """Return the entries that may be at least (n,) values, known within (n,) margins."""
    roughly = exceeding(pre.items, features, pre.bias, least - margin.max(), surely=True)
    values = roughly.products(pre.items, pre.encoder)
    values += pre.bias.index_select(0, roughly.columns)
    floor = (least - margin).index_select(0, roughly.rows)
    return roughly.where((values >= floor).nonzero()[:, 0])


def _exact(centred: Tensor, placed: Placed, pattern: Pattern) -> Tensor:
    """Return the pre-activations of pairs of row and feature, added in one fixed order."""
    values = torch.empty(len(pattern.rows), dtype=torch.float32, device=centred.device)
    if centred.device.type == "cpu":
        walk_rows(halve_pairs, pattern.starts, pattern.columns, centred, placed.encoder, values)
    else:
        halve(centred, placed.encoder, pattern, values)
    return values.add_(placed.encoder_bias.index_select(0, pattern.columns))


def halve(left: Tensor, right: Tensor, pattern: Pattern, products: Tensor) -> None:
    """Write inner products at pairs, (A,), as the loop `halve_pairs` does, on any device.

    Args:
        left: (n, D).
        right: (K, D).
        pattern: the pairs.
        products: (A,), written.
    """
    terms = left.new_empty(_PAIRS_AT_ONCE, left.shape[1])
    for start in range(0, len(products), _PAIRS_AT_ONCE):
        rows, columns = (
            each[start : start + _PAIRS_AT_ONCE] for each in (pattern.rows, pattern.columns)
        )
        part = terms[: len(rows)]
        torch.index_select(right, 0, columns, out=part)
        part *= left.index_select(0, rows)
        products[start : start + len(rows)] = _halving_sum(part)


def _halving_sum(products: Tensor) -> Tensor:
    """Sum rows of (P, D) by adding the second half to the first until one is left; consumes it."""
    width = products.shape[1]
    while width > 1:
        half = (width + 1) // 2
        products[:, : width - half] += products[:, half:width]
        width = half
    return products[:, 0]
