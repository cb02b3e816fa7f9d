"""The topics of a report, each with its words and best items."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import polars as pl

from resources.view import DatasetView
from saetm.errors import InputError
from saetm.tables import CAPTIONS, ITEMS, TOPIC_SUMMARIES, TOPICS
from saetm_assets.markup import excerpt
from saetm_assets.pictures import thumbnail_webp

WORDS = 12
PICTURES, MOST_PICTURES = 8, 400  # of a topic, and of the page
EXCERPTS = 3
EXCERPT_CHARACTERS = 240

Look = Callable[[str, str, str], bytes]  # item_id, dataset and path of an image to its thumbnail


@dataclass(frozen=True)
class Picture:
    """A thumbnail on the page."""

    alt: str
    data: str  # base64 of a WebP


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a text."""

    text: str
    path: str


@dataclass(frozen=True)
class TopicCard:
    """What the page shows of a topic."""

    topic_id: str
    label: str
    description: str
    category: str
    weight: float
    item_count: int
    words: list[tuple[str, float]]  # word, and strength of its colour in [0.08, 0.35]
    pictures: list[Picture]
    excerpts: list[Excerpt]


def topic_cards(view: DatasetView, topic_count: int, look: Look) -> list[TopicCard]:
    """Read the topics of a stored cut, largest first, with their best items."""
    topics = (
        view.scan(TOPICS)
        .filter(pl.col("topic_count") == topic_count)
        .join(view.scan(TOPIC_SUMMARIES), on="topic_id", suffix="_summary")
        .sort("rank")
        .collect()
    )
    room = max(1, min(PICTURES, MOST_PICTURES // max(topics.height, 1)))
    topics = topics.with_columns(pl.col("items").list.head(room))
    shown = topics.select(item_id="items").explode("item_id").lazy()
    items = view.scan(ITEMS).join(shown.unique(), on="item_id", how="semi")
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    best = items.join(captions, on="item_id", how="left").select(
        "item_id", "dataset", "path", "modality", "caption"
    )
    by_id = {row["item_id"]: row for row in best.collect().iter_rows(named=True)}
    return [_card(row, by_id, look) for row in topics.iter_rows(named=True)]


def _card(row: dict[str, list[str]], by_id: dict[str, dict[str, str]], look: Look) -> TopicCard:
    best = [by_id[item] for item in row["items"] if item in by_id]
    top = max((float(value) for value in row["probabilities"]), default=1.0) or 1.0
    words = zip(row["words"][:WORDS], row["probabilities"][:WORDS], strict=True)
    return TopicCard(
        topic_id=str(row["topic_id"]),
        label=str(row["label"]),
        description=str(row["description"]),
        category=str(row["category"]),
        weight=float(str(row["weight"])),
        item_count=int(str(row["item_count"])),
        words=[(word, round(0.08 + 0.27 * float(share) / top, 2)) for word, share in words],
        pictures=_pictures([item for item in best if item["modality"] == "image"], look),
        excerpts=[
            Excerpt(excerpt(item["caption"]), item["path"])
            for item in best[:EXCERPTS]
            if item["caption"]
        ],
    )


def _pictures(items: list[dict[str, str]], look: Look) -> list[Picture]:
    """Read pictures; one that has gone since its item was found is no reason to fail."""
    pictures = []
    for item in items:
        with suppress(InputError):
            small = thumbnail_webp(look(item["item_id"], item["dataset"], item["path"]))
            data = base64.b64encode(small).decode()
            pictures.append(Picture(alt=excerpt(item["caption"] or item["path"]), data=data))
    return pictures
