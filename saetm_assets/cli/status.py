"""What is there, and what is owed."""

import json

import click
import polars as pl

from resources.lake import Lake
from resources.settings import Settings
from resources.view import DatasetView
from saetm.tables import ACTIVATIONS, BAGS, CAPTIONS, EMBEDDINGS, ITEMS, REJECTS, TABLES, Table
from saetm_assets.home import open_registry

ROW_WORK = (CAPTIONS, BAGS, EMBEDDINGS, ACTIVATIONS)  # tables with one row per item and producer


def show_status(*, as_json: bool) -> None:
    """Print datasets, rows per table and items owed per table."""
    settings = Settings()
    lake = Lake(settings.lake_uri)
    names = open_registry(settings).names()
    shown = [_status(DatasetView(lake, name)) for name in names]
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    if not shown:
        click.echo("no datasets yet: add one with `saetm add NAME FOLDER`, or run `saetm demo`")
    for entry in shown:
        _print(entry)


def _status(view: DatasetView) -> dict[str, object]:
    return {
        "dataset": view.dataset,
        "rows": {table.name: view.count(table) for table in TABLES.values()},
        "owed": {table.name: _owed(view, table) for table in ROW_WORK},
    }


def _owed(view: DatasetView, table: Table) -> int:
    """Count the items that have no row by the producer in service."""
    items = view.scan(ITEMS).select("item_id")
    if view.last(table.asset) is not None:
        items = items.join(view.in_service(table).select("item_id"), on="item_id", how="anti")
    return int(items.select(pl.len()).collect().item())


def _print(entry: dict[str, object]) -> None:
    rows, owed = entry["rows"], entry["owed"]
    assert isinstance(rows, dict)
    assert isinstance(owed, dict)
    click.echo(f"{entry['dataset']}: {rows[ITEMS.name]:,} items, {rows[REJECTS.name]:,} rejects")
    for table, count in rows.items():
        click.echo(f"  {table:<18}{count:>9,} rows")
    missing = {table: count for table, count in owed.items() if count}
    for table, count in missing.items():
        click.echo(f"  owed: {count:,} {table}")
    if not missing:
        click.echo("  nothing is owed")
