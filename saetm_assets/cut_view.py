"""The topics of a dataset at any number: read where a cut is stored, computed where it is not."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from resources.autoencoders import autoencoder
from resources.chat import Chat
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.options import DatasetOptions
from saetm.prompts.summaries import TopicBrief, build_summary_question, parse_summary
from saetm.tables import CAPTIONS, ITEMS, TOPIC_NODES, TOPIC_SUMMARIES, TOPICS
from saetm.unions import items_once
from saetm_assets.matrices import feature_shares, topic_material

if TYPE_CHECKING:
    from saetm.cuts import Cut


def topics_at(
    view: DatasetView, count: int, options: DatasetOptions, names: Callable[[], Chat]
) -> pl.DataFrame:
    """Return the topics at a count, with label, description and category, heaviest first.

    Args:
        view: the dataset.
        count: how many topics; fewer come back where the dataset has fewer features.
        options: the dataset's.
        names: opens who names topics of cuts that nobody has named yet.
    """
    view.ledger("topics")
    stored = view.scan(TOPICS).filter(pl.col("topic_count") == count).collect()
    topics = stored if stored.height else compute_cut(view, count, options).topics
    summaries = view.scan(TOPIC_SUMMARIES).select("topic_id", "label", "description", "category")
    named = topics.lazy().join(summaries, on="topic_id", how="left").sort("rank").collect()
    unnamed = named.filter(pl.col("label").is_null())
    return named.update(_names(unnamed, names()), on="topic_id") if unnamed.height else named


def _names(topics: pl.DataFrame, names: Chat) -> pl.DataFrame:
    """Name topics by their words alone."""
    rows = []
    for row in topics.iter_rows(named=True):
        words = tuple(zip(row["words"][:20], row["probabilities"][:20], strict=True))
        brief = TopicBrief(row["topic_id"], words, tuple(row["words"][:10]), ())
        for _, reply in names.answer([build_summary_question(brief)]):
            rows.append({"topic_id": row["topic_id"], **asdict(parse_summary(reply))})
    columns = ("topic_id", "label", "description", "category")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def compute_cut(view: DatasetView, count: int, options: DatasetOptions) -> "Cut":
    """Cut the stored tree, or run k-means where that is the dataset's method.

    Topics have the ids of their nodes; those of k-means have ids by content.
    """
    from saetm.cuts import cut_kmeans, cut_tree, tree_of
    from saetm.evidence import merging_vectors
    from saetm.topics.cut import node_ids

    material = topic_material(view)
    config = options.topics
    if config.method == "tree":
        nodes = view.scan(TOPIC_NODES).sort("node").collect()
        tree = tree_of(nodes, n_features=len(material.weights))
        names = zip(node_ids(tree, salt=material.sae_id), nodes["topic_id"], strict=True)
        return cut_tree(tree, count, material, config).renamed(dict(names))
    vectors = merging_vectors(material, autoencoder(view).decoder, config)
    return cut_kmeans(vectors, count, material, config)


def items_of(view: DatasetView, topic_id: str, limit: int) -> pl.DataFrame:
    """Return the items with the largest share of a topic: item_id, share, path, caption.

    Args:
        view: the dataset.
        topic_id: any node of the tree, or a topic of a stored cut.
        limit: how many items at most.

    Raises:
        InputError: the dataset has no such topic.
    """
    from saetm.topics.mixtures import item_mixtures, representative_items

    shares = feature_shares(view)
    labels = np.full(shares.matrix.shape[1], -1, dtype=np.int32)
    labels[_features(view, topic_id)] = 0
    mixtures = item_mixtures(shares.matrix, labels)
    best = representative_items(mixtures, 0, limit)
    column = mixtures[:, [0]].toarray().ravel()
    ranked = pl.DataFrame(
        {"item_id": [shares.item_ids[item] for item in best], "share": column[best]},
        schema={"item_id": pl.String, "share": pl.Float64},
    )
    items = view.scan(ITEMS).select("item_id", "path", "url", "timestamp", "group")
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    joined = ranked.lazy().join(items, on="item_id", how="left", maintain_order="left_right")
    return (
        items_once(joined).join(captions, on="item_id", how="left", maintain_order="left").collect()
    )


def _features(view: DatasetView, topic_id: str) -> list[int]:
    """Return the features of a topic of a stored cut, or below a node of the tree."""
    stored = view.scan(TOPICS).filter(pl.col("topic_id") == topic_id).head(1).collect()
    if stored.height:
        return stored["features"][0].to_list()
    nodes = {row["node"]: row for row in view.scan(TOPIC_NODES).collect().iter_rows(named=True)}
    below = [node for node, row in nodes.items() if row["topic_id"] == topic_id]
    if not below:
        raise InputError(
            f"{view.dataset!r} has no topic {topic_id!r}; `saetm topics` lists their ids"
        )
    features: list[int] = []
    while below:
        row = nodes[below.pop()]
        features.extend(row["features"])
        below.extend(child for child in (row["left"], row["right"]) if child is not None)
    return features
