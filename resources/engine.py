"""The engine door: where owed rows are worked on, in this process or on many machines.

An engine is given keys, not rows: each worker reads its own portion from the lake, so that what
is read never passes through the process that asks. What is finished comes back to it, and it
alone commits: a portion that two workers have computed, since one was taken for dead, is
received once and committed once, and writers do not race for the table's log.
"""

from collections.abc import Iterator
from typing import Literal, Protocol

import polars as pl

from resources.portions import Opening, Owed
from resources.ray_engine import RayEngine


class Engine(Protocol):
    """What the line may ask of an engine."""

    def each(self, opening: Opening, owed: Owed) -> Iterator[pl.DataFrame]:
        """Work on portions, and yield what is done of each, in any order.

        Args:
            opening: is called once by each worker, maybe on another machine, and returns what
                works on a portion's rows; picklable.
            owed: the rows; a portion is read by whoever works on it.

        Raises:
            SaetmError: what the work itself raises, wherever it runs; nothing of that portion
                is yielded.
            OutOfReachError: the engine cannot be reached, or was lost on the way.
        """
        ...


class LocalEngine:
    """Works in this process, a portion after the other."""

    def each(self, opening: Opening, owed: Owed) -> Iterator[pl.DataFrame]:
        """Work on portions in the order of their keys; see `Engine`."""
        return map(opening(), owed.read())


def open_engine(
    name: Literal["local", "ray"], *, address: str | None, workers: int | None, device: str
) -> Engine:
    """Open an engine by name; a cluster is only asked for when there is work.

    Args:
        name: "local" (this process) or "ray".
        address: of a Ray cluster; None for that of RAY_ADDRESS, else that of this machine.
        workers: at most so many on the cluster; None for one per accelerator, else per core.
        device: Torch device of the work; "cpu" needs no accelerator.
    """
    if name == "local":
        return LocalEngine()
    return RayEngine(address, workers=workers, uses_accelerators=device != "cpu")
