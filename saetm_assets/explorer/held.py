"""The lake at one moment: each table is opened once, at the version that it has then."""

from threading import Lock

import polars as pl

from resources.lake import Lake
from saetm.tables import Table


class HeldLake:
    """A source whose tables stay as they were when they were first asked for.

    Opening a Delta table reads its log, which takes longer than many a query.
    """

    def __init__(self, lake: Lake) -> None:
        """Read from this lake."""
        self._lake = lake
        self._lock = Lock()
        self._tables: dict[str, pl.LazyFrame] = {}

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan a table, or one dataset of it; a table that was never written is empty.

        Raises:
            SaetmError: the table is damaged or out of reach.
        """
        with self._lock:
            if table.name not in self._tables:
                self._tables[table.name] = self._lake.scan(table)
            rows = self._tables[table.name]
        return rows if dataset is None else self._lake.part(rows, table, dataset)
