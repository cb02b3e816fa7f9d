"""Training rows on their way to the steps: in random order, a block at a time, from any array."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from saetm.errors import ContractError
from saetm.sae.peers import ALONE, Peers, share

_BLOCK_ENTRIES = 2**24  # taken at once: 64 MiB of float32


class Rows(Protocol):
    """What a training takes its rows from."""

    @property
    def peers(self) -> Peers:
        """With whom every batch is shared."""
        ...

    def __len__(self) -> int:
        """Return the number of rows n of a pass."""
        ...

    def first(self, count: int) -> Tensor:
        """Return `count` rows drawn at random, always the same, or as many as there are."""
        ...

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield every row once, in random order, in ceil(n / batch_size) batches."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """Rows of an array, in memory or memory-mapped, of which only blocks are ever copied."""

    embeddings: NDArray[np.floating]  # (N, D)
    ids: NDArray[np.int64]  # (n,) of the rows to feed, in random order
    scale: float  # by which they are divided
    device: str  # where they are put, as Torch names it
    peers: Peers = ALONE  # with whom every batch is shared

    def __len__(self) -> int:
        """Return the number of rows n."""
        return len(self.ids)

    def first(self, count: int) -> Tensor:
        """Return `count` rows drawn at random, always the same: (count, D)."""
        return self._taken(self.ids[:count])

    def epoch(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield every row once, in a new order, in batches of nearly equal size.

        Among peers a process reads and yields its share of each batch.

        Blocks are random rows of the whole array, taken in the order of their places, since
        disks are read forwards; within a block the order is random again.
        """
        n_rows, dimension = len(self.ids), self.embeddings.shape[1]
        n_batches = -(-n_rows // batch_size)
        together = max(1, _BLOCK_ENTRIES // (batch_size * dimension))  # batches in a block
        order = torch.randperm(n_rows, generator=generator)
        batches = order.tensor_split(n_batches)
        for start in range(0, n_batches, together):
            sizes = [len(batch) for batch in batches[start : start + together]]
            places = torch.cat(batches[start : start + together]).numpy()
            ids = np.sort(self.ids[places])
            within = torch.randperm(len(ids), generator=generator)
            shares = share(self.peers, torch.split(within, sizes))
            mine = torch.cat(shares)
            block = self._taken(ids[mine.numpy()])
            order = mine.argsort().argsort().to(block.device)  # where each lies in the block
            for rows in torch.split(order, [len(each) for each in shares]):
                yield block[rows]

    def _taken(self, ids: NDArray[np.int64]) -> Tensor:
        rows = taken(self.embeddings, ids)
        rows /= np.float32(self.scale)
        return torch.from_numpy(rows).to(self.device)


def taken(embeddings: NDArray[np.floating], ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Copy rows of an array, in the order of their places: (n, D)."""
    return np.take(embeddings, np.sort(ids), axis=0).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Where rows lie, and how far apart."""

    count: int
    mean: NDArray[np.float64]  # (D,)
    spread: float  # summed squared distance to the mean

    def __add__(self, other: "Moments") -> "Moments":
        """Take two sets of rows as one (Chan et al. 1979)."""
        count = self.count + other.count
        between = other.mean - self.mean
        mean = self.mean + between * (other.count / count)
        shift = float(between @ between) * self.count * other.count / count
        return Moments(count, mean, self.spread + other.spread + shift)

    def without(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mean that is left when (h, D) of the rows are taken away."""
        total = self.mean * self.count - rows.sum(axis=0, dtype=np.float64)
        return total / (self.count - len(rows))


def moments(embeddings: NDArray[np.floating]) -> Moments:
    """Look at every row once, a block at a time.

    Args:
        embeddings: (N, D), N at least 1.

    Raises:
        ContractError: a value is not finite, or all rows are equal.
    """
    size = max(1, _BLOCK_ENTRIES // (4 * embeddings.shape[1]))
    total, varies = None, False
    for start in range(0, len(embeddings), size):
        block = np.asarray(embeddings[start : start + size], dtype=np.float32)
        if not np.isfinite(block).all():
            row = start + int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
            raise ContractError(f"embedding {row} has a value that is not finite")
        varies = varies or not (block == embeddings[0]).all()
        here = moments_of(block)
        total = here if total is None else total + here
    if total is None or not varies:
        message = f"all {len(embeddings)} embeddings are equal: there is nothing to learn"
        raise ContractError(message)
    return total


def moments_of(block: NDArray[np.float32]) -> Moments:
    """Return where (n, D) finite rows lie that fit into memory twice."""
    mean = block.mean(axis=0, dtype=np.float64)
    centred = block - mean.astype(np.float32)
    return Moments(len(block), mean, float(np.square(centred, dtype=np.float64).sum()))
