"""The published page of a dataset, rendered from its tables; every value is escaped."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from resources.view import DatasetView
from saetm.tables import (
    CAPTIONS,
    ITEMS,
    MATERIALISATIONS,
    SAE_CHECKPOINTS,
    SCORES,
    TOPIC_SUMMARIES,
    TOPICS,
)
from saetm_assets.pictures import thumbnail_webp

WORDS = 12
PICTURES = 8
EXCERPTS = 3
EXCERPT_CHARACTERS = 240

Read = Callable[[str], bytes]  # path of an item to its content


class Picture(TypedDict):
    """A thumbnail on the page."""

    alt: str
    data: str  # base64 of a WebP


@dataclass(frozen=True)
class TopicCard:
    """What the page shows of a topic."""

    topic_id: str
    label: str
    category: str
    weight: float
    item_count: int
    words: list[tuple[str, float]]  # word and opacity in [0.45, 1]
    pictures: list[Picture]
    excerpts: list[str]


def render_page(view: DatasetView, topic_count: int, read: Read) -> str:
    """Render a dataset's page at one topic count as self-contained HTML."""
    cards = topic_cards(view, topic_count, read)
    counts, scores = _scores(view)
    environment = Environment(
        loader=PackageLoader("saetm_assets"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("report.html").render(
        dataset=view.dataset,
        item_count=view.count(ITEMS),
        topics=cards,
        heaviest=max((card.weight for card in cards), default=1.0) or 1.0,
        facts=_facts(view),
        score_counts=counts,
        scores=scores,
        stages=_stages(view),
    )


def topic_cards(view: DatasetView, topic_count: int, read: Read) -> list[TopicCard]:
    """Read the topics of a stored cut, largest first, with their best items."""
    topics = (
        view.scan(TOPICS)
        .filter(pl.col("topic_count") == topic_count)
        .join(view.scan(TOPIC_SUMMARIES), on="topic_id", suffix="_summary")
        .sort("rank")
        .collect()
    )
    shown = topics.select(item_id=pl.col("items").list.head(PICTURES)).explode("item_id").lazy()
    items = view.scan(ITEMS).join(shown.unique(), on="item_id", how="semi")
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    best = items.join(captions, on="item_id", how="left").select(
        "item_id", "path", "modality", "caption"
    )
    by_id = {row["item_id"]: row for row in best.collect().iter_rows(named=True)}
    return [_card(row, by_id, read) for row in topics.iter_rows(named=True)]


def _card(row: dict[str, list[str]], by_id: dict[str, dict[str, str]], read: Read) -> TopicCard:
    best = [by_id[item] for item in row["items"][:PICTURES] if item in by_id]
    top = max((float(value) for value in row["probabilities"]), default=1.0) or 1.0
    words = zip(row["words"][:WORDS], row["probabilities"][:WORDS], strict=True)
    return TopicCard(
        topic_id=str(row["topic_id"]),
        label=str(row["label"]),
        category=str(row["category"]),
        weight=float(str(row["weight"])),
        item_count=int(str(row["item_count"])),
        words=[(word, round(0.45 + 0.55 * float(share) / top, 2)) for word, share in words],
        pictures=[_picture(item, read) for item in best if item["modality"] == "image"],
        excerpts=[_excerpt(item["caption"]) for item in best[:EXCERPTS] if item["caption"]],
    )


def _picture(item: dict[str, str], read: Read) -> Picture:
    data = base64.b64encode(thumbnail_webp(read(item["path"]))).decode()
    return Picture(alt=_excerpt(item["caption"] or item["path"]), data=data)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARACTERS else f"{line[:EXCERPT_CHARACTERS].rstrip()}…"


def _facts(view: DatasetView) -> list[tuple[str, str]]:
    sae = view.scan(SAE_CHECKPOINTS).collect().row(0, named=True)
    explained = sae["variance_explained"]
    return [
        ("items", f"{view.count(ITEMS):,}"),
        ("features", f"{sae['dictionary_size']:,}"),
        ("features active per item", f"{sae['l0']:.1f}"),
        ("of the variance explained", "unknown" if explained is None else f"{explained:.0%}"),
    ]


def _scores(view: DatasetView) -> tuple[list[int], list[tuple[str, list[str]]]]:
    frame = view.scan(SCORES).sort("topic_count").collect()
    counts = frame["topic_count"].unique().sort().to_list()
    values = {
        (row[0], row[1]): row[2]
        for row in frame.select("metric", "topic_count", "value").iter_rows()
    }
    metrics = frame["metric"].unique(maintain_order=True).to_list()
    rows = [
        (metric, [_number(values.get((metric, count))) for count in counts]) for metric in metrics
    ]
    return counts, rows


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _stages(view: DatasetView) -> list[dict[str, object]]:
    newest = view.scan(MATERIALISATIONS).sort("created_at").collect()
    last = newest.unique("asset", keep="last", maintain_order=True)
    return last.select("asset", "producer", "row_count", "run_id").to_dicts()
