"""A sweep in tensors, for accelerators: every pair of active feature and word written out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.crew import Span
from saetm.emission.blocks import Block
from saetm.emission.layout import Columns, Estimate, Tally

PAIRS = 1 << 24  # of feature and word on the device at a time, and numbers of the columns there


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A block and an estimate on a device, as in `Mixtures`, `Entries`, `Columns`, `Estimate`."""

    item_start: Tensor
    item_feature: Tensor
    share: Tensor
    background: Tensor
    item: Tensor
    seen: Tensor
    heldout: Tensor
    feature: Tensor
    words: Tensor
    prior_share: Tensor
    unigram: Tensor
    weight: Tensor


def sweep_on(
    device: str, block: Block, columns: Columns, estimate: Estimate, gradient: NDArray[np.floating]
) -> Tally:
    """Do what `sweep_words` does over all words, on a device.

    Args:
        device: as Torch names it.
        block: items to hold the estimate against.
        columns: what is known of the words.
        estimate: the emission matrix.
        gradient: (S,), to which is added.
    """
    placed = _place(device, block, columns, estimate)
    tally = np.zeros(len(Tally._fields))
    for span in _spans(block):
        pairs = slice(int(columns.start[span[0]]), int(columns.start[span[1]]))
        slope, logs = _sweep(placed, span, pairs, block, columns)
        gradient[pairs] += slope.cpu().numpy()
        tally += logs
    return Tally(*tally.tolist())


def _place(device: str, block: Block, columns: Columns, estimate: Estimate) -> _Placed:
    def put(array: NDArray[np.generic], kind: type[np.generic]) -> Tensor:
        return torch.from_numpy(array.astype(kind)).to(device)

    mixtures, entries, exact = block.mixtures, block.entries, estimate.words.dtype.type
    return _Placed(
        item_start=put(mixtures.start, np.int64),
        item_feature=put(mixtures.feature, np.int64),
        share=put(mixtures.share, exact),
        background=put(mixtures.background, exact),
        item=put(entries.item, np.int64),
        seen=put(entries.seen, exact),
        heldout=put(entries.heldout, exact),
        feature=put(columns.feature, np.int64),
        words=put(estimate.words, exact),
        prior_share=put(estimate.prior_share, exact),
        unigram=put(columns.unigram, exact),
        weight=put(columns.weight, exact),
    )


def _spans(block: Block) -> Iterator[Span]:
    """Cut the words so that neither their pairs nor their columns fill the device."""
    first = 0
    while first < block.n_words:
        by_pairs = int(np.searchsorted(block.costs, block.costs[first] + PAIRS, side="right")) - 1
        by_columns = first + PAIRS // block.n_features
        last = min(max(min(by_pairs, by_columns), first + 1), block.n_words)
        yield first, last
        first = last


def _sweep(
    placed: _Placed, span: Span, pairs: slice, block: Block, columns: Columns
) -> tuple[Tensor, NDArray[np.float64]]:
    """Return the gradient of the pairs of a span of words, and the tally."""
    first, last = span
    device = placed.words.device
    word = _repeat(np.diff(columns.start[first : last + 1]), device)
    place = word * block.n_features + placed.feature[pairs]
    column = placed.words.new_zeros((last - first) * block.n_features)
    evenly = placed.prior_share[placed.feature[pairs]] / len(placed.unigram)
    column[place] = placed.words[pairs] + evenly

    bounds = block.entries.start[first : last + 1]
    entries = slice(int(bounds[0]), int(bounds[-1]))
    of_entry, item = _repeat(np.diff(bounds), device), placed.item[entries]
    active = placed.item_start[item + 1] - placed.item_start[item]  # (n,) features
    entry = torch.repeat_interleave(active)  # (P,) of each pair
    within = torch.arange(len(entry), device=device) - (active.cumsum(0) - active)[entry]
    source = placed.item_start[item][entry] + within
    share, met = placed.share[source], of_entry[entry] * block.n_features
    met = met + placed.item_feature[source]

    q = placed.background[item] * placed.unigram[first + of_entry]
    q = q.index_add(0, entry, share * column[met])
    weight, log = placed.weight[first + of_entry], q.log()
    seen, heldout = weight * placed.seen[entries], weight * placed.heldout[entries]
    slope = torch.zeros_like(column).index_add_(0, met, share * (seen / q)[entry])
    sums = [seen * log, seen, heldout * log, heldout]
    return slope[place], np.array([part.cpu().double().sum().item() for part in sums])


def _repeat(lengths: NDArray[np.uint64], device: torch.device) -> Tensor:
    return torch.repeat_interleave(torch.from_numpy(lengths.astype(np.int64))).to(device)
