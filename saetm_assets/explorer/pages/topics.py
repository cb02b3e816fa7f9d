"""Topics: the tree cut at any number, as a map of areas and as cards, and what is looked for."""

from dataclasses import dataclass
from urllib.parse import urlencode

import polars as pl
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from saetm.queries.cuts import cut_topics
from saetm.queries.topics import topics as stored_topics
from saetm_assets.explorer import treemap
from saetm_assets.explorer.asking import Answer, answer, by_picture, reads_pictures
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.house import dataset_of, house_of
from saetm_assets.explorer.parameters import choice_of, count_of
from saetm_assets.explorer.respond import respond
from saetm_assets.explorer.topic_cards import SORTS, cards, ordered
from saetm_assets.explorer.topic_cut import Topic, TopicCut
from saetm_assets.explorer.view import View
from saetm_assets.markup import segment

CARDS = 60  # shown at once; the map of areas has all topics
LARGEST_PICTURE = 20_000_000  # bytes
PAGE, RESULTS = "topics.html", "topics_results.html"
STORED = """\
import saetm
from saetm.queries.topics import topics

lake = saetm.open()
topics(lake, {dataset!r}, {count}).collect()"""
CUT = """\
import saetm
from saetm.queries.cuts import cut_topics

lake = saetm.open()
cut_topics(lake, {dataset!r}, {count}).collect()"""


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    dataset: Dataset
    cut: TopicCut
    sort: str
    question: str
    like: str  # item_id
    has_all: bool  # whether all cards are shown

    def link(self, **changed: str | int) -> str:
        """Return the address of this page with some parameters changed."""
        parameters = {"k": self.cut.count, "sort": self.sort, "q": self.question, "like": self.like}
        kept = {name: value for name, value in (parameters | changed).items() if value != ""}
        return f"/d/{segment(self.dataset.name)}/topics?{urlencode(kept)}"


def topics(request: Request) -> Response:
    """Show the topics of a dataset at a number; with `?fragment=1` what changes with it alone."""
    asked = _asked(request)
    found = answer(asked.dataset, asked.cut, asked.question, asked.like, house_of(request).settings)
    template = RESULTS if request.query_params.get("fragment") else PAGE
    return respond(request, _view(asked, found, template))


async def picture(request: Request) -> Response:
    """Show the topics of the picture in the body, which stays in memory and is not kept."""
    content = await _body(request)
    if content is None:
        return PlainTextResponse("a picture of at most 20 MB", status_code=413)

    def look() -> Response:
        asked = _asked(request)
        settings = house_of(request).settings
        found = by_picture(asked.dataset, asked.cut, content, settings)
        return respond(request, _view(asked, found, RESULTS))

    return await run_in_threadpool(look)


async def _body(request: Request) -> bytes | None:
    """Read the body; None where it is too large."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_PICTURE:
            return None
    return bytes(content)


def _asked(request: Request) -> Asked:
    dataset = dataset_of(request)
    return Asked(
        dataset=dataset,
        cut=dataset.cut(count_of(request, dataset)),
        sort=choice_of(request, "sort", SORTS),
        question=request.query_params.get("q", ""),
        like=request.query_params.get("like", ""),
        has_all="all" in request.query_params,
    )


def _view(asked: Asked, found: Answer, template: str) -> View:
    dataset, cut = asked.dataset, asked.cut
    shown = _shown(asked, found)
    listed = shown if asked.has_all else shown[:CARDS]
    address = f"/d/{segment(dataset.name)}/topic"
    links = {topic.topic_id: f"{address}/{topic.topic_id}?k={cut.count}" for topic in cut.topics}
    is_stored = not dataset.has_tree_cuts or cut.count in dataset.stored_counts
    areas = treemap.nodes(dataset, cut, links)
    return View(
        template=template,
        title="Topics",
        query=(STORED if is_stored else CUT).format(dataset=dataset.name, count=cut.count),
        frame=lambda: _frame(dataset, cut.count, is_stored=is_stored),
        context={
            "asked": asked,
            "cut": cut,
            "most": dataset.most_topics,
            "counts": () if dataset.has_tree_cuts else dataset.stored_counts,
            "sorts": SORTS if dataset.changes.height else SORTS[:-1],
            "cards": cards(dataset, listed, found.shares, coherent=asked.sort == "coherence"),
            "links": links,
            "more": len(shown) - len(listed),
            "found": found,
            "reads_pictures": reads_pictures(dataset),
            "images": _images(dataset, found),
            "areas": areas,
            "treemap": treemap.spec(areas) if template == PAGE else None,
        },
        dataset=dataset.name,
        tab="topics",
    )


def _shown(asked: Asked, found: Answer) -> list[Topic]:
    """Return the topics in their order; those that fit best first where something is looked for."""
    if not found.narrows:
        return ordered(asked.dataset, asked.cut.topics, asked.sort)
    fitting = [topic for topic in asked.cut.topics if topic.topic_id in found.shares]
    return sorted(fitting, key=lambda topic: -found.shares[topic.topic_id])


def _images(dataset: Dataset, found: Answer) -> set[str]:
    """Return which of the items that were found are images."""
    ids = [item.item_id for item in found.items]
    return {item_id for item_id in ids if dataset.item(item_id)["modality"] == "image"}


def _frame(dataset: Dataset, count: int, *, is_stored: bool) -> pl.DataFrame:
    ask = stored_topics if is_stored else cut_topics
    return ask(dataset.source, dataset.name, count).collect()
