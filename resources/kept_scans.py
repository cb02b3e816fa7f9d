"""Opened tables that are kept as long as their logs stay as they are.

To open a Delta table is to read its log. A step asks a few tables again and again, and most of them
did not change in between; whether one did, the folder of its log tells at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from resources.delta import LOG

SETTLED_NS = 100_000_000  # clocks of file systems tick every few milliseconds


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes about the folder of a log when a commit comes in, or the table is another."""

    inode: int
    modified_ns: int

    @property
    def is_settled(self) -> bool:
        """Whether a commit that comes in now changes the time; one within the same tick may not."""
        return time.time_ns() - self.modified_ns > SETTLED_NS


class KeptScans:
    """Frames by the place of their table; those in object stores are opened each time."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[str, tuple[Stamp, pl.LazyFrame]] = {}

    def get(self, uri: str, scan: Callable[[], pl.LazyFrame]) -> pl.LazyFrame:
        """Return the frame of a table, by `scan` unless its log is that of before."""
        stamp = _stamp(uri)
        kept = self._kept.get(uri)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        is_settled = stamp is not None and stamp.is_settled  # seen before the table is opened
        frame = scan()
        if stamp is not None and is_settled:
            self._kept[uri] = stamp, frame
        return frame


def _stamp(uri: str) -> Stamp | None:
    if "://" in uri:
        return None
    try:
        found = (Path(uri) / LOG).stat()
    except OSError:
        return None
    return Stamp(found.st_ino, found.st_mtime_ns)
