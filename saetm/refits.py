"""Topics of a dataset fitted anew: near to those before, under their ids, with what changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.cuts import Cut, Material, cut_at, grow_tree, node_rows
from saetm.past import Past, labels_of
from saetm.topics.changes import Shown, changes, top
from saetm.topics.config import TopicConfig
from saetm.topics.cut import node_ids, topic_id
from saetm.topics.former import Former
from saetm.topics.identity import Groups, Pair, named, one_to_one, pairs_by_features, pairs_by_words
from saetm.topics.spans import spans_of_labels, spans_of_tree
from saetm.topics.steady import steadied
from saetm.topics.tree import Tree

CUTS, NODES, WORDS = 1, 2, 3  # in this order: topics of a number, any nodes, topics by words


@dataclass(frozen=True, eq=False)
class Refit:
    """The rows of a fit, without dataset and run."""

    nodes: pl.DataFrame
    topics: pl.DataFrame  # of all cuts, with topic_count
    mixtures: pl.DataFrame  # of all cuts, with topic_count
    changes: pl.DataFrame | None  # None where there is nothing to tell
    former_share: float  # of merge costs that came from the tree before


def fit_topics(
    vectors: NDArray[np.floating],
    material: Material,
    config: TopicConfig,
    counts: Iterable[int],
    past: Past | None = None,
    *,
    advance: Callable[[int], None] = lambda _cuts: None,
) -> Refit:
    """Merge features into topics, and let topics that were there before keep their ids.

    Args:
        vectors: (K, E) merging vectors.
        material: what topics are read from.
        config: how features are merged.
        counts: numbers of topics to cut at; the tree's leaves where it has fewer.
        past: the fit before, if there was one. By its share in the present one its tree
            guides the new one: a few items among many move few topics, and none move none.
        advance: told of every cut.
    """
    share = past.share_in(material) if past else 0.0
    former = Former(past.tree, share) if past and share > 0 else None
    tree = grow_tree(vectors, material, config, former=former)
    if past and former:
        tree = steadied(tree, former.tree, past.joint_weights(material.weights))
    cuts = {}
    for count in sorted({min(count, tree.n_leaves) for count in counts}):
        begin = labels_of(past.cut(count), past.n_features) if past and former else None
        cuts[count] = cut_at(tree, vectors, count, material, config, former=begin)
        advance(1)
    names = _names(tree, cuts, material, past)
    cuts = {count: cut.renamed(names) for count, cut in cuts.items()}
    topics = stacked({count: cut.topics for count, cut in cuts.items()})
    topics = topics.with_columns(feature_weights=pl.lit(None, dtype=pl.List(pl.Float64)))
    return Refit(
        nodes=node_rows(tree, material.sae_id).with_columns(
            pl.col("topic_id").replace_strict(names)
        ),
        topics=topics,
        mixtures=stacked({count: cut.mixtures for count, cut in cuts.items()}),
        changes=cut_changes(past, topics, _weights(past, material)),
        former_share=share,
    )


def stacked(frames: dict[int, pl.DataFrame]) -> pl.DataFrame:
    """Put the rows of all cuts below each other, with their topic_count."""
    return pl.concat(
        frame.with_columns(topic_count=pl.lit(count)) for count, frame in frames.items()
    )


def _names(
    tree: Tree, cuts: dict[int, Cut], material: Material, past: Past | None
) -> dict[str, str]:
    """Name every topic, by its id by content."""
    contents = node_ids(tree, salt=material.sae_id)
    shown = [content for cut in cuts.values() for content in cut.topics["topic_id"]]
    if past is None:
        return named([*contents, *shown], {}, taken=())
    pairs: list[Pair] = []
    if past.sae_id == material.sae_id:
        pairs.extend(_pairs_by_features(tree, contents, cuts, material, past))
    pairs.extend(word_pairs(cuts, past))
    taken = [*past.nodes["topic_id"], *past.topics["topic_id"]]
    return named([*contents, *shown], one_to_one(pairs), taken=taken)


def _pairs_by_features(
    tree: Tree, contents: list[str], cuts: dict[int, Cut], material: Material, past: Past
) -> Iterator[Pair]:
    weights = past.joint_weights(material.weights)
    old_contents = node_ids(past.tree, salt=past.sae_id)
    old = Groups(spans_of_tree(past.tree), old_contents, past.node_ids)
    new = Groups(spans_of_tree(tree), contents, contents)
    yield from pairs_by_features(old, new, weights, tier=NODES)
    for count, cut in cuts.items():
        before, after = _groups(past.cut(count), past), _groups(cut.topics, past)
        yield from pairs_by_features(before, after, weights, tier=CUTS)


def word_pairs(cuts: dict[int, Cut], past: Past) -> Iterator[Pair]:
    """Pair the topics of each cut with those that had its number of topics before, by words."""
    for count, cut in cuts.items():
        before, after = _top_words(past.cut(count)), _top_words(cut.topics)
        yield from pairs_by_words(before, after, tier=WORDS)


def _top_words(topics: pl.DataFrame) -> dict[str, Sequence[str]]:
    return {topic: top(words) for topic, words in topics.select("topic_id", "words").iter_rows()}


def _groups(topics: pl.DataFrame, past: Past) -> Groups:
    contents = [topic_id(each.to_numpy(), salt=past.sae_id) for each in topics["features"]]
    labels = labels_of(topics, past.n_features)
    return Groups(spans_of_labels(labels), contents, topics["topic_id"].to_list())


def cut_changes(
    past: Past | None, topics: pl.DataFrame, weights: NDArray[np.float64] | None
) -> pl.DataFrame | None:
    """Compare the cuts that both fits have; the first fit changes nothing.

    Args:
        past: the fit before.
        topics: rows of all cuts of the fit now.
        weights: (K,) of the features; None where topics are to be held together by words alone.
    """
    if past is None:
        return None
    rows = []
    for (count,), after in topics.group_by("topic_count", maintain_order=True):
        before = past.cut(int(str(count)))
        if before.is_empty():
            continue
        found = changes(_shown(before), _shown(after), weights)
        rows += [{"topic_count": count, **asdict(change)} for change in found]
    lists = {name: pl.List(pl.String) for name in ("relatives", "words_gained", "words_lost")}
    return pl.DataFrame(rows, schema_overrides=lists) if rows else None


def _weights(past: Past | None, material: Material) -> NDArray[np.float64] | None:
    if past is None or past.sae_id != material.sae_id:
        return None
    return past.joint_weights(material.weights)


def _shown(topics: pl.DataFrame) -> list[Shown]:
    columns = topics.select("topic_id", "features", "words", "weight")
    return [Shown(*row) for row in columns.iter_rows()]
