"""The topics of a dataset at any number: read where a cut is stored, computed where it is not."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from resources.autoencoders import autoencoder
from resources.chat import Chat
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.options import SAE_TM, DatasetOptions
from saetm.prompts.summaries import TopicBrief, build_summary_question, parse_summary
from saetm.tables import TOPIC_NODES, TOPIC_SUMMARIES, TOPICS
from saetm_assets.matrices import topic_material

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

    Raises:
        InputError: the topics are of a model that has to be fitted for each number.
    """
    from saetm.cuts import cut_kmeans, cut_tree, tree_of
    from saetm.evidence import merging_vectors
    from saetm.topics.cut import node_ids

    if options.model != SAE_TM:
        counts = view.scan(TOPICS).select(pl.col("topic_count").unique().sort()).collect()
        stored = ", ".join(map(str, counts["topic_count"]))
        raise InputError(
            f"{options.model} is fitted for each number of topics, and {view.dataset!r} has it at "
            f"{stored}: add {count} to the option topic_counts, then `saetm run`"
        )
    material = topic_material(view)
    config = options.topics
    if config.method == "tree":
        nodes = view.scan(TOPIC_NODES).sort("node").collect()
        tree = tree_of(nodes, n_features=len(material.weights))
        names = zip(node_ids(tree, salt=material.sae_id), nodes["topic_id"], strict=True)
        return cut_tree(tree, count, material, config).renamed(dict(names))
    vectors = merging_vectors(material, autoencoder(view).decoder, config)
    return cut_kmeans(vectors, count, material, config)
