"""The tables as lazy frames: what notebooks and scripts read.

lake = saetm.open()
lake.topics("prints").filter(pl.col("topic_count") == 40).collect()
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl

from resources.lake import Lake
from resources.settings import load_settings
from resources.then import LakeThen, lake_at
from resources.timeline import shown
from saetm.errors import InputError
from saetm.tables import TABLES, Table


class Frames:
    """The tables of a lake, read-only: a method per table, which takes a dataset or none.

    Columns are those of docs/tables.md. It is what `saetm.queries` read from.
    """

    def __init__(self, lake: Lake, then: LakeThen | None = None) -> None:
        """Read from this lake, or from what it was."""
        self._lake = lake
        self._then = then

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan a table, or one dataset of it; a table that was never written is empty.

        Raises:
            SaetmError: the table is damaged or out of reach.
        """
        return (self._then or self._lake).scan(table, dataset)

    def at(self, dataset: str, when: datetime | str) -> "Frames":
        """Return the tables as they were for one dataset; they hold no other.

        Args:
            dataset: the dataset.
            when: an instant, one in ISO 8601, or a run's id; it stands for the last moment at or
                before it at which no run of the dataset was amid.

        Raises:
            InputError: the dataset had no finished run then.
            SaetmError: the ledger of that time is gone.
        """
        return Frames(self._lake, lake_at(self._lake, dataset, when))

    def __getattr__(self, name: str) -> Callable[..., pl.LazyFrame]:
        """Return what scans the table of this name, or one dataset of it."""
        if name not in TABLES:
            raise AttributeError(f"there is no table {name!r}: {', '.join(TABLES)}")
        table = TABLES[name]
        return lambda dataset=None: self.scan(table, dataset)

    def __dir__(self) -> list[str]:
        """List the tables beside the methods, for completion in a notebook."""
        return [*super().__dir__(), *TABLES]

    def __repr__(self) -> str:
        """Name the lake, and the moment."""
        then = self._then and f" at {shown(self._then.moment.at)}"
        return f"<tables of {self._lake.root}{then or ''}>"


def open_frames(home: str | Path | None = None) -> Frames:
    """Open the tables of a home folder.

    Args:
        home: the home folder; None for that of the settings, `SAETM_HOME` and `SAETM_LAKE`.

    Raises:
        InputError: the folder holds no lake.
    """
    if home is None:
        return Frames(Lake(load_settings().lake_uri))
    root = Path(home) / "lake"
    if not root.is_dir():
        raise InputError(f"{str(home)!r} is no home folder of saetm: it holds no folder `lake`")
    return Frames(Lake(str(root)))
