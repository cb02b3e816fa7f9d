"""A topic by its id: any topic of a stored cut, and any node of the tree."""

from dataclasses import dataclass

import polars as pl

from saetm.errors import InputError
from saetm.queries.answers import Row, first, rows
from saetm.queries.features import shared_words
from saetm.queries.source import Source
from saetm.queries.tree_nodes import Node, find_node
from saetm.tables import REPLIES, TOPIC_SUMMARIES, TOPICS

N_WORDS = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a topic or feature."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class Name:
    """What a topic is called, and who was asked."""

    label: str
    description: str
    category: str
    producer: str
    question_id: str | None
    prompt: str | None  # what was asked; None where no reply is kept
    run_id: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a dataset."""

    topic_id: str
    method: str  # tree or kmeans
    name: Name | None  # None of a node that no stored cut shows: nobody has named it
    words: tuple[Word, ...]  # best first
    weight: float  # mean share over all items
    item_count: int | None  # items in which it is present; None where it was not counted
    cuts: tuple[int, ...]  # numbers of topics of the stored cuts that show it
    features: tuple[int, ...]
    feature_weights: tuple[float, ...] | None  # of these; None where it only holds them
    best_items: tuple[str, ...]  # best first; none of a node that no stored cut shows
    run_id: str  # that wrote it


def find_topic(source: Source, dataset: str, topic_id: str) -> tuple[Topic, Node | None]:
    """Find a topic, and its node where the tree has one.

    Raises:
        InputError: the dataset has no such topic.
    """
    stored = source.scan(TOPICS, dataset).filter(pl.col("topic_id") == topic_id)
    shown = rows(stored.sort("topic_count"))
    node = find_node(source, dataset, topic_id)
    if shown:
        return _stored(shown, _name(source, dataset, topic_id)), node
    if node is None:
        raise InputError(
            f"{dataset!r} has no topic {topic_id!r}; `saetm topics` lists those of a cut"
        )
    return _of_node(source, dataset, topic_id, node), node


def _stored(shown: list[Row], name: Name | None) -> Topic:
    row = shown[0]
    words = zip(row["words"][:N_WORDS], row["probabilities"][:N_WORDS], strict=True)
    return Topic(
        topic_id=row["topic_id"],
        method=row["method"],
        name=name,
        words=tuple(Word(*pair) for pair in words),
        weight=row["weight"],
        item_count=row["item_count"],
        cuts=tuple(each["topic_count"] for each in shown),
        features=tuple(row["features"]),
        feature_weights=_weights(row),
        best_items=tuple(row["items"]),
        run_id=row["run_id"],
    )


def _weights(row: Row) -> tuple[float, ...] | None:
    weights = row.get("feature_weights")  # lakes of before there were any have no such column
    return None if weights is None else tuple(weights)


def _of_node(source: Source, dataset: str, topic_id: str, node: Node) -> Topic:
    words = rows(shared_words(source, dataset, node.features, n_words=N_WORDS))
    return Topic(
        topic_id=topic_id,
        method="tree",
        name=None,
        words=tuple(Word(**row) for row in words),
        weight=node.weight,
        item_count=None,
        cuts=(),
        features=node.features,
        feature_weights=None,
        best_items=(),
        run_id=node.run_id,
    )


def _name(source: Source, dataset: str, topic_id: str) -> Name | None:
    columns = ("label", "description", "category", "producer", "question_id", "run_id")
    summaries = source.scan(TOPIC_SUMMARIES, dataset).filter(pl.col("topic_id") == topic_id)
    row = first(summaries.select(columns))
    if row is None:
        return None
    asked = source.scan(REPLIES, dataset).filter(pl.col("question_id") == row["question_id"])
    reply = first(asked.select("prompt"))
    return Name(**row, prompt=reply["prompt"] if reply else None)
