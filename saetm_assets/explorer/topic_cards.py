"""Topics as cards: what a page shows of each, in the order that was asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan

from saetm_assets.explorer.changes import Change, last_changes
from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.topic_cut import Topic

PICTURES, WORDS = 4, 8
SORTS = ("weight", "name", "coherence", "change")

Order = Callable[[Topic], tuple[float | str, ...]]


@dataclass(frozen=True, slots=True)
class TopicCard:
    """What a page shows of a topic."""

    topic: Topic
    words: tuple[str, ...]
    length: float  # of its bar, 0 to 1: its weight beside that of the heaviest
    pictures: list[str]  # item_ids of images
    caption: str  # of its best item, where that is no image
    coherence: float | None  # None where it was not asked for
    change: Change | None
    found: float | None  # how much of what was looked for is in it


def ordered(dataset: Dataset, topics: Sequence[Topic], sort: str) -> list[Topic]:
    """Put topics, which come heaviest first, in an order of SORTS; ties stay heaviest first."""
    return sorted(topics, key=_order(dataset, topics, sort))


def cards(
    dataset: Dataset, topics: Sequence[Topic], found: Mapping[str, float], *, coherent: bool
) -> list[TopicCard]:
    """Describe topics.

    Args:
        dataset: whose topics they are.
        topics: in the order of the page.
        found: how much of what was looked for is in them, by id; empty where nothing was.
        coherent: whether their coherence is shown.
    """
    heaviest = max((topic.weight for topic in topics), default=1.0)
    pictures, captions = _best(dataset, topics)
    measured: Sequence[float | None] = [None] * len(topics)
    measured = dataset.coherence.of(topics) if coherent else measured
    changes = last_changes(dataset)
    return [
        TopicCard(
            topic=topic,
            words=topic.words[:WORDS],
            length=topic.weight / heaviest if heaviest > 0 else 0.0,
            pictures=pictures[topic.topic_id],
            caption=captions.get(topic.topic_id, ""),
            coherence=coherence,
            change=changes.get(topic.topic_id),
            found=found.get(topic.topic_id),
        )
        for topic, coherence in zip(topics, measured, strict=True)
    ]


def _order(dataset: Dataset, topics: Sequence[Topic], sort: str) -> Order:
    if sort == "name":
        return lambda topic: (topic.label.casefold(),)
    if sort == "coherence":
        values = zip(topics, dataset.coherence.of(topics), strict=True)
        by_id = {topic.topic_id: value for topic, value in values}
        return lambda topic: (
            inf if isnan(by_id[topic.topic_id]) else -by_id[topic.topic_id],
            topic.topic_id,
        )
    if sort == "change":
        changes = last_changes(dataset)
        return lambda topic: (
            -abs(changes[topic.topic_id].moved) if topic.topic_id in changes else inf,
        )
    return lambda topic: (-topic.weight,)


def _best(dataset: Dataset, topics: Sequence[Topic]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return images of each topic, and the caption of the best item of those without."""
    ids, kinds = dataset.theta_items["item_id"], dataset.theta_items["modality"]
    pictures, texts = {}, {}
    for topic in topics:
        best = topic.best[:PICTURES].tolist()
        pictures[topic.topic_id] = [ids[row] for row in best if kinds[row] == "image"]
        if best and not pictures[topic.topic_id]:
            texts[topic.topic_id] = ids[best[0]]
    captions = dataset.captions_of(list(texts.values())) if texts else {}
    return pictures, {topic: captions.get(item, "") for topic, item in texts.items()}
