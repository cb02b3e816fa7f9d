"""A view of one dataset: its rows, and what the ledger says is in service."""

from dataclasses import dataclass, fields

import polars as pl

from resources.lake import Lake
from saetm.errors import InputError
from saetm.tables import MATERIALISATIONS, Table


@dataclass(frozen=True)
class Entry:
    """What the ledger keeps of an asset's last materialisation."""

    input_version: str
    data_version: str
    producer: str
    row_count: int


@dataclass
class DatasetView:
    """Reads the tables of one dataset."""

    lake: Lake
    dataset: str

    def scan(self, table: Table) -> pl.LazyFrame:
        """Scan this dataset's rows of a table."""
        return self.lake.scan(table, self.dataset)

    def count(self, table: Table) -> int:
        """Count this dataset's rows of a table."""
        return int(self.scan(table).select(pl.len()).collect().item())

    def in_service(self, table: Table) -> pl.LazyFrame:
        """Scan the rows of a row table by the producer that its asset used last."""
        return self.scan(table).filter(pl.col("producer") == self.ledger(table.asset).producer)

    def last(self, asset: str) -> Entry | None:
        """Return the ledger's last entry of an asset, if it was ever materialised."""
        mine = self.scan(MATERIALISATIONS).filter(pl.col("asset") == asset)
        newest = mine.sort("created_at", descending=True).head(1)
        columns = [field.name for field in fields(Entry)]
        rows = newest.select(columns).collect().rows(named=True)
        return Entry(**rows[0]) if rows else None

    def ledger(self, asset: str) -> Entry:
        """Return the ledger's last entry of an asset.

        Raises:
            InputError: the asset was never materialised for this dataset.
        """
        entry = self.last(asset)
        if entry is None:
            raise InputError(
                f"{asset} of {self.dataset!r} was never materialised: run `saetm run` first"
            )
        return entry
