"""The topics of a dataset at any number: read where a cut is stored, computed where it is not."""

from typing import TYPE_CHECKING

import polars as pl

from resources.view import DatasetView
from saetm.options import DatasetOptions
from saetm.tables import TOPIC_NODES, TOPIC_SUMMARIES, TOPICS
from saetm_assets.matrices import topic_material, topic_vectors

if TYPE_CHECKING:
    from saetm.cuts import Cut


def topics_at(view: DatasetView, count: int, options: DatasetOptions) -> pl.DataFrame:
    """Return the topics at a count, with label, description and category, heaviest first.

    A topic that nobody has named yet carries its most probable words as label, an empty
    description and no category.
    """
    view.ledger("topics")
    stored = view.scan(TOPICS).filter(pl.col("topic_count") == count).collect()
    topics = stored if stored.height else compute_cut(view, count, options).topics
    names = view.scan(TOPIC_SUMMARIES).select("topic_id", "label", "description", "category")
    words = pl.col("words").list.head(3).list.join(", ").str.to_titlecase()
    return (
        topics.lazy()
        .join(names, on="topic_id", how="left")
        .with_columns(pl.col("label").fill_null(words), pl.col("description").fill_null(""))
        .sort("rank")
        .collect()
    )


def compute_cut(view: DatasetView, count: int, options: DatasetOptions) -> "Cut":
    """Cut the stored tree, or run k-means where that is the dataset's method."""
    from saetm.cuts import cut_kmeans, cut_tree, merging_vectors, tree_of

    material = topic_material(view)
    config = options.topics
    if config.method == "tree":
        nodes = view.scan(TOPIC_NODES).collect()
        tree = tree_of(nodes, n_features=len(material.weights))
        return cut_tree(tree, count, material, config)
    raw = topic_vectors(view, material, kept_mass=config.kept_mass)
    return cut_kmeans(merging_vectors(raw, material, config), count, material, config)
