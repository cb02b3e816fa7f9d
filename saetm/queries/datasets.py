"""What is there, and how fresh it is."""

import polars as pl

from saetm.queries.source import Source, newest_entries
from saetm.tables import MATERIALISATIONS


def datasets(source: Source) -> pl.LazyFrame:
    """Tell of every dataset how many items it has, and when it was last materialised.

    Returns:
        dataset, items, topics (rows over all stored cuts), stages (assets that were
        materialised), changed_at (when an asset last wrote rows), checked_at (when one last ran).
    """
    ledger = source.scan(MATERIALISATIONS)
    newest = newest_entries(ledger)
    wrote = ledger.filter(pl.col("rows_written") > 0)
    changed = wrote.group_by("dataset").agg(changed_at=pl.col("created_at").max())
    counts = newest.group_by("dataset").agg(
        items=pl.col("row_count").filter(pl.col("asset") == "items").sum(),
        topics=pl.col("row_count").filter(pl.col("asset") == "topics").sum(),
        stages=pl.len(),
        checked_at=pl.col("created_at").max(),
    )
    joined = counts.join(changed, on="dataset", how="left")
    return joined.select("dataset", "items", "topics", "stages", "changed_at", "checked_at").sort(
        "dataset"
    )
