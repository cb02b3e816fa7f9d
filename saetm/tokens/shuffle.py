"""The shuffle buffer: rows in the order of their texts in, rows of many texts mixed out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.sae.peers import ALONE, Peers

Blocks = Callable[[], Iterator[NDArray[np.float32]]]


def shuffled(
    blocks: Iterator[NDArray[np.float32]], buffer_rows: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """Yield every row once, mixed with those that come near it.

    A buffer is filled and mixed, half of it is served, and it is filled again. A step of learning
    wants rows that do not resemble each other; the tokens of one text do. Memory is the buffer
    and half of it, whatever the number of rows.

    Args:
        blocks: arrays of (n, H) rows, of any length.
        buffer_rows: rows in the buffer.
        rng: chooses the order; how the rows are cut into blocks does not matter.

    Yields:
        New arrays of rows; all but the last two have half of the buffer's.
    """
    buffer: NDArray[np.float32] | None = None
    filled = 0
    for block in blocks:
        if buffer is None:
            buffer = np.empty((buffer_rows, block.shape[1]), dtype=np.float32)
        for part in _parts(block, buffer_rows - filled, (buffer_rows + 1) // 2):
            buffer[filled : filled + len(part)] = part
            filled += len(part)
            if filled == buffer_rows:
                served, filled = _serve(buffer, rng)
                yield served
    if buffer is not None and filled:
        yield buffer[rng.permutation(filled)]


@dataclass(frozen=True, eq=False)
class ShuffledFeed:
    """Rows for a training from blocks that can be had again and again, through a shuffle buffer.

    An epoch reads the blocks once; none of them but the buffer is held.
    """

    blocks: Blocks
    count: int  # rows of all blocks
    sample: NDArray[np.float32]  # (s, H) some of them, drawn at random
    scale: float  # by which they are divided
    device: str  # where they are put, as Torch names it
    buffer_rows: int
    peers: Peers = ALONE

    def __len__(self) -> int:
        """Return the number of rows n."""
        return self.count

    def first(self, count: int) -> Tensor:
        """Return rows of the sample: (count, H), or all of them."""
        return self._placed(self.sample[:count])

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield every row once, in a new order, in batches of which the last may be smaller."""
        seed = int(torch.randint(2**31, (), generator=generator))
        mixed = shuffled(self.blocks(), self.buffer_rows, np.random.default_rng(seed))
        for rows in _batches(mixed, batch_size):
            yield self._placed(rows)

    def _placed(self, rows: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(rows / np.float32(self.scale)).to(self.device)


def _parts(block: NDArray[np.float32], room: int, half: int) -> Iterator[NDArray[np.float32]]:
    """Cut a block where the buffer is full: after `room` rows, and after every half from then."""
    cuts = [0, *range(room, len(block), half), len(block)]
    return (block[start:stop] for start, stop in pairwise(cuts))


def _serve(
    buffer: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.float32], int]:
    """Take half of a full buffer out; return it, and how many rows stay at the beginning."""
    order = rng.permutation(len(buffer))
    stay = len(buffer) // 2
    served = buffer[order[stay:]]
    buffer[:stay] = buffer[order[:stay]]
    return served, stay


def _batches(blocks: Iterator[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    """Cut rows into batches of a size; the last may be smaller."""
    rest: NDArray[np.float32] | None = None
    for block in blocks:
        rows = block if rest is None else np.concatenate([rest, block])
        whole = len(rows) - len(rows) % size
        yield from (rows[start : start + size] for start in range(0, whole, size))
        rest = rows[whole:]
    if rest is not None and len(rest):
        yield rest
