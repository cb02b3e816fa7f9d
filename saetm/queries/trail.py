"""The trail of items: the file, its caption, its vector and its features, and who made each row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from saetm.queries.answers import Row, rows
from saetm.queries.made_by import Texts
from saetm.queries.source import Source
from saetm.tables import ACTIVATIONS, CAPTIONS, EMBEDDINGS, ITEMS
from saetm.unions import made_by

PROMPT = re.compile(r"\bprompt (\S+@[0-9a-f]+)")  # in the producer of a captioner that was asked
FILE = ("path", "modality", "bytes", "modified_at", "width", "height")
GIVEN = ("timestamp", "group", "url")
ROW_TABLES = (CAPTIONS, EMBEDDINGS, ACTIVATIONS)  # a row per item and producer


@dataclass(frozen=True, slots=True)
class File:
    """What lay in the dataset's folder."""

    path: str  # relative to the folder; a row of a table as file.csv#17
    modality: str
    bytes: int
    hash: str  # of the content, blake2b-128: the item's id
    modified_at: datetime
    width: int | None  # pixels
    height: int | None


@dataclass(frozen=True, slots=True)
class Caption:
    """The caption in service."""

    text: str
    producer: str
    prompt: str | None  # name and hash of what a model was asked; None where none was
    caption_hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """An item with all that its topics were read from."""

    item_id: str
    file: File
    timestamp: datetime | None
    group: str | None
    url: str | None
    caption: Caption | None
    embedding: str | None  # producer of its vector
    activation: str | None  # producer of its features
    runs: Texts  # run that wrote its row, by table


def trail(source: Source, dataset: str, item_ids: Sequence[str], producers: Texts) -> pl.LazyFrame:
    """Ask for all that is kept of some items, in their order.

    Args:
        source: where to read.
        dataset: the dataset.
        item_ids: the items; what is not there any more is left out.
        producers: producer in service, by asset.

    Returns:
        Columns of items, with caption, caption_hash, created_at, and for each of the tables
        captions, embeddings and activations its producer and run as TABLE_producer and TABLE_run.
    """
    wanted = pl.LazyFrame({"item_id": item_ids}, schema={"item_id": pl.String})
    among = pl.col("item_id").is_in(list(item_ids))
    items = source.scan(ITEMS, dataset).filter(among)
    found = wanted.join(
        items.select("item_id", *FILE, *GIVEN, items_run="run_id"),
        on="item_id",
        maintain_order="left",
    )
    for table in ROW_TABLES:
        mine = made_by(producers.get(table.asset, ""))
        made = source.scan(table, dataset).filter(among, mine)
        names = [pl.col(name).alias(f"{table.name}_{short}") for name, short in _MADE]
        kept = ("caption", "caption_hash", "created_at") if table is CAPTIONS else ()
        found = found.join(
            made.select("item_id", *kept, *names), on="item_id", how="left", maintain_order="left"
        )
    return found.unique("item_id", keep="first", maintain_order=True)  # of a union, by one member


_MADE = (("producer", "producer"), ("run_id", "run"))


def trailed(
    source: Source, dataset: str, item_ids: Sequence[str], producers: Texts
) -> tuple[Item, ...]:
    """Answer `trail` with values."""
    return tuple(_item(row) for row in rows(trail(source, dataset, item_ids, producers)))


def _item(row: Row) -> Item:
    return Item(
        item_id=row["item_id"],
        file=File(hash=row["item_id"], **{name: row[name] for name in FILE}),
        caption=None if row["captions_run"] is None else _caption(row),
        embedding=row["embeddings_producer"],
        activation=row["activations_producer"],
        runs=_runs(row),
        **{name: row[name] for name in GIVEN},
    )


def _caption(row: Row) -> Caption:
    asked = PROMPT.search(row["captions_producer"])
    return Caption(
        text=row["caption"],
        producer=row["captions_producer"],
        prompt=asked and asked[1],
        caption_hash=row["caption_hash"],
        created_at=row["created_at"],
    )


def _runs(row: Row) -> Texts:
    names = (ITEMS.name, *(table.name for table in ROW_TABLES))
    return {name: run for name in names if (run := row[f"{name}_run"]) is not None}
