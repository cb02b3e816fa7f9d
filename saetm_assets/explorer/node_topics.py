"""Nodes of the topic tree described once, so that another cut costs one or two topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import STORED_ITEMS, Material
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut, cut_nodes
from saetm.topics.mixtures import representative_items
from saetm.topics.spans import Spans, spans_of_tree
from saetm.topics.tree import Tree
from saetm.topics.word_sums import WordSums, distributions, scores, word_sums
from saetm.topics.words import specificities, top_words
from saetm_assets.explorer.piece import Piece
from saetm_assets.explorer.topic_cut import Summary, Topic

FINEST = 500  # topics of the cut whose word sums are kept: every coarser topic is a sum of them
KEPT_SUMS = 4_000_000  # of a kind at most (32 MB), so that a large vocabulary keeps fewer topics
WARM_STEP = 0.93  # from one cut to the next: few nodes lie between, and few calls are made
KEPT_TOPICS = 5_000  # described nodes; all cuts from 2 to FINEST topics have 998

Name = Callable[[str, tuple[str, ...], tuple[float, ...]], Summary]


@dataclass(frozen=True, eq=False)
class Words:
    """The best words of T topics, by their position in the vocabulary."""

    ids: NDArray[np.int64]  # (T, n)
    probabilities: NDArray[np.float64]  # (T, n)
    specificities: NDArray[np.float64]  # (T, n)


class NodeTopics:
    """Describes nodes of a tree, and remembers what it has described."""

    def __init__(
        self, tree: Tree, ids: Sequence[str], material: Material, config: TopicConfig, name: Name
    ) -> None:
        """Take the tree and what topics are read from.

        Args:
            tree: the topic tree.
            ids: topic_id of every node.
            material: what topics are read from.
            config: how many words a topic has, and when it is present.
            name: gives the name of a topic by its id, words and probabilities.
        """
        self.lock = RLock()
        self._tree, self._ids, self._material = tree, ids, material
        self._config, self._name = config, name
        self._known: dict[int, Topic] = {}

    def topics(self, nodes: NDArray[np.integer]) -> tuple[Topic, ...]:
        """Describe nodes of which none lies below another."""
        found = {node: self._known.get(node) for node in nodes.tolist()}
        fresh = self._described(np.array([n for n, topic in found.items() if topic is None], int))
        if len(self._known) + len(fresh) > KEPT_TOPICS:
            self._known = {}
        self._known.update(fresh)
        return tuple(topic or fresh[node] for node, topic in found.items())

    def warm(self) -> None:
        """Describe most nodes of the cuts that a slider goes over, many at a time."""
        count = len(self._finest)
        while count > 1:
            self.topics(cut_nodes(self._tree, count))
            count = min(count - 1, round(count * WARM_STEP))

    def labels(self, nodes: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return (K,) which of some disjoint nodes, from 0, holds a feature; -1 for none."""
        return self._holders(nodes, self._spans.place)

    def shares(self, nodes: NDArray[np.integer]) -> "sparse.csr_array[np.float64]":
        """Return the (T, N) shares of disjoint nodes in items; items of a row in any order."""
        labels = self.labels(nodes)
        held = np.flatnonzero(labels >= 0)
        shape = len(nodes), len(held)
        member = sparse.csr_array((np.ones(len(held)), (labels[held], np.arange(len(held)))), shape)
        return sparse.csr_array(member @ self._items_of_features[held])

    def _described(self, nodes: NDArray[np.int64]) -> dict[int, Topic]:
        if not len(nodes):
            return {}
        words, shares = self._words(nodes), self.shares(nodes)
        by_topic = sparse.csc_array(shares.T)
        spoken = self._material.words
        described = {}
        for row, node in enumerate(nodes.tolist()):
            chosen = tuple(spoken[word] for word in words.ids[row])
            probabilities = tuple(words.probabilities[row].tolist())
            present = shares.data[slice(*shares.indptr[row : row + 2])]
            described[node] = Topic(
                topic_id=self._ids[node],
                node=node,
                weight=float(self._tree.weights[node]),
                item_count=int((present >= self._config.presence_share).sum()),
                words=chosen,
                probabilities=probabilities,
                specificities=tuple(words.specificities[row].tolist()),
                best=representative_items(by_topic, row, STORED_ITEMS),
                summary=self._name(self._ids[node], chosen, probabilities),
            )
        return described

    def _words(self, nodes: NDArray[np.int64]) -> Words:
        sums, material = self._sums(nodes), self._material
        unigram = material.emissions.unigram
        said = distributions(sums)
        order = scores(sums, material.word_vectors, self._config.word_order)
        best = top_words(order, self._config.stored_words)
        probabilities = np.take_along_axis(said, best, axis=1)
        return Words(best, probabilities, specificities(probabilities, unigram[best]))

    def _sums(self, nodes: NDArray[np.int64]) -> WordSums:
        """Add up the kept sums where all nodes are coarser than those; else their features."""
        finest, merged = self._finest, 2 * self._tree.n_leaves - len(self._finest)
        if not (np.isin(nodes, finest) | (nodes >= merged)).all():
            return word_sums(self._material.emissions, self._material.weights, self.labels(nodes))
        return self._finest_sums.joined(self._holders(nodes, self._spans.start[finest]))

    def _holders(self, nodes: NDArray[np.integer], places: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return which of some disjoint nodes, from 0, holds each place of leaves; -1 for none."""
        starts, stops = self._spans.start[nodes], self._spans.stop[nodes]
        order = np.argsort(starts)
        before = np.searchsorted(starts[order], places, side="right") - 1
        node = order[np.maximum(before, 0)]
        inside = (before >= 0) & (places < stops[node])
        return np.where(inside, node, -1).astype(np.int32)

    @Piece
    def _spans(self) -> Spans:
        return spans_of_tree(self._tree)

    @Piece
    def _finest(self) -> NDArray[np.int32]:
        n_words = max(len(self._material.words), 1)
        return cut_nodes(self._tree, max(min(FINEST, KEPT_SUMS // n_words), 1))

    @Piece
    def _finest_sums(self) -> WordSums:
        labels = cut(self._tree, len(self._finest))
        return word_sums(self._material.emissions, self._material.weights, labels)

    @Piece
    def _items_of_features(self) -> "sparse.csr_array[np.float32]":
        """The (K, N) transpose of theta, by features."""
        return sparse.csr_array(self._material.shares.T)
