"""What is there, and what is owed."""

import json
from collections.abc import Mapping
from typing import TypedDict

import click
import polars as pl

from resources.growth import proposals
from resources.inbox import Inbox
from resources.lake import Lake
from resources.settings import load_settings
from saetm.prompts.wording import clean
from saetm.tables import (
    ACTIVATIONS,
    BAGS,
    CAPTIONS,
    EMBEDDINGS,
    ITEMS,
    MATERIALISATIONS,
    REJECTS,
    TABLES,
    Table,
)
from saetm.unions import Membership
from saetm_assets.home import open_registry

ROW_WORK = (CAPTIONS, BAGS, EMBEDDINGS, ACTIVATIONS)  # tables with one row per item and producer


class Status(TypedDict):
    """A dataset in numbers."""

    dataset: str
    folder: str  # empty of a union
    members: list[str]  # of a union, whose rows it has
    rows: dict[str, int]  # rows per table
    owed: dict[str, int]  # items without a row, per row table
    proposal: str | None  # why and how to train its autoencoder anew


def show_status(*, as_json: bool) -> None:
    """Print datasets, rows per table and items owed per table."""
    settings = load_settings()
    registry = open_registry(settings)
    lake = Lake(settings.lake_uri)
    waiting = Inbox(settings.inbox_uri).datasets()
    every = _statuses(lake, registry.folders(waiting))
    if as_json:
        click.echo(json.dumps(every, indent=2))
        return
    if not every:
        click.echo("no datasets yet: add one with `saetm add NAME FOLDER`, or run `saetm demo`")
    for status in every:
        _print(status)


def _statuses(lake: Lake, folders: dict[str, str]) -> list[Status]:
    """Count by table for all datasets at once: a scan costs the same for one as for all."""
    rows = {table.name: _counts(lake.scan(table)) for table in TABLES.values()}
    owed = {table.name: _counts(_owed(lake, table)) for table in ROW_WORK}
    unions = lake.unions()
    advice = {name: each.advice(name) for name, each in proposals(lake).items() if each}
    return [
        Status(
            dataset=name,
            folder=folder,
            members=list(unions[name].members) if name in unions else [],
            rows={
                table: _sum(counts, TABLES[table], name, unions) for table, counts in rows.items()
            },
            owed={table: counts.get(name, 0) for table, counts in owed.items()},
            proposal=advice.get(name),
        )
        for name, folder in folders.items()
    ]


def _sum(counts: dict[str, int], table: Table, name: str, unions: Mapping[str, Membership]) -> int:
    """Return how many rows a dataset has: of a union's members, the rows that it has of them."""
    union = unions.get(name)
    names = union.members if union and union.has(table) else (name,)
    return sum(counts.get(each, 0) for each in names)


def _counts(frame: pl.LazyFrame) -> dict[str, int]:
    return dict(frame.group_by("dataset").len().collect().iter_rows())


def _owed(lake: Lake, table: Table) -> pl.LazyFrame:
    """Return the items without a row by the producer in service, those turned away left out."""
    ledger = lake.scan(MATERIALISATIONS).filter(pl.col("asset") == table.asset)
    newest = ledger.sort("created_at").unique("dataset", keep="last", maintain_order=True)
    done = lake.scan(table).join(newest, on=["dataset", "producer"], how="semi")
    turned_away = lake.scan(REJECTS).filter(pl.col("stage").is_in(["captions", "embeddings"]))
    items = lake.scan(ITEMS).join(turned_away, on=["dataset", "path"], how="anti")
    return items.join(done, on=["dataset", "item_id"], how="anti")


def _print(status: Status) -> None:
    rows = status["rows"]
    click.secho(
        f"{status['dataset']}: {rows[ITEMS.name]:,} items, {rows[REJECTS.name]:,} rejects",
        bold=True,
    )
    if status["members"]:
        click.echo(f"  union of {', '.join(map(clean, status['members']))}")
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
    if status["proposal"]:
        click.secho(f"  proposal: {clean(status['proposal'])}", fg="yellow")
