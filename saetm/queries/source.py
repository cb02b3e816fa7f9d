"""Where queries read from: the lake as it is, or as it was."""

from typing import Protocol

import polars as pl

from saetm.tables import MATERIALISATIONS, Table
from saetm.unions import JOINT


class Source(Protocol):
    """Anything that can scan a table by its contract."""

    def scan(self, table: Table, dataset: str | None = None) -> pl.LazyFrame:
        """Scan a table, or one dataset of it."""
        ...


def newest_entries(ledger: pl.LazyFrame) -> pl.LazyFrame:
    """Select the last entry of each asset of each dataset; assets that were taken back have none.

    Args:
        ledger: rows of the materialisations table.
    """
    last = ledger.sort("created_at").unique(["dataset", "asset"], keep="last", maintain_order=True)
    return last.filter(pl.col("data_version") != "")


def in_service(source: Source, table: Table, dataset: str) -> pl.LazyFrame:
    """Scan the rows of a row table by the producer that its asset used last.

    There is none where the asset was never materialised.
    """
    ledger = newest_entries(source.scan(MATERIALISATIONS, dataset))
    joint = ledger.filter(pl.col("asset") == table.asset).select("producer")
    each = joint.select(pl.concat_list("producer", pl.col("producer").str.split(JOINT)))
    named = each.explode("producer").unique()
    return source.scan(table, dataset).join(named, on="producer", how="semi")
