"""A dataset as the explorer reads it: at one state of the ledger, piece by piece."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.view import DatasetView
from saetm.errors import InputError
from saetm.options import SAE_TM
from saetm.rows import digest
from saetm.tables import (
    FEATURE_DESCRIPTIONS,
    ITEM_MAP,
    TOPIC_CHANGES,
    TOPIC_NODES,
    TOPIC_SUMMARIES,
    TOPICS,
)
from saetm_assets.explorer.held_items import HeldItems, State
from saetm_assets.explorer.naming import by_rule
from saetm_assets.explorer.piece import Piece
from saetm_assets.explorer.topic_cut import Summary, Topic, TopicCut
from saetm_assets.matrices import topic_shares

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.topics.tree import Tree
    from saetm_assets.explorer.atlas import Atlas
    from saetm_assets.explorer.coherence import Coherence
    from saetm_assets.explorer.node_topics import NodeTopics

KEPT_CUTS, KEPT_MIXTURES, KEPT_SHARES = 64, 3, 8
MOST_TOPICS = 500  # that the slider goes to


class Dataset(HeldItems):
    """Everything that pages show of one dataset; what is loaded stays until the ledger changes."""

    def __init__(self, view: DatasetView, state: State) -> None:
        """Read from a view; nothing is loaded yet."""
        super().__init__(view, state)
        self._cut = lru_cache(KEPT_CUTS)(self._new_cut)
        self.mixtures = lru_cache(KEPT_MIXTURES)(self._mixtures)
        self.shares_of = lru_cache(KEPT_SHARES)(self._shares_of)

    def warm(self) -> None:
        """Load what most pages read."""
        self.cut()
        _ = self.captions, self.theta_items, self.theta_lengths, self.row_runs
        _ = self.changes, self.stored_counts
        if self.has_tree_cuts:
            self.node_topics.warm()

    @Piece
    def coherence(self) -> "Coherence":
        """Measures how well the words of topics belong together."""
        from saetm_assets.explorer.coherence import Coherence

        return Coherence(self.word_counts, self.material.words)

    @Piece
    def nodes(self) -> pl.DataFrame:
        """Rows of topic_nodes, ascending by node."""
        return self.view.scan(TOPIC_NODES).sort("node").collect()

    @Piece
    def tree(self) -> "Tree":
        """The topic tree."""
        from saetm.cuts import tree_of

        return tree_of(self.nodes, n_features=len(self.material.weights))

    @Piece
    def node_of(self) -> dict[str, int]:
        """Node of the tree, by topic_id."""
        return {name: node for node, name in enumerate(self.nodes["topic_id"].to_list())}

    @Piece
    def summaries(self) -> dict[str, Summary]:
        """Label, description and category by topic_id, of the topics that were named."""
        columns = ("topic_id", "label", "description", "category", "producer")
        rows = self.view.scan(TOPIC_SUMMARIES).select(columns).collect().iter_rows()
        return {topic_id: Summary(*summary) for topic_id, *summary in rows}

    @Piece
    def feature_names(self) -> dict[int, str]:
        """What features are said to mean; none where they are of whole items."""
        if self.options.model == SAE_TM or not self.has(FEATURE_DESCRIPTIONS.asset):
            return {}
        rows = self.view.scan(FEATURE_DESCRIPTIONS).select("feature", "description").collect()
        return dict(rows.iter_rows())

    @Piece
    def changes(self) -> pl.DataFrame:
        """Rows of topic_changes, newest first."""
        rows = self.view.scan(TOPIC_CHANGES).drop("dataset")
        return rows.sort("created_at", "topic_count", "topic_id", descending=True).collect()

    @Piece
    def stored_counts(self) -> tuple[int, ...]:
        """Numbers of topics whose cuts are stored, ascending."""
        counts = self.view.scan(TOPICS).select(pl.col("topic_count").unique()).collect()
        return tuple(sorted(counts["topic_count"].to_list()))

    @Piece
    def atlas(self) -> "Atlas":
        """The map of its items."""
        from saetm_assets.explorer.atlas import Atlas, Cuts, items_on_map

        read = (self.state.entries[asset] for asset in ("item_map", "topics", "items"))
        places = self.view.scan(ITEM_MAP).select("item_id", "x", "y")
        return Atlas(
            version=digest(entry.data_version for entry in read)[:16],
            items=items_on_map(places, self.items, self.theta_items),
            cuts=Cuts(self.cut, self.mixtures),
        )

    @property
    def has_tree_cuts(self) -> bool:
        """Whether topics are cuts of the tree, at any number, or else the stored ones."""
        return self.options.model == SAE_TM and self.options.topics.method == "tree"

    @property
    def most_topics(self) -> int:
        """The largest number of topics that `cut` gives."""
        if not self.has_tree_cuts:
            return max(self.stored_counts)
        return min(self.tree.n_leaves, MOST_TOPICS)

    @property
    def topic_count(self) -> int:
        """The number of topics that is shown when none is asked for."""
        return self.clamped(self.options.topic_count)

    def clamped(self, count: int) -> int:
        """Return the nearest number of topics that there is a cut at."""
        if self.has_tree_cuts:
            return max(min(count, self.most_topics), 1)
        return min(self.stored_counts, key=lambda stored: (abs(stored - count), stored))

    def cut(self, count: int | None = None) -> TopicCut:
        """Return the topics at a number, the nearest one that there is; None for the dataset's own.

        Raises:
            InputError: the dataset has no topics yet.
        """
        self.require("topics")
        return self._cut(self.topic_count if count is None else self.clamped(count))

    def topic(self, topic_id: str, count: int | None = None) -> Topic:
        """Return any topic: a node of the tree, or of a stored cut.

        Raises:
            InputError: there is no such topic.
        """
        if self.has_tree_cuts and (node := self.node_of.get(topic_id)) is not None:
            return self.node_topics.topics(np.array([node]))[0]
        cut = self._holder(topic_id, count)
        return cut.topics[cut.rank_of[topic_id]]

    @Piece
    def node_topics(self) -> "NodeTopics":
        """Describes nodes of the tree."""
        from saetm_assets.explorer.node_topics import NodeTopics

        ids = self.nodes["topic_id"].to_list()
        return NodeTopics(self.tree, ids, self.material, self.options.topics, self._summary)

    def _summary(
        self, topic_id: str, words: tuple[str, ...], probabilities: tuple[float, ...]
    ) -> Summary:
        return self.summaries.get(topic_id) or by_rule(topic_id, words, probabilities)

    def _new_cut(self, count: int) -> TopicCut:
        from saetm.topics.cut import cut, cut_nodes

        if not self.has_tree_cuts:
            return self._stored_cut(count)
        topics = self.node_topics.topics(cut_nodes(self.tree, count))
        return TopicCut(len(topics), cut(self.tree, count), topics)

    def _stored_cut(self, count: int) -> TopicCut:
        rows = self.view.scan(TOPICS).filter(pl.col("topic_count") == count).sort("rank").collect()
        members = tuple(np.array(each, dtype=np.int64) for each in rows["features"].to_list())
        labels = np.full(len(self.material.weights), -1, dtype=np.int32)
        for rank, features in reversed(list(enumerate(members))):
            labels[features] = rank  # of topics that share a feature, the heaviest has it
        topics = tuple(self._stored_topic(row) for row in rows.iter_rows(named=True))
        weights = tuple(rows["feature_weights"].to_list())
        return TopicCut(len(topics), labels, topics, members, weights)

    def _stored_topic(self, row: dict[str, list[str]]) -> Topic:
        words, probabilities = tuple(row["words"]), tuple(map(float, row["probabilities"]))
        best = [self.theta_row(item_id) for item_id in row["items"]]
        topic_id = str(row["topic_id"])
        return Topic(
            topic_id=topic_id,
            node=-1,
            weight=float(row["weight"]),  # type: ignore[arg-type]  # a number
            item_count=int(row["item_count"]),  # type: ignore[call-overload]  # a number
            words=words,
            probabilities=probabilities,
            specificities=tuple(map(float, row["specificities"])),
            best=np.array([place for place in best if place is not None], dtype=np.int64),
            summary=self._summary(topic_id, words, probabilities),
        )

    def _shares_of(self, topic_id: str, count: int | None = None) -> "sparse.csr_array[np.float64]":
        """Return the (1, N) shares of any topic in items, in the order of theta.

        Raises:
            InputError: there is no such topic.
        """
        from scipy import sparse

        topic = self.topic(topic_id, count)
        if topic.node >= 0:
            return self.node_topics.shares(np.array([topic.node]))
        cut = self._holder(topic_id, count)
        column = self.mixtures(cut.count)[:, [cut.rank_of[topic_id]]]
        return sparse.csr_array(column.T)

    def features_of(self, topic_id: str, count: int | None = None) -> NDArray[np.int64]:
        """Return the features of any topic: ascending, or by weight where they have weights.

        Raises:
            InputError: there is no such topic.
        """
        topic = self.topic(topic_id, count)
        if topic.node >= 0:
            return np.flatnonzero(self.node_topics.labels(np.array([topic.node])) == 0)
        cut = self._holder(topic_id, count)
        return cut.members[cut.rank_of[topic_id]]

    def feature_weights(self, topic_id: str, count: int | None = None) -> list[float] | None:
        """Return the weights of the features of a topic; None where it only holds them."""
        if self.topic(topic_id, count).node >= 0:
            return None
        cut = self._holder(topic_id, count)
        return cut.weights[cut.rank_of[topic_id]]

    def _holder(self, topic_id: str, count: int | None) -> TopicCut:
        """Return a stored cut that holds a topic, that at `count` if it does."""
        for cut in (self.cut(count), *map(self.cut, self.stored_counts)):
            if topic_id in cut.rank_of:
                return cut
        raise InputError(f"{self.name!r} has no topic {topic_id!r}")

    def mixtures_of(self, rows: NDArray[np.integer], count: int) -> "sparse.csr_array[np.float64]":
        """Return the (n, T) shares of the topics of a cut in some rows of theta."""
        from saetm.topics.mixtures import item_mixtures

        if self.has_tree_cuts:
            return item_mixtures(self.theta[rows], self.cut(count).labels)
        return self.mixtures(count)[rows]

    def _mixtures(self, count: int) -> "sparse.csr_array[np.float64]":
        """Return the (N, T) shares of the topics of a cut in items, rows as theta."""
        from saetm.topics.mixtures import item_mixtures

        cut = self.cut(count)
        if self.has_tree_cuts:
            return item_mixtures(self.theta, cut.labels)
        ids = [topic.topic_id for topic in cut.topics]
        return topic_shares(self.view, cut.count, self.material.item_ids, ids).astype(np.float64)
