"""Topics beside a topic: those of like words, those in the same items, and those in the tree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm_assets.explorer.dataset import Dataset
from saetm_assets.explorer.topic_cut import Topic, TopicCut

LEAST_ITEMS = 3  # that hold two topics for those to be said to meet
LEAST_TIMES = 1.1  # as often as by chance


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A topic beside another."""

    topic: Topic
    value: float  # likeness of words, 0 to 1; or how many times as often as by chance they meet
    items: int  # that hold both; 0 where items were not looked at


@dataclass(frozen=True, slots=True)
class Place:
    """Where a topic stands in the tree."""

    parent: Topic | None  # None of the root
    children: tuple[Topic, ...]  # none of a leaf
    fewest: int  # topics of the cuts that show it
    most: int


def place_of(dataset: Dataset, topic: Topic) -> Place | None:
    """Return where a topic stands in the tree; None of a topic that is no node of it."""
    if topic.node < 0:
        return None
    tree, describe = dataset.tree, dataset.node_topics.topics
    rows = np.flatnonzero((tree.merges == topic.node).any(axis=1))
    above = tree.n_leaves + rows
    children = tree.merges[topic.node - tree.n_leaves] if topic.node >= tree.n_leaves else None
    # Cut at T, a tree of L leaves has made its nodes below 2L - T: this one, not its parent.
    return Place(
        parent=describe(above)[0] if len(above) else None,
        children=() if children is None else describe(children),
        fewest=2 * tree.n_leaves - int(above[0]) if len(above) else 1,
        most=min(2 * tree.n_leaves - 1 - topic.node, tree.n_leaves),
    )


def like_words(dataset: Dataset, cut: TopicCut, topic: Topic, most: int) -> list[Neighbour]:
    """Return the topics of a cut whose words are most alike.

    Likeness is the sum of sqrt(p q) over the best words of both, as in `saetm.queries.alike`.
    """
    ids = {word: number for number, word in enumerate(topic.words)}
    mine = np.sqrt(topic.probabilities)
    likeness = np.zeros(cut.count)
    for rank in _others(dataset, cut, topic):
        other = cut.topics[rank]
        shared = [
            mine[ids[word]] * np.sqrt(share)
            for word, share in zip(other.words, other.probabilities, strict=True)
            if word in ids
        ]
        likeness[rank] = sum(shared)
    best = np.argsort(-likeness, kind="stable")[:most]
    return [
        Neighbour(cut.topics[rank], float(likeness[rank]), 0) for rank in best if likeness[rank]
    ]


def met(dataset: Dataset, cut: TopicCut, topic: Topic, most: int) -> list[Neighbour]:
    """Return the topics of a cut that are present in the same items more often than by chance.

    They are in the order of how surprising that is: items that hold both, times the logarithm of
    how many times as many as by chance that is.
    """
    least = dataset.options.topics.presence_share
    shares = dataset.shares_of(topic.topic_id, cut.count)
    rows = dataset.mixtures_of(shares.indices[shares.data >= least], cut.count)
    together = np.bincount(rows.indices[rows.data >= least], minlength=cut.count)
    counts = np.array([other.item_count for other in cut.topics])
    expected = rows.shape[0] * counts / max(dataset.theta.shape[0], 1)
    times = together / np.maximum(expected, 1e-12)
    surprise = together * np.log(np.maximum(times, 1.0))
    others = np.zeros(cut.count, dtype=bool)
    others[_others(dataset, cut, topic)] = True
    fits = np.flatnonzero(others & (together >= LEAST_ITEMS) & (times >= LEAST_TIMES))
    best = fits[np.argsort(-surprise[fits], kind="stable")][:most]
    return [Neighbour(cut.topics[rank], float(times[rank]), int(together[rank])) for rank in best]


def _others(dataset: Dataset, cut: TopicCut, topic: Topic) -> NDArray[np.int64]:
    """Return the topics of a cut that share no feature with a topic, or are not it."""
    if not dataset.has_tree_cuts:
        return np.setdiff1d(np.arange(cut.count), [cut.rank_of.get(topic.topic_id, -1)])
    own = cut.labels[dataset.features_of(topic.topic_id, cut.count)]
    return np.setdiff1d(np.arange(cut.count), own)
