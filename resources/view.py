"""A view of one dataset: its rows, and what the ledger says is in service."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import polars as pl

from resources.lake import Lake
from saetm.errors import InputError
from saetm.queries.source import newest_entries
from saetm.tables import MATERIALISATIONS, Table
from saetm.unions import made_by, once

TICK = timedelta(microseconds=1)  # the ledger's resolution


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
        rows = self.scan(table).filter(made_by(self.ledger(table.asset).producer))
        return once(rows, self.ledger(table.asset).producer)

    def entries(self) -> dict[str, Entry]:
        """Return the ledger's last entry of every asset that has one, in one scan."""
        return _by_dataset(self.scan(MATERIALISATIONS)).get(self.dataset, {})

    def last(self, asset: str) -> Entry | None:
        """Return the ledger's last entry of an asset, if it was ever materialised."""
        return self.entries().get(asset)

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

    def next_instant(self, now: datetime) -> datetime:
        """Return the instant of the ledger's next entry: now, or just after the newest one.

        Entries go by their instants; a clock that was set back must not make the newest entry
        an old one.
        """
        newest = self.scan(MATERIALISATIONS).select(pl.col("created_at").max()).collect().item()
        return now if newest is None else max(now, newest + TICK)


def ledgers(lake: Lake) -> dict[str, dict[str, Entry]]:
    """Return the ledger's last entry of every asset of every dataset, in one scan."""
    return _by_dataset(lake.scan(MATERIALISATIONS))


def _by_dataset(ledger: pl.LazyFrame) -> dict[str, dict[str, Entry]]:
    columns = [field.name for field in fields(Entry)]
    found: dict[str, dict[str, Entry]] = {}
    rows = newest_entries(ledger).select("dataset", "asset", *columns).collect()
    for dataset, asset, *values in rows.iter_rows():
        found.setdefault(dataset, {})[asset] = Entry(*values)
    return found
