"""Take all tables of a dataset back to one moment, with what the lake still holds of it.

The ledger is marked first and written last. In between every asset counts as begun, so that
nothing is taken for a result; doing it again after a crash completes it.
"""

from datetime import datetime

import polars as pl

from resources.history import Commit, read_at
from resources.lake import Lake
from resources.then import changes_since
from resources.timeline import BEGUN, DONE, REMOVE, RESTORE, Moment
from resources.view import DatasetView
from saetm.queries.source import newest_entries
from saetm.tables import (
    FOUNDATIONS,
    JUDGEMENTS,
    MATERIALISATIONS,
    REPLIES,
    RETIREMENTS,
    TABLES,
    TOPIC_CHANGES,
    Table,
)

# Answers that were paid for, and a history: never reduced.
ADDED_TO = (JUDGEMENTS, REPLIES, TOPIC_CHANGES)
UNTOUCHED = (MATERIALISATIONS, RETIREMENTS, FOUNDATIONS)

Versions = dict[str, int]  # table to the version that held


def changed_since(lake: Lake, dataset: str, moment: Moment) -> Versions:
    """Return the tables whose rows of a dataset have changed, with the last version before.

    Raises:
        SaetmError: a log does not reach back so far, or the files were vacuumed.
    """
    found: Versions = {}
    for table in TABLES.values():
        if table not in UNTOUCHED:
            change = _undone(table, changes_since(lake, table, (dataset,), moment))
            if change is not None:
                found[table.name] = change.version - 1
    view = DatasetView(lake, dataset)
    return {
        name: version for name, version in found.items() if _is_owed(view, TABLES[name], version)
    }


def restore(
    lake: Lake, dataset: str, moment: Moment, versions: Versions, *, run_id: str, at: datetime
) -> dict[str, int]:
    """Take the tables of a dataset back, and enter that into the ledger.

    Args:
        lake: the lake.
        dataset: the dataset.
        moment: when to go back to.
        versions: what `changed_since` found.
        run_id: what the commits and entries name as their run.
        at: the present instant.

    Returns:
        Rows that were written, per table.

    Raises:
        SaetmError: a table cannot be read or written; doing it again completes it.
    """
    view = DatasetView(lake, dataset)
    note = {"run_id": run_id, "asset": RESTORE, "dataset": dataset}
    current = newest_entries(view.scan(MATERIALISATIONS)).collect()
    begun = current.with_columns(input_version=pl.lit(""), rows_written=pl.lit(0))
    _enter(view, begun, note | {"state": BEGUN}, at)
    written = {
        name: _take_back(view, TABLES[name], version, note) for name, version in versions.items()
    }
    void = current.join(moment.entries, on="asset", how="anti").with_columns(
        input_version=pl.lit(""),
        data_version=pl.lit(""),
        producer=pl.lit(""),
        row_count=pl.lit(0, pl.Int64),
    )
    held = _with_rows_written(moment.entries, written)
    _enter(view, pl.concat([held, void.select(held.columns)]), note | {"state": DONE}, at)
    return written


def _undone(table: Table, changes: list[Commit]) -> Commit | None:
    """Return the first of some changes; of a table that is only added to, the last departure."""
    if table in ADDED_TO:
        return next((each for each in reversed(changes) if each.asset == REMOVE), None)
    return next(iter(changes), None)


def _is_owed(view: DatasetView, table: Table, version: int) -> bool:
    """Tell whether there is something to write; all of it is read, so that nothing is missing."""
    return not _then(view, table, version).is_empty() or table not in ADDED_TO


def _take_back(view: DatasetView, table: Table, version: int, note: dict[str, str]) -> int:
    then = _then(view, table, version)
    if table in ADDED_TO:
        return view.lake.append(table, then, note=note)
    return view.lake.replace(table, view.dataset, then, note=note)


def _then(view: DatasetView, table: Table, version: int) -> pl.DataFrame:
    """Read the rows that held then; of a table that is only added to, those that are gone."""
    then = read_at(view.lake, table, version, view.dataset)
    if table not in ADDED_TO:
        return then
    present = view.scan(table).select(table.key).collect()
    return then.join(present, on=table.key, how="anti")


def _enter(view: DatasetView, entries: pl.DataFrame, note: dict[str, str], at: datetime) -> None:
    stamps = {
        "run_id": note["run_id"],
        "created_at": view.next_instant(at),
        "seconds": 0.0,
    }
    rows = entries.with_columns(pl.lit(value).alias(name) for name, value in stamps.items())
    view.lake.append(MATERIALISATIONS, rows, note=note)


def _with_rows_written(entries: pl.DataFrame, written: dict[str, int]) -> pl.DataFrame:
    """Let each entry tell how many rows were written to the tables of its asset."""
    per_asset: dict[str, int] = {}
    for name, rows in written.items():
        asset = TABLES[name].asset
        per_asset[asset] = per_asset.get(asset, 0) + rows
    count = pl.col("asset").replace_strict(per_asset, default=0, return_dtype=pl.Int64)
    return entries.with_columns(rows_written=count)
