"""A cut of the topic tree as rows: topics with their words and items, and item mixtures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.bridge import list_series
from saetm.emission.emissions import Emissions
from saetm.topics.config import TopicConfig
from saetm.topics.cut import by_weight, cut, node_ids, topic_id
from saetm.topics.former import Former
from saetm.topics.kmeans import kmeans_topics
from saetm.topics.leaves import feature_leaves
from saetm.topics.mixtures import (
    item_counts,
    item_mixtures,
    representative_items,
    topic_weights,
)
from saetm.topics.tree import Tree
from saetm.topics.ward import ward_tree
from saetm.topics.word_order import order_scores
from saetm.topics.words import specificities, top_words, topic_words

STORED_ITEMS = 50  # most representative items kept per topic


@dataclass(frozen=True, eq=False)
class Material:
    """What topics are read from."""

    sae_id: str  # autoencoder that the features belong to
    item_ids: list[str]  # (N,)
    shares: "sparse.csr_array[np.float32]"  # theta, (N, K)
    weights: NDArray[np.float64]  # (K,) mean share of each feature
    item_counts: NDArray[np.int64]  # (K,) items for which each feature is active
    emissions: Emissions  # of K features over V words
    words: list[str]  # (V,)
    word_vectors: NDArray[np.floating] | None = None  # (V, E); None where words have none


@dataclass(frozen=True, eq=False)
class Cut:
    """The rows of one cut, without dataset, topic_count and run."""

    topics: pl.DataFrame  # topic_id, rank, weight, item_count, features, words, ...
    shares: "sparse.csr_array[np.float64]"  # (N, T) of topics in items
    item_ids: list[str]  # (N,)

    @property
    def mixtures(self) -> pl.DataFrame:
        """One row per item: item_id, topics and shares, as of `mixture_rows`."""
        return mixture_rows(self.shares, self.topics["topic_id"].to_list(), self.item_ids)

    def renamed(self, names: dict[str, str]) -> "Cut":
        """Return the cut with other ids of topics; every id that it has must be a key."""
        topics = self.topics.with_columns(pl.col("topic_id").replace_strict(names))
        return replace(self, topics=topics)


def grow_tree(
    vectors: NDArray[np.floating],
    material: Material,
    config: TopicConfig,
    *,
    former: Former | None = None,
) -> Tree:
    """Grow the topic tree over features with these (K, E) merging vectors.

    Args:
        vectors: of `saetm.evidence.merging_vectors`.
        material: what topics are read from.
        config: leaves of the tree.
        former: an earlier tree over the same features, to stay near to.
    """
    leaves = feature_leaves(
        vectors,
        material.weights,
        material.item_counts,
        config,
        former=former.tree.leaf_of if former else None,
    )
    return ward_tree(vectors, material.weights, leaves, former=former)


def cut_tree(tree: Tree, n_topics: int, material: Material, config: TopicConfig) -> Cut:
    """Describe the topics of the tree at `n_topics`; fewer where it has fewer leaves."""
    labels = cut(tree, n_topics)
    return describe_cut(labels, material, config)


def cut_kmeans(
    vectors: NDArray[np.floating],
    n_topics: int,
    material: Material,
    config: TopicConfig,
    *,
    former: NDArray[np.integer] | None = None,
) -> Cut:
    """Describe the topics of the paper's weighted k-means at `n_topics`.

    Args:
        vectors: (K, E) merging vectors.
        n_topics: how many topics; fewer where fewer features are active.
        material: what topics are read from.
        config: how topics are described.
        former: (K,) topics of an earlier cut at this number, to begin at.
    """
    active = material.weights > 0
    labels = np.full(len(active), -1, dtype=np.int32)
    labels[active] = kmeans_topics(
        vectors[active],
        material.weights[active],
        n_topics=min(n_topics, int(active.sum())),
        seed=config.seed,
        former=None if former is None else former[active],
    )
    return describe_cut(by_weight(labels, material.weights), material, config)


def cut_at(
    tree: Tree,
    vectors: NDArray[np.floating],
    n_topics: int,
    material: Material,
    config: TopicConfig,
    *,
    former: NDArray[np.integer] | None = None,
) -> Cut:
    """Describe the topics at `n_topics` by the method that the config names."""
    if config.method == "kmeans":
        return cut_kmeans(vectors, n_topics, material, config, former=former)
    return cut_tree(tree, n_topics, material, config)


def describe_cut(labels: NDArray[np.int32], material: Material, config: TopicConfig) -> Cut:
    """Describe the topics into which features are divided.

    Args:
        labels: (K,) topic of each feature, from 0, heaviest first; -1 for features outside of
            all topics.
        material: what topics are read from.
        config: how many words are kept, and when a topic counts as present.

    Returns:
        Topics in the order of their labels, and what items are made of.
    """
    members = [np.flatnonzero(labels == topic) for topic in range(labels.max() + 1)]
    words = words_of(labels, material, config)
    told = [
        {"topic_id": topic_id(each, salt=material.sae_id), "features": each.tolist(), **its_words}
        for each, its_words in zip(members, words, strict=True)
    ]
    return placed(told, item_mixtures(material.shares, labels), material, config)


def placed(
    told: Sequence[Mapping[str, object]],
    mixtures: "sparse.csr_array[np.float64]",
    material: Material,
    config: TopicConfig,
) -> Cut:
    """Add to what is told of T topics where among the items they are.

    Args:
        told: cells of each topic by column, topic_id among them; heaviest first.
        mixtures: (N, T) shares of topics in items.
        material: its items.
        config: its method, and when a topic counts as present.
    """
    weights = topic_weights(mixtures)
    present = item_counts(mixtures, share=config.presence_share)
    by_topic = mixtures.tocsc()
    rows = [
        {
            **each,
            "rank": topic,
            "weight": float(weights[topic]),
            "item_count": int(present[topic]),
            "items": _items(by_topic, topic, material),
        }
        for topic, each in enumerate(told)
    ]
    topics = pl.DataFrame(rows).with_columns(method=pl.lit(config.method))
    return Cut(topics, mixtures, material.item_ids)


def node_rows(tree: Tree, sae_id: str) -> pl.DataFrame:
    """Turn a tree into one row per node: topic_id, node, left, right, height, weight, features."""
    n_leaves = tree.n_leaves
    blank = np.full((n_leaves, 2), -1, dtype=np.int32)
    children = np.concatenate([blank, tree.merges.reshape(-1, 2)])
    features = [np.flatnonzero(tree.leaf_of == leaf).tolist() for leaf in range(n_leaves)]
    return pl.DataFrame(
        {
            "topic_id": node_ids(tree, salt=sae_id),
            "node": np.arange(len(children), dtype=np.int32),
            "left": children[:, 0],
            "right": children[:, 1],
            "height": np.concatenate([np.zeros(n_leaves), tree.heights]),
            "weight": tree.weights,
            "features": features + [[] for _ in tree.merges],
        },
        schema_overrides={"features": pl.List(pl.Int32)},
    ).with_columns(pl.col("left", "right").replace(-1, None))


def tree_of(nodes: pl.DataFrame, *, n_features: int) -> Tree:
    """Read a tree back from the rows of `node_rows`, in any order."""
    ordered = nodes.sort("node")
    leaves = ordered.filter(pl.col("left").is_null())
    merges = ordered.filter(pl.col("left").is_not_null())
    leaf_of = np.full(n_features, -1, dtype=np.int32)
    for leaf, features in enumerate(leaves["features"].to_list()):
        leaf_of[features] = leaf
    return Tree(
        leaf_of=leaf_of,
        merges=merges.select("left", "right").to_numpy().astype(np.int32).reshape(-1, 2),
        heights=merges["height"].to_numpy(),
        weights=ordered["weight"].to_numpy(),
    )


def mixture_rows(
    mixtures: "sparse.csr_array[np.float64]", topic_ids: list[str], item_ids: list[str]
) -> pl.DataFrame:
    """Turn (N, T) mixtures into rows of item_id, topics and shares, largest share first."""
    coo = mixtures.tocoo()
    entries = pl.DataFrame({"item": coo.row, "topic": coo.col, "share": coo.data})
    ordered = entries.sort("item", "share", "topic", descending=[False, True, False])
    offsets = np.concatenate([[0], np.cumsum(np.diff(mixtures.indptr))])
    names = pl.Series(topic_ids, dtype=pl.String).gather(ordered["topic"].cast(pl.UInt32))
    return pl.DataFrame(
        {
            "item_id": item_ids,
            "topics": list_series(names.to_numpy(), offsets, dtype=pl.String()),
            "shares": list_series(ordered["share"].to_numpy(), offsets, dtype=pl.Float32()),
        }
    )


def words_of(
    labels: NDArray[np.integer], material: Material, config: TopicConfig
) -> list[dict[str, list[str] | list[float]]]:
    """Return the best words of each topic, with their probabilities and specificities.

    Args:
        labels: (K,) topic of each feature, -1 for none.
        material: its emissions, weights of features, and words.
        config: how words are ordered, and how many are kept.
    """
    parts = material.emissions, material.weights, labels
    distributions = topic_words(*parts)  # (T, V)
    scores = order_scores(*parts, material.word_vectors, config.word_order)
    best = top_words(scores, config.stored_words)  # (T, n)
    lifts = specificities(distributions, material.emissions.unigram)
    return [
        {
            "words": [material.words[word] for word in top],
            "probabilities": distributions[topic, top].tolist(),
            "specificities": lifts[topic, top].tolist(),
        }
        for topic, top in enumerate(best)
    ]


def _items(mixtures: "sparse.csc_array[np.float64]", topic: int, material: Material) -> list[str]:
    best = representative_items(mixtures, topic, STORED_ITEMS)
    return [material.item_ids[item] for item in best]
