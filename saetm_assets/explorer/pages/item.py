"""One item: the picture or text, what was made of it, and what it is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

import numpy as np
import polars as pl
from starlette.requests import Request
from starlette.responses import Response

from saetm.queries.explanation import item_topics
from saetm_assets.explorer.ascending import position
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.feature_view import FeatureView, describe_features
from saetm_assets.explorer.house import dataset_of
from saetm_assets.explorer.links import run_link, web_link
from saetm_assets.explorer.near import near_items
from saetm_assets.explorer.parameters import count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.topic_cut import Topic
from saetm_assets.explorer.view import View

NEAR = 12
TOPICS = 5  # that are named first, as in the paper's figure 5
TEXT_CHARACTERS = 20_000  # of a text that are shown
CODE = """\
import saetm
from saetm.queries.explanation import item_topics

lake = saetm.open()
item_topics(lake, {dataset!r}, {item!r}).collect()"""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of an item a topic is."""

    topic: Topic
    share: float


@dataclass(frozen=True, slots=True)
class Active:
    """A feature that is active in an item."""

    feature: FeatureView
    share: float  # of all activations of the item


@dataclass(frozen=True, slots=True)
class Made:
    """Who made a row of the item, and in which run."""

    what: str
    producer: str
    run_id: str
    link: str  # to the run in the Dagster UI


def item(request: Request) -> Response:
    """Show one item of a dataset."""
    dataset, item_id = dataset_of(request), request.path_params["item_id"]
    row = dataset.item(item_id)
    count = count_of(request, dataset)
    caption = dataset.captions_of([item_id]).get(item_id, "")
    near = near_items(dataset, item_id, NEAR)
    topics = topics_in(dataset, item_id, count)
    shown = View(
        template="item.html",
        title=str(row["path"]),
        query=CODE.format(dataset=dataset.name, item=item_id),
        frame=partial(_frame, dataset, item_id),
        context={
            "item": row,
            "caption": caption[:TEXT_CHARACTERS],
            "is_cut": len(caption) > TEXT_CHARACTERS,
            "web": web_link(row["url"]),
            "k": count,
            "topics": topics,
            "shown": TOPICS,
            "starts": list(accumulate((each.share for each in topics), initial=0.0)),
            "rest": sum(each.share for each in topics[TOPICS:]),
            "last_day": _last_day(row["timestamp_end"]),
            "features": _features(dataset, item_id),
            "near": near,
            "near_captions": dataset.captions_of([each.item_id for each in near]),
            "made": _made(request, dataset, item_id),
        },
        dataset=dataset.name,
    )
    return respond(request, shown)


def _frame(dataset: Dataset, item_id: str) -> pl.DataFrame:
    return item_topics(dataset.source, dataset.name, item_id).collect()


def topics_in(dataset: Dataset, item_id: str, count: int) -> list[Share]:
    """Return the topics of an item, the largest share first."""
    row = dataset.theta_row(item_id)
    if row is None:
        return []
    cut = dataset.cut(count)
    shares = dataset.mixtures_of(np.array([row]), cut.count).toarray().ravel()
    largest = np.argsort(-shares, kind="stable")
    return [Share(cut.topics[rank], float(shares[rank])) for rank in largest if shares[rank] > 0]


def _last_day(end: object) -> datetime | None:
    """Return the last instant of a range of dates."""
    return end - timedelta(microseconds=1) if isinstance(end, datetime) else None


def _features(dataset: Dataset, item_id: str) -> list[Active]:
    row = dataset.theta_row(item_id)
    if row is None:
        return []
    shares = dataset.theta[[row]].tocoo()
    share = dict(zip(shares.col.tolist(), shares.data.tolist(), strict=True))
    strongest = sorted(share, key=lambda feature: (-share[feature], feature))
    return [
        Active(feature, share[feature.feature]) for feature in describe_features(dataset, strongest)
    ]


def _made(request: Request, dataset: Dataset, item_id: str) -> list[Made]:
    """Return who made the rows that are in service, and in which runs."""
    place = position(dataset.items["item_id"], item_id)
    if place is None:
        return []
    producers = {table: entry.producer for table, entry in dataset.state.entries.items()}
    runs = dataset.row_runs.row(place, named=True)
    return [
        Made(table, producers.get(table) or "the folder", run, run_link(request, run))
        for table, run in runs.items()
        if table != "item_id" and run is not None
    ]
