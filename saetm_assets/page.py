"""The published page of a dataset, rendered from its tables; every value is escaped."""

import base64
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from resources.view import DatasetView
from saetm.errors import InputError
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
PICTURES, MOST_PICTURES = 8, 400  # of a topic, and of the page
EXCERPTS = 3
EXCERPT_CHARACTERS = 240
MEANINGS = {
    "npmi": (
        "coherence (NPMI)",
        "how much the top 10 words occur together, -1 to 1; more is better",
    ),
    "unique_words": ("unique words", "share of top 10 words that differ, 0 to 1; more is better"),
    "word_movers_distance": (
        "distance",
        "mean word mover's distance of topics; more is more diverse",
    ),
    "nmi": (
        "agreement (NMI)",
        "of the largest topic with the given groups, 0 to 1; more is better",
    ),
    "purity": ("purity", "items in the most common group of their topic, 0 to 1; more is better"),
}

Look = Callable[[str, str], bytes]  # item_id and path of an image to its thumbnail


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
class Score:
    """A row of the table of scores."""

    name: str
    meaning: str
    values: list[str]  # one per topic count


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


def render_page(view: DatasetView, topic_count: int, look: Look) -> str:
    """Render a dataset's page at one topic count as self-contained HTML."""
    cards = topic_cards(view, topic_count, look)
    counts, scores = _scores(view)
    environment = Environment(
        loader=PackageLoader("saetm_assets"), autoescape=True, undefined=StrictUndefined
    )
    stages = _stages(view)
    newest: datetime = stages["created_at"].to_list()[-1]
    return environment.get_template("report.html").render(
        dataset=view.dataset,
        shell_name=shlex.quote(view.dataset),
        item_count=view.count(ITEMS),
        noun=_noun(view),
        topics=cards,
        pictures_shown=max((len(card.pictures) for card in cards), default=0) or 1,
        heaviest=max((card.weight for card in cards), default=1.0) or 1.0,
        facts=_facts(view),
        score_counts=counts,
        scores=scores,
        stages=stages.to_dicts(),
        as_of=f"{newest:%d %B %Y}",
    )


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
        "item_id", "path", "modality", "caption"
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
            Excerpt(_short(item["caption"]), item["path"])
            for item in best[:EXCERPTS]
            if item["caption"]
        ],
    )


def _pictures(items: list[dict[str, str]], look: Look) -> list[Picture]:
    """Read pictures; one that has gone since its item was found is no reason to fail."""
    pictures = []
    for item in items:
        with suppress(InputError):
            small = thumbnail_webp(look(item["item_id"], item["path"]))
            data = base64.b64encode(small).decode()
            pictures.append(Picture(alt=_short(item["caption"] or item["path"]), data=data))
    return pictures


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARACTERS else f"{line[:EXCERPT_CHARACTERS].rstrip()}…"


def _noun(view: DatasetView) -> str:
    kinds = view.scan(ITEMS).select(pl.col("modality").unique()).collect()["modality"].to_list()
    return f"{kinds[0]}s" if len(kinds) == 1 else "items"


def _facts(view: DatasetView) -> list[tuple[str, str]]:
    sae = view.scan(SAE_CHECKPOINTS).collect().row(0, named=True)
    explained = sae["variance_explained"]
    return [
        (_noun(view), f"{view.count(ITEMS):,}"),
        ("features learned", f"{sae['dictionary_size']:,}"),
        ("features active per item", f"{sae['l0']:.1f}"),
        ("variance explained", "unknown" if explained is None else f"{explained:.0%}"),
    ]


def _scores(view: DatasetView) -> tuple[list[int], list[Score]]:
    frame = view.scan(SCORES).sort("topic_count").collect()
    counts = frame["topic_count"].unique().sort().to_list()
    values = {
        (row[0], row[1]): row[2]
        for row in frame.select("metric", "topic_count", "value").iter_rows()
    }
    metrics = frame["metric"].unique(maintain_order=True).to_list()
    return counts, [
        _score(metric, [values.get((metric, count)) for count in counts]) for metric in metrics
    ]


def _score(metric: str, values: list[float | None]) -> Score:
    name, meaning = MEANINGS.get(metric, (metric, ""))
    return Score(name, meaning, [_number(value) for value in values])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _stages(view: DatasetView) -> pl.DataFrame:
    before = view.scan(MATERIALISATIONS).filter(pl.col("asset") != "report")
    wrote = before.filter(pl.col("rows_written") > 0)  # not those that found nothing owed
    newest = wrote.sort("created_at").collect()
    last = newest.unique("asset", keep="last", maintain_order=True)
    return last.select("asset", "producer", "row_count", "run_id", "created_at")
