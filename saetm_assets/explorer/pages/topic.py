"""One topic: its words, items, features, movement and neighbours, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import polars as pl
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.topics import items_of_topic
from saetm_assets.charts import Spec, curves, intervals
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.feature_view import FeatureView, describe_features
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.links import run_link
from saetm_assets.explorer.marking import marked
from saetm_assets.explorer.neighbours import like_words, met, place_of
from saetm_assets.explorer.pages.lineage import made_steps
from saetm_assets.explorer.parameters import count_of, unit_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.sets import topic_groups
from saetm_assets.explorer.topic_cut import Topic
from saetm_assets.explorer.trends import topic_trends
from saetm_assets.explorer.view import View
from saetm_assets.markup import excerpt

IMAGES, TEXTS, WORDS, FEATURES, NEIGHBOURS, GROUPS = 24, 8, 16, 10, 6, 20
CHARACTERS = 420  # of a text that are shown
MARKED = 30  # words that are marked in texts
LEAST_SETS = 2  # periods or groups that are worth a chart
CODE = """\
import saetm
from saetm.queries.topics import items_of_topic

lake = saetm.open()
items_of_topic(lake, {dataset!r}, {topic!r}).collect()"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a topic."""

    word: str
    probability: float
    length: float  # of its bar, 0 to 1: beside the most probable word
    specificity: float  # how many times as often as in all items


@dataclass(frozen=True, slots=True)
class Best:
    """An item that shows a topic."""

    item_id: str
    share: float
    path: str
    is_image: bool
    caption: str
    text: Markup  # its beginning, with the words of the topic marked


@dataclass(frozen=True, slots=True)
class TopicFeature:
    """A feature of a topic."""

    share: float  # of the topic
    seen: FeatureView


@dataclass(frozen=True, slots=True)
class Event:
    """What a refit did to a topic."""

    what: str
    moved: str
    words: str
    relatives: tuple[str, ...]
    at: datetime
    link: str  # to the run


def topic(request: Request) -> Response:
    """Show one topic: of a cut, or any node of the tree."""
    dataset, topic_id = dataset_of(request), request.path_params["topic_id"]
    count = count_of(request, dataset)
    found, cut = dataset.topic(topic_id, count), dataset.cut(count)
    features = _features(dataset, found, count)
    shown = View(
        template="topic.html",
        title=found.label,
        query=CODE.format(dataset=dataset.name, topic=topic_id),
        frame=partial(_frame, dataset, topic_id),
        context={
            "topic": found,
            "k": count,
            "rank": cut.rank_of.get(topic_id),
            "words": _words(found),
            "items": _items(dataset, found, count),
            "features": features[:FEATURES],
            "n_features": len(dataset.features_of(topic_id, count)),
            "place": place_of(dataset, found),
            "alike": like_words(dataset, cut, found, NEIGHBOURS),
            "met": met(dataset, cut, found, NEIGHBOURS),
            "trend": _trend(request, dataset, found, count),
            "groups": _groups(dataset, found),
            "history": _history(request, dataset, topic_id),
            "made": made_steps(request, dataset),
        },
        dataset=dataset.name,
        tab="topics",
    )
    return respond(request, shown)


def _frame(dataset: Dataset, topic_id: str) -> pl.DataFrame:
    return items_of_topic(dataset.source, dataset.name, topic_id).collect()


def _words(topic: Topic) -> list[Word]:
    rows = zip(topic.words, topic.probabilities, np.exp(topic.specificities), strict=True)
    longest = max(topic.probabilities, default=1.0)
    return [Word(word, share, share / longest, float(times)) for word, share, times in rows]


def _items(dataset: Dataset, topic: Topic, count: int) -> list[Best]:
    """Return the best items: many images, or a few texts."""
    rows = dataset.theta_items[topic.best.tolist()]
    most = IMAGES if "image" in rows["modality"].head(TEXTS).to_list() else TEXTS
    rows, best = rows.head(most), topic.best[:most]
    shares = dataset.shares_of(topic.topic_id, count).toarray().ravel()[best]
    captions = dataset.captions_of(rows["item_id"].to_list())
    words = frozenset(topic.words[:MARKED])
    columns = rows.select("item_id", "path", "modality").iter_rows()
    return [
        Best(
            item_id=item_id,
            share=float(share),
            path=path or "",
            is_image=modality == "image",
            caption=captions.get(item_id, ""),
            text=marked(excerpt(captions.get(item_id, ""), CHARACTERS), words),
        )
        for (item_id, path, modality), share in zip(columns, shares, strict=True)
    ]


def _features(dataset: Dataset, topic: Topic, count: int) -> list[TopicFeature]:
    """Return the heaviest features, with their share of the topic."""
    features = dataset.features_of(topic.topic_id, count)
    weights = dataset.feature_weights(topic.topic_id, count)
    if weights is None:
        total = topic.weight or 1.0
        weights = (dataset.material.weights[features] / total).tolist()
    share = dict(zip(features.tolist(), weights, strict=True))
    heaviest = sorted(share, key=lambda feature: (-share[feature], feature))[:FEATURES]
    described = describe_features(dataset, heaviest)
    return [TopicFeature(share[each.feature], each) for each in described]


def _trend(request: Request, dataset: Dataset, topic: Topic, count: int) -> Spec | None:
    rows = topic_trends(dataset, topic.topic_id, count, unit_of(request, dataset))
    if rows.height < LEAST_SETS:
        return None
    return {**curves(rows, {topic.topic_id: topic.label}), "height": 220}


def _groups(dataset: Dataset, topic: Topic) -> Spec | None:
    rows = topic_groups(dataset, topic.topic_id).filter(pl.col("group").is_not_null())
    if rows.height < LEAST_SETS:
        return None
    largest = rows.sort("item_count", "group", descending=[True, False]).head(GROUPS)
    values = largest.sort("share", descending=True).select(
        "group",
        "share",
        low=pl.col("low").fill_null(pl.col("share")),
        high=pl.col("high").fill_null(pl.col("share")),
        items="item_count",
    )
    return intervals(values.to_dicts(), topic.weight)


def _history(request: Request, dataset: Dataset, topic_id: str) -> list[Event]:
    rows = dataset.changes.filter(pl.col("topic_id") == topic_id)
    newest = rows.unique(["created_at", "change"], keep="first", maintain_order=True)
    return [
        Event(
            what=row["change"].replace("_", " "),
            moved=f"{100 * row['weight_before']:.1f} % to {100 * row['weight_after']:.1f} %",
            words=_moved(row["words_gained"], row["words_lost"]),
            relatives=tuple(row["relatives"]),
            at=row["created_at"],
            link=run_link(request, row["run_id"]),
        )
        for row in newest.iter_rows(named=True)
    ]


def _moved(gained: list[str], lost: list[str]) -> str:
    return " ".join([*(f"+{word}" for word in gained), *(f"−{word}" for word in lost)])  # noqa: RUF001
