"""Processes that train one autoencoder together, each on its own share of every batch.

Steps are those of one process with all rows, but for rounding: sums over a batch are sums over
the shares, and what is selected by rank is ranked among the values of all. So every process
takes the same step, and all hold the same weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, distributed


class Peers(Protocol):
    """All processes of a training, this one among them."""

    @property
    def rank(self) -> int:
        """Number of this process, from 0."""
        ...

    @property
    def count(self) -> int:
        """Number of processes."""
        ...

    def add(self, share: Tensor) -> Tensor:
        """Sum a tensor of one shape over all processes, in place; all get the same bits."""
        ...

    def largest(self, share: Tensor, count: int) -> Tensor:
        """Return values of all processes, of (A,) of each: at least the `count` largest of all."""
        ...


@dataclass(frozen=True, slots=True)
class Alone:
    """The only process."""

    rank: int = 0
    count: int = 1

    def add(self, share: Tensor) -> Tensor:
        """Return the tensor."""
        return share

    def largest(self, share: Tensor, count: int) -> Tensor:  # noqa: ARG002  the protocol's
        """Return the values."""
        return share


ALONE = Alone()


class Group:
    """The processes of the default group of torch.distributed, which must be initialised."""

    @property
    def rank(self) -> int:
        """Number of this process, from 0."""
        return distributed.get_rank()

    @property
    def count(self) -> int:
        """Number of processes."""
        return distributed.get_world_size()

    def add(self, share: Tensor) -> Tensor:
        """Sum a tensor over all processes, in place."""
        distributed.all_reduce(share)
        return share

    def largest(self, share: Tensor, count: int) -> Tensor:
        """Gather the largest values of each process; lengths may differ."""
        mine = share.topk(count, sorted=False).values if len(share) > count else share
        sizes = [mine.new_zeros(1, dtype=torch.int64) for _ in range(self.count)]
        distributed.all_gather(sizes, torch.full_like(sizes[0], len(mine)))
        lengths = [int(size) for size in sizes]
        padded = mine.new_zeros(max(lengths))
        padded[: len(mine)] = mine
        every = [torch.empty_like(padded) for _ in lengths]
        distributed.all_gather(every, padded)
        return torch.cat([each[:length] for each, length in zip(every, lengths, strict=True)])


def total(peers: Peers, count: int, like: Tensor) -> int:
    """Sum a number over all processes, on the device of a tensor."""
    if peers.count == 1:
        return count
    return int(peers.add(torch.tensor(count, device=like.device)))


def share(peers: Peers, parts: Sequence[Tensor]) -> list[Tensor]:
    """Return this process's rows of every part; the shares of a part together are all of it."""
    return [part.tensor_split(peers.count)[peers.rank] for part in parts]
