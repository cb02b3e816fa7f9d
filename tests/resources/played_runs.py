"""Runs of a dataset that are played, not computed: rows, and entries of the ledger."""

from datetime import UTC, datetime

import polars as pl

from resources.restoring import changed_since, restore
from resources.timeline import find_moment
from resources.view import DatasetView
from saetm.tables import (
    CAPTIONS,
    DATASETS,
    ITEMS,
    MATERIALISATIONS,
    REPLIES,
    SCORES,
    TOPIC_CHANGES,
    TOPICS,
)
from tests.strategies import example_rows

PLAYED = (DATASETS, ITEMS, CAPTIONS, TOPICS, SCORES, REPLIES, TOPIC_CHANGES)


def now():
    return datetime.now(UTC)  # noqa: TID251  as above


def note(dataset, run, asset="any"):
    return {"run_id": run, "asset": asset, "dataset": dataset}


def enter(lake, dataset, asset, run, *, at=None, input_version="in"):
    view = DatasetView(lake, dataset)
    row = example_rows(MATERIALISATIONS, 1, dataset=dataset).with_columns(
        asset=pl.lit(asset),
        input_version=pl.lit(input_version),
        data_version=pl.lit(f"{asset} of {run}"),
        producer=pl.lit(run),
        row_count=pl.lit(2),
        seconds=pl.lit(0.0),
        run_id=pl.lit(run),
        created_at=pl.lit(view.next_instant(at or now())),
    )
    lake.append(MATERIALISATIONS, row, note=note(dataset, run, asset))


def write(lake, table, dataset, run, count=2):
    rows = example_rows(table, count, dataset=dataset)
    if "run_id" in table.schema:
        rows = rows.with_columns(run_id=pl.lit(run))
    lake.replace(table, dataset, rows, note=note(dataset, run))


def take(lake, dataset, run, *, captions=2, at=None):
    """Play a run of two assets that writes rows of its own."""
    write(lake, ITEMS, dataset, run)
    enter(lake, dataset, "items", run, at=at)
    write(lake, CAPTIONS, dataset, run, captions)
    write(lake, TOPICS, dataset, run)
    reply = example_rows(REPLIES, 1, dataset=dataset).with_columns(question_id=pl.lit(run))
    lake.append(REPLIES, reply, note=note(dataset, run))
    enter(lake, dataset, "topics", run, at=at)


def held(lake, dataset):
    """Return what a dataset holds, but for the ledger: rows by table, in order."""
    return {
        table.name: lake.scan(table, dataset).sort(pl.all().exclude(pl.List)).collect()
        for table in PLAYED
    }


def same(before, after):
    return [name for name, rows in before.items() if not rows.equals(after[name])]


def go_back(lake, dataset, to, run="back"):
    moment = find_moment(lake, dataset, to)
    versions = changed_since(lake, dataset, moment)
    return restore(lake, dataset, moment, versions, run_id=run, at=now())


def entries(lake, dataset):
    return {
        asset: entry.data_version for asset, entry in DatasetView(lake, dataset).entries().items()
    }
