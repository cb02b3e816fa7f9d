"""What is there, and what is owed."""

import json
from typing import TypedDict

import click
import polars as pl

from resources.inbox import Inbox
from resources.lake import Lake
from resources.settings import load_settings
from resources.view import DatasetView
from saetm.tables import ACTIVATIONS, BAGS, CAPTIONS, EMBEDDINGS, ITEMS, REJECTS, TABLES, Table
from saetm_assets.home import open_registry

ROW_WORK = (CAPTIONS, BAGS, EMBEDDINGS, ACTIVATIONS)  # tables with one row per item and producer


class Status(TypedDict):
    """A dataset in numbers."""

    dataset: str
    folder: str
    rows: dict[str, int]  # rows per table
    owed: dict[str, int]  # items without a row, per row table


def show_status(*, as_json: bool) -> None:
    """Print datasets, rows per table and items owed per table."""
    settings = load_settings()
    registry = open_registry(settings)
    lake = Lake(settings.lake_uri)
    waiting = Inbox(str(settings.inbox)).datasets()
    names = sorted({*registry.names(), *waiting})
    every = [_status(DatasetView(lake, name), registry.find(name).folder) for name in names]
    if as_json:
        click.echo(json.dumps(every, indent=2))
        return
    if not every:
        click.echo("no datasets yet: add one with `saetm add NAME FOLDER`, or run `saetm demo`")
    for status in every:
        _print(status)


def _status(view: DatasetView, folder: str) -> Status:
    return Status(
        dataset=view.dataset,
        folder=folder,
        rows={table.name: view.count(table) for table in TABLES.values()},
        owed={table.name: _owed(view, table) for table in ROW_WORK},
    )


def _owed(view: DatasetView, table: Table) -> int:
    """Count the items without a row by the producer in service, those turned away left out."""
    turned_away = view.scan(REJECTS).filter(pl.col("stage").is_in(["captions", "embeddings"]))
    items = view.scan(ITEMS).join(turned_away, on="path", how="anti").select("item_id")
    if view.last(table.asset) is not None:
        items = items.join(view.in_service(table).select("item_id"), on="item_id", how="anti")
    return int(items.select(pl.len()).collect().item())


def _print(status: Status) -> None:
    rows = status["rows"]
    click.secho(
        f"{status['dataset']}: {rows[ITEMS.name]:,} items, {rows[REJECTS.name]:,} rejects",
        bold=True,
    )
    for table, count in rows.items():
        click.echo(f"  {table:<18}{count:>9,} rows")
    if not rows[ITEMS.name]:
        click.echo("  owed: everything; it was never run")
        return
    missing = {table: count for table, count in status["owed"].items() if count}
    for table, count in missing.items():
        click.echo(f"  owed: {count:,} {table}")
    if not missing:
        click.echo("  nothing is owed")
