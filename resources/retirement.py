"""Let a dataset leave the lake; what it held can be gone back to until maintenance vacuums it."""

import polars as pl

from resources.lake import Lake
from resources.timeline import REMOVE
from saetm.tables import FOUNDATIONS, RETIREMENTS, TABLES

KEPT = (FOUNDATIONS, RETIREMENTS)  # an autoencoder that others were bound to stays


def clear(lake: Lake, dataset: str, *, run_id: str) -> dict[str, int]:
    """Delete every row of a dataset, and return how many there were, per table.

    Doing it again after a crash completes it.

    Args:
        lake: the lake.
        dataset: the dataset.
        run_id: what the commits name as their run.

    Raises:
        SaetmError: a table cannot be written.
    """
    tables = [table for table in TABLES.values() if table not in KEPT]
    counts = {table.name: _count(lake.stored(table, dataset)) for table in tables}
    held = {name: count for name, count in counts.items() if count}
    note = {"run_id": run_id, "asset": REMOVE, "dataset": dataset}
    for name in held:
        lake.remove(TABLES[name], dataset, note=note)
    return held


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())
