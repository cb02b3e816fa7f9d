"""The lineage of a topic, from its label back to the files, and who made each step."""

from dataclasses import dataclass

import polars as pl

from saetm.queries.answers import rows
from saetm.queries.autoencoders import Autoencoder, autoencoder_of
from saetm.queries.features import feature_words, features
from saetm.queries.made_by import Step, producers, way
from saetm.queries.shares import topic_items
from saetm.queries.source import Source
from saetm.queries.topic import Topic, Word, find_topic
from saetm.queries.trail import Item, trailed
from saetm.queries.tree_nodes import Node
from saetm.tables import FEATURE_DESCRIPTIONS, SAE_CHECKPOINTS
from saetm.tables.autoencoders import TOKENS

FEATURE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of a topic."""

    feature: int
    weight: float  # mean share over all items
    item_count: int  # items for which it is active
    words: tuple[Word, ...]  # best first
    description: str | None  # what it is said to mean; None for features of whole items
    run_id: str  # that fitted its words


@dataclass(frozen=True, slots=True)
class BestItem:
    """An item of a topic."""

    share: float  # of the topic in the item
    item: Item


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a topic came from."""

    dataset: str
    topic: Topic
    node: Node | None  # None of a topic of k-means
    features: tuple[Feature, ...]  # the heaviest; topic.features has the ids of all
    feature_shares: tuple[float, ...]  # of these, in the topic
    autoencoder: Autoencoder | None
    activations: str  # producer in service
    items: tuple[BestItem, ...]  # the best
    steps: tuple[Step, ...]  # from items to topic_summaries, as the ledger tells them

    def frame(self) -> pl.DataFrame:
        """Write the lineage as rows, from label to file: part, id, text, value and run_id.

        The value is a weight of topics and features, the variance that an autoencoder explains,
        and the topic's share in an item.
        """
        listed = [*self._found(), *self._origin(), *self._made()]
        return pl.DataFrame(listed, schema=_SCHEMA, orient="row")

    def _found(self) -> "list[_Cells]":
        topic, node = self.topic, self.node
        label = topic.name.label if topic.name else None
        cells: list[_Cells] = [("topic", topic.topic_id, label, topic.weight, topic.run_id)]
        if node:
            into = f"into {node.parent}" if node.parent else "the root"
            cells.append(("node", str(node.node), into, node.height, node.run_id))
        for each in self.features:
            words = " ".join(word.word for word in each.words)
            cells.append(("feature", str(each.feature), words, each.weight, each.run_id))
        return cells

    def _origin(self) -> "list[_Cells]":
        cells: list[_Cells] = []
        if sae := self.autoencoder:
            explained = sae.variance_explained
            cells.append(("autoencoder", sae.sae_id, sae.encoder, explained, sae.run_id))
        for best in self.items:
            item, runs = best.item, best.item.runs
            key, share = item.item_id, best.share
            if item.caption:
                cells.append(("caption", key, item.caption.text, share, runs["captions"]))
            cells.append(("file", key, item.file.path, share, runs["items"]))
        return cells

    def _made(self) -> "list[_Cells]":
        return [
            ("step", step.asset, step.producer, float(step.row_count), step.made_by)
            for step in self.steps
        ]


_Cells = tuple[str, str, str | None, float | None, str]
_SCHEMA = {
    "part": pl.String(),
    "id": pl.String(),
    "text": pl.String(),
    "value": pl.Float64(),
    "run_id": pl.String(),
}


def topic_lineage(
    source: Source,
    dataset: str,
    topic_id: str,
    *,
    n_features: int = 12,
    n_items: int = 10,
    best: tuple[str, ...] = (),
) -> Lineage:
    """Follow a topic back to the files, with who made each step.

    Args:
        source: the lake, as it is or as it was.
        dataset: the dataset.
        topic_id: a topic of a stored cut, or any node of the tree.
        n_features: features to follow, the heaviest first.
        n_items: items to follow, the best first.
        best: those items, where they are known; else they are looked for.

    Raises:
        InputError: the dataset has no such topic.
    """
    topic, node = find_topic(source, dataset, topic_id)
    steps = way(source, dataset)
    in_service = producers(steps)
    coder = in_service.get("activations", "")
    shares = _feature_shares(source, dataset, topic, n_features)
    return Lineage(
        dataset=dataset,
        topic=topic,
        node=node,
        features=tuple(feature for feature, _ in shares),
        feature_shares=tuple(share for _, share in shares),
        autoencoder=autoencoder_of(source, dataset),
        activations=coder,
        items=_best_items(source, dataset, topic, in_service, (best or topic.best_items, n_items)),
        steps=steps,
    )


def _feature_shares(
    source: Source, dataset: str, topic: Topic, most: int
) -> list[tuple[Feature, float]]:
    """Return the heaviest features of a topic, with their shares of it."""
    if topic.feature_weights is None:
        found = described(source, dataset, topic.features, most)
        return [(each, each.weight / (topic.weight or 1.0)) for each in found]
    weighed = dict(zip(topic.features, topic.feature_weights, strict=True))
    heaviest = sorted(weighed, key=lambda feature: (-weighed[feature], feature))[:most]
    by_id = {each.feature: each for each in described(source, dataset, tuple(heaviest), most)}
    return [(by_id[feature], weighed[feature]) for feature in heaviest if feature in by_id]


def described(
    source: Source, dataset: str, among: tuple[int, ...], most: int
) -> tuple[Feature, ...]:
    """Return the heaviest of some features, with their words."""
    heaviest = rows(features(source, dataset, among).head(most))
    ids = [row["feature"] for row in heaviest]
    told = rows(feature_words(source, dataset, ids, n_words=FEATURE_WORDS))
    words = {row["feature"]: zip(row["words"], row["probabilities"], strict=True) for row in told}
    meanings = _meanings(source, dataset, ids)
    return tuple(
        Feature(
            feature=row["feature"],
            weight=row["weight"],
            item_count=row["item_count"],
            words=tuple(Word(*pair) for pair in words.get(row["feature"], ())),
            description=meanings.get(row["feature"]),
            run_id=row["run_id"],
        )
        for row in heaviest
    )


def _meanings(source: Source, dataset: str, features: list[int]) -> dict[int, str]:
    """Return what features of tokens are said to mean; nothing for those of whole items."""
    bound = source.scan(SAE_CHECKPOINTS, dataset).filter(pl.col("kind") == TOKENS)
    if not rows(bound.select("sae_id")):
        return {}
    mine = source.scan(FEATURE_DESCRIPTIONS, dataset).filter(pl.col("feature").is_in(features))
    found = rows(mine.select("feature", "description"))
    return {row["feature"]: row["description"] for row in found}


def _best_items(
    source: Source,
    dataset: str,
    topic: Topic,
    in_service: dict[str, str],
    wanted: tuple[tuple[str, ...], int],
) -> tuple[BestItem, ...]:
    """Return items with their share of a topic, best first: those known, so many at most."""
    known, most = wanted
    coder = in_service.get("activations", "")
    shares = topic_items(source, dataset, topic, coder, known[:most] or None)
    share = {row["item_id"]: row["share"] for row in rows(shares.head(most))}
    items = trailed(source, dataset, list(share), in_service)
    return tuple(BestItem(share[item.item_id], item) for item in items)
