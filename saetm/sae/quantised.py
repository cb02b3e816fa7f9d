"""Products in eight bits that propose entries, for exact ones to decide about.

Multiplying every item with every feature is the largest cost of a training step and of
encoding, and nearly all of it is spent on entries that turn out inactive. Products of int8
tell those apart in a fifth of the time of float32 where the processor has instructions for
them (VNNI); whole numbers add up to the same in any order, on any number of threads.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from saetm.crew import Crew
from saetm.sae.loops import find_above
from saetm.sae.pattern import Pattern

_LARGEST = 127
_ENTRIES_AT_ONCE = 2**20  # of int32, 4 MiB: a block of products stays near the processor
_HUGE = 2**30  # beyond the products of up to 60,000 dimensions
_ALIKE = 3.0  # largest components of items, over their median
_LIKELY = 4.0  # standard deviations of the rounding
_SURELY = 1.001  # times its bound; the rest is for what the bound's own float32 rounds away
_TINY = torch.finfo(torch.float32).tiny


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """Vectors as whole numbers times a step of each vector."""

    numbers: Tensor  # (m, D) int8
    steps: Tensor  # (m,) or one for all, (1,)
    norms: Tensor  # (m,) of the vectors
    errors: Tensor  # (m,) norms of what the rounding took away, or what they are expected to be


def is_fast(vectors: Tensor) -> bool:
    """Tell whether the processor multiplies int8 faster than float32, for (m, D) vectors.

    Torch 2.13 multiplies int8 wrongly where D is one.
    """
    vnni = vectors.device.type == "cpu" and torch.cpu._is_vnni_supported()  # noqa: SLF001
    return vnni and vectors.shape[1] > 1


def quantise(vectors: Tensor, *, surely: bool) -> Quantised:
    """Round (m, D) vectors to int8, each as finely as its largest component allows.

    Args:
        vectors: (m, D).
        surely: whether the norms of the errors are computed, or taken to be those of roundings
            that are spread evenly, which saves half of the time.
    """
    return _rounded(vectors, vectors.abs().amax(dim=1), surely=surely)


def exceeding(
    items: Tensor, features: Quantised, bias: Tensor, floors: Tensor, *, surely: bool
) -> Pattern:
    """Return the entries that exceed an item's floor by rounded products, and some just below it.

    Items are rounded in blocks, which have one step and one floor, so that a feature has one limit
    for all of them. Where items differ, blocks are of similar ones: outliers make only theirs
    coarse.

    Args:
        items: (n, D).
        features: (K, D).
        bias: (K,) added to the products.
        floors: (n,).
        surely: whether no entry above its floor may be missing (by Cauchy and Schwarz), or one
            exactly at its floor may be, once in some ten thousand; the latter proposes fewer.

    Returns:
        Entries of the (n, K) matrix.
    """
    n_features = len(features.numbers)
    largest = items.abs().amax(dim=1)
    order = _alike(largest, floors)
    crew, counts, columns = Crew(torch.get_num_threads()), [], []
    for part in torch.split(order, max(1, _ENTRIES_AT_ONCE // n_features)):
        coarsest = largest.index_select(0, part).amax(dim=0, keepdim=True)
        block = _rounded(items.index_select(0, part), coarsest, surely=surely)
        limits = _limits(block, features, floors.index_select(0, part).amin() - bias, surely=surely)
        products = torch._int_mm(block.numbers, features.numbers.T)  # noqa: SLF001 - no public one
        count = np.empty(len(part), np.int64)
        costs = np.arange(len(part) + 1)
        columns += crew.walk(find_above, costs, products.numpy(), limits.numpy(), count)
        counts.append(count)
    rows = order.to(torch.int32).repeat_interleave(torch.from_numpy(np.concatenate(counts)))
    found = Pattern(rows, torch.from_numpy(np.concatenate(columns)), (len(items), n_features))
    return found.by_row()[0]


def _alike(largest: Tensor, floors: Tensor) -> Tensor:
    """Order items so that neighbours have similar (n,) largest components and (n,) floors."""
    if floors.amax() > floors.amin():
        return floors.argsort()
    if largest.amax() > _ALIKE * largest.median():
        return largest.argsort()
    return torch.arange(len(largest))


def _limits(items: Quantised, features: Quantised, floors: Tensor, *, surely: bool) -> Tensor:
    """Return the whole numbers that products of items with K features have to exceed, (K,)."""
    share = _SURELY if surely else _LIKELY / items.numbers.shape[1] ** 0.5
    margin = items.norms.max() * features.errors
    margin += items.errors.max() * (features.norms + features.errors)
    limits = (floors - share * margin) / (features.steps * items.steps)
    return (limits.floor_() - 1).clamp_(-_HUGE, _HUGE).to(torch.int32)


def spread_errors(steps: Tensor, dimension: int) -> Tensor:
    """Return the norms that roundings of D components are expected to have, in steps (m,)."""
    return steps * (dimension / 12) ** 0.5


def _rounded(vectors: Tensor, largest: Tensor, *, surely: bool) -> Quantised:
    """Round (m, D) vectors in steps for the largest component, (m,) or (1,) for all."""
    steps = largest.clamp_min(_TINY) / _LARGEST
    scaled = vectors / steps[:, None]
    numbers = scaled.round().to(torch.int8) if surely else scaled.round_().to(torch.int8)
    errors = spread_errors(steps, vectors.shape[1])
    if surely:
        errors = torch.linalg.vector_norm(scaled.sub_(numbers), dim=1) * steps
    return Quantised(numbers, steps, torch.linalg.vector_norm(vectors, dim=1), errors)


def positions(mask: Tensor) -> Tensor:
    """Return where a mask of few true entries holds, as positions in it flattened: (A,) int64.

    Torch looks at every byte; looking at eight at once first takes a fifth of the time.
    """
    flat = mask.flatten()
    if len(flat) % 8 or flat.device.type != "cpu":
        return flat.nonzero()[:, 0]
    words = flat.view(torch.int64).nonzero()[:, 0]
    within = flat.view(-1, 8).index_select(0, words).nonzero()
    return 8 * words.index_select(0, within[:, 0]) + within[:, 1]
