"""One item explained: from the file to its caption, vector, features and topics."""

from dataclasses import dataclass

import polars as pl

from saetm.errors import InputError
from saetm.queries.answers import Row, rows
from saetm.queries.autoencoders import Autoencoder, autoencoder_of
from saetm.queries.lineage import Feature, described
from saetm.queries.made_by import Step, Texts, producers, way
from saetm.queries.source import Source
from saetm.queries.trail import Item, trailed
from saetm.tables import ACTIVATIONS, ITEMS, MIXTURES, TOPIC_SUMMARIES, TOPICS

SHORTEST_PREFIX = 6  # characters of an item's id that may stand for it


@dataclass(frozen=True, slots=True)
class Active:
    """A feature that is active in an item."""

    activation: float
    share: float  # of all the item's activations
    feature: Feature


@dataclass(frozen=True, slots=True)
class TopicShare:
    """A topic of an item at one of the stored cuts."""

    topic_count: int
    topic_id: str
    label: str | None
    words: tuple[str, ...]  # best first
    share: float
    run_id: str  # that wrote the mixture


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an item is made of, and why."""

    dataset: str
    item: Item
    features: tuple[Active, ...]  # strongest first
    topics: tuple[TopicShare, ...]  # by cut, largest share first
    autoencoder: Autoencoder | None
    steps: tuple[Step, ...]

    def frame(self) -> pl.DataFrame:
        """Write the topics of the item as rows: topic_count, topic_id, label, share, run_id."""
        names = ("topic_count", "topic_id", "label", "share", "run_id")
        cells = [[getattr(topic, name) for name in names] for topic in self.topics]
        kinds = (pl.Int32(), pl.String(), pl.String(), pl.Float64(), pl.String())
        return pl.DataFrame(cells, schema=dict(zip(names, kinds, strict=True)), orient="row")


def explain_item(source: Source, dataset: str, item: str, *, n_features: int = 12) -> Explanation:
    """Follow an item forward to its topics, with who made each row.

    Args:
        source: the lake, as it is or as it was.
        dataset: the dataset.
        item: an item's id, the first SHORTEST_PREFIX or more characters of one, or a path.
        n_features: features to follow, the strongest first.

    Raises:
        InputError: the dataset has no such item, or several that begin so.
    """
    item_id = find_item(source, dataset, item)
    steps = way(source, dataset)
    in_service = producers(steps)
    return Explanation(
        dataset=dataset,
        item=trailed(source, dataset, [item_id], in_service)[0],
        features=_active(source, dataset, item_id, in_service, n_features),
        topics=tuple(_topic(row) for row in rows(item_topics(source, dataset, item_id))),
        autoencoder=autoencoder_of(source, dataset),
        steps=steps,
    )


def find_item(source: Source, dataset: str, item: str) -> str:
    """Return the id of the item that is meant; a path that is the start of an id is a path.

    Raises:
        InputError: there is none, or there are several.
    """
    by_path, by_id = pl.col("path") == item, pl.col("item_id").str.starts_with(item)
    meant = by_path | by_id if len(item) >= SHORTEST_PREFIX else by_path
    found = rows(source.scan(ITEMS, dataset).filter(meant).select("item_id", "path"))
    exact = [row["item_id"] for row in found if item in row.values()]
    ids = exact or [row["item_id"] for row in found]
    if len(ids) == 1:
        return str(ids[0])
    if ids:
        raise InputError(
            f"{len(ids)} items of {dataset!r} have ids that begin with {item!r}: give more of it"
        )
    raise InputError(
        f"{dataset!r} has no item {item!r}: give its id, {SHORTEST_PREFIX} or more characters of "
        "it, or its path below the dataset's folder"
    )


def item_activations(source: Source, dataset: str, item_id: str, producer: str) -> pl.LazyFrame:
    """Ask for the active features of an item, strongest first: feature, activation, share."""
    mine = source.scan(ACTIVATIONS, dataset).filter(
        pl.col("item_id") == item_id, pl.col("producer") == producer
    )
    active = mine.select(feature="features", activation="activations").explode(
        "feature", "activation"
    )
    activation = pl.col("activation").cast(pl.Float64)
    return active.select("feature", activation, share=activation / activation.sum()).sort(
        "activation", "feature", descending=[True, False]
    )


def item_topics(source: Source, dataset: str, item_id: str) -> pl.LazyFrame:
    """Ask for the topics of an item at every stored cut, largest share first.

    Returns:
        topic_count, topic_id, share, run_id, label (null where nobody has named it) and words.
    """
    mine = source.scan(MIXTURES, dataset).filter(pl.col("item_id") == item_id)
    shares = mine.select("topic_count", "run_id", topic_id="topics", share="shares").explode(
        "topic_id", "share"
    )
    labels = source.scan(TOPIC_SUMMARIES, dataset).select("topic_id", "label")
    words = source.scan(TOPICS, dataset).select("topic_count", "topic_id", "words")
    told = shares.join(labels, on="topic_id", how="left").join(
        words, on=["topic_count", "topic_id"], how="left"
    )
    return told.sort("topic_count", "share", "topic_id", descending=[False, True, False])


def _active(
    source: Source, dataset: str, item_id: str, in_service: Texts, most: int
) -> tuple[Active, ...]:
    coder = in_service.get(ACTIVATIONS.asset, "")
    strongest = rows(item_activations(source, dataset, item_id, coder).head(most))
    ids = tuple(row["feature"] for row in strongest)
    known = {each.feature: each for each in described(source, dataset, ids, most)}
    return tuple(
        Active(row["activation"], row["share"], known[row["feature"]])
        for row in strongest
        if row["feature"] in known
    )


def _topic(row: Row) -> TopicShare:
    return TopicShare(**row | {"words": tuple(row["words"] or ())})
