"""Datasets: what is there, how fresh, and what is owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from resources.registry import Registration
from resources.view import Entry, ledgers
from saetm.options import SAE_TM
from saetm.owed import owed, with_members
from saetm.queries.datasets import datasets as query
from saetm.tables import ITEMS, TOPICS
from saetm_assets.explorer.house import House, house_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.view import View
from saetm_assets.model_titles import TITLES

PICTURES = 4

CODE = """\
import saetm
from saetm.queries.datasets import datasets

lake = saetm.open()
datasets(lake).collect()"""


@dataclass(frozen=True)
class DatasetCard:
    """What the page shows of a dataset."""

    name: str
    items: int
    changed_at: datetime | None
    has_topics: bool
    owed: list[str]  # stages whose code, options or upstream data have changed
    pictures: list[str]  # item_ids of images that show its largest topics
    of: tuple[str, ...]  # the datasets whose items it has; none where they are its own
    model: str  # what its topics are made by, as papers write it


def datasets(request: Request) -> Response:
    """Show all datasets."""
    house = house_of(request)
    rows = query(house.lake)
    cards = house.library.lately("cards", lambda: _cards(house, rows.collect()))
    shown = View(
        template="datasets.html",
        title="Datasets",
        query=CODE,
        frame=rows.collect,
        context={"cards": cards, "home": str(house.settings.root)},
    )
    return respond(request, shown)


def _cards(house: House, rows: pl.DataFrame) -> list[DatasetCard]:
    by_name = {row["dataset"]: row for row in rows.iter_rows(named=True)}
    names = sorted({*house.registry.watched(house.inbox.datasets()), *by_name})
    behind, pictures = _owed(house), _pictures(house)
    options = {each.dataset: each.options for each in house.registry.every()}
    return [
        DatasetCard(
            name=name,
            items=by_name[name]["items"] if name in by_name else 0,
            changed_at=by_name[name]["changed_at"] if name in by_name else None,
            has_topics=name in by_name and by_name[name]["topics"] > 0,
            owed=behind.get(name, ["items"] if name not in by_name else []),
            pictures=pictures.get(name, []),
            of=options[name].members if name in options else (),
            model=TITLES[options[name].model if name in options else SAE_TM],
        )
        for name in names
    ]


def _owed(house: House) -> Mapping[str, list[str]]:
    every = ledgers(house.lake)
    return {
        each.dataset: list(_stages(house, every, each))
        for each in house.registry.every()
        if each.dataset in every
    }


def _stages(
    house: House, every: Mapping[str, Mapping[str, Entry]], dataset: Registration
) -> Mapping[str, str]:
    ledger = with_members(every, dataset.dataset, dataset.options)
    return owed(house.line, dataset.options, ledger)


def _pictures(house: House) -> Mapping[str, list[str]]:
    """Return the best image of each of the largest topics, by dataset."""
    topics = house.lake.scan(TOPICS)
    smallest = topics.filter(pl.col("topic_count") == pl.col("topic_count").min().over("dataset"))
    best = smallest.sort("dataset", "rank").select("dataset", item_id=pl.col("items").list.first())
    images = house.lake.scan(ITEMS).filter(pl.col("modality") == "image")
    shown = best.join(
        images.select("dataset", "item_id"),
        on=["dataset", "item_id"],
        how="semi",
        maintain_order="left",
    ).unique(maintain_order=True)
    grouped = shown.group_by("dataset").agg(pl.col("item_id").head(PICTURES)).collect()
    return dict(grouped.iter_rows())
