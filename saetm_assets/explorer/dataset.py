"""A dataset as the explorer reads it: at one state of the ledger, piece by piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.autoencoders import autoencoder, checkpoint
from resources.registry import Registration
from resources.view import DatasetView, Entry
from saetm.errors import InputError
from saetm.options import DatasetOptions
from saetm.rows import digest
from saetm.tables import (
    ACTIVATIONS,
    CAPTIONS,
    EMBEDDINGS,
    ITEM_MAP,
    ITEMS,
    SCORES,
    TOPIC_CHANGES,
    TOPIC_NODES,
    TOPIC_SUMMARIES,
    TOPICS,
)
from saetm_assets.explorer.answers import Answers
from saetm_assets.explorer.held import HeldLake
from saetm_assets.explorer.naming import by_rule
from saetm_assets.explorer.piece import Piece
from saetm_assets.explorer.topic_cut import Summary, Topic, TopicCut
from saetm_assets.matrices import ALL, ItemMatrix, item_vectors, topic_material, word_counts

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.cuts import Material
    from saetm.sae.weights import Weights
    from saetm.topics.tree import Tree
    from saetm_assets.explorer.atlas import Atlas
    from saetm_assets.explorer.coherence import Coherence
    from saetm_assets.explorer.node_topics import NodeTopics

HEAVY = ("text", "embedding", "dataset", "metadata_hash")  # columns of items that are not held
ROW_TABLES = (CAPTIONS, EMBEDDINGS, ACTIVATIONS)  # a row per item and producer
KEPT_CUTS, KEPT_MIXTURES, KEPT_SHARES, KEPT_ANSWERS = 64, 3, 8, 64
BLOCK = 25_000  # items whose words are counted at a time
MOST_TOPICS = 500  # that the slider goes to


@dataclass(frozen=True)
class State:
    """What a dataset is read at."""

    registration: Registration
    entries: Mapping[str, Entry]  # last entry of the ledger, by asset

    @property
    def is_settled(self) -> bool:
        """Whether no asset has begun to write without having finished."""
        return all(entry.input_version for entry in self.entries.values())


class Dataset:
    """Everything that pages show of one dataset; what is loaded stays until the ledger changes.

    All attributes are read-only and may be asked for by several threads at once.
    """

    def __init__(self, view: DatasetView, state: State) -> None:
        """Read from a view; nothing is loaded yet."""
        self.view, self.state = view, state
        self.lock = RLock()
        self.source = HeldLake(view.lake)
        self.remember = Answers(KEPT_ANSWERS).get
        self._cut = lru_cache(KEPT_CUTS)(self._new_cut)
        self.mixtures = lru_cache(KEPT_MIXTURES)(self._mixtures)
        self.shares_of = lru_cache(KEPT_SHARES)(self._shares_of)

    @property
    def name(self) -> str:
        """Its name, from outside: any characters but slashes and control characters."""
        return self.view.dataset

    @property
    def options(self) -> DatasetOptions:
        """How it was taken through the line."""
        return self.state.registration.options

    @property
    def folder(self) -> str:
        """Where its files lie."""
        return self.state.registration.folder

    def has(self, asset: str) -> bool:
        """Tell whether an asset was materialised."""
        return asset in self.state.entries

    def require(self, asset: str) -> None:
        """Refuse what cannot be shown without an asset.

        Raises:
            InputError: it was never materialised.
        """
        if not self.has(asset):
            raise InputError(
                f"{asset} of {self.name!r} was never materialised: run `saetm run` first"
            )

    def warm(self) -> None:
        """Load what most pages read."""
        self.cut()
        _ = self.captions, self.theta_items, self.theta_lengths, self.row_runs
        _ = self.changes, self.stored_counts
        if self.has_tree_cuts:
            self.node_topics.warm()

    @Piece
    def items(self) -> pl.DataFrame:
        """All items, ascending by item_id: its columns but text and embedding."""
        held = [name for name in ITEMS.schema if name not in HEAVY]
        return self.view.scan(ITEMS).select(held).sort("item_id").collect()

    @Piece
    def captions(self) -> pl.DataFrame:
        """item_id, caption and producer of the captions in service, ascending by item_id."""
        rows = self.view.in_service(CAPTIONS).select("item_id", "caption", "producer")
        return rows.sort("item_id").collect()

    @Piece
    def row_runs(self) -> pl.DataFrame:
        """item_id and, per row table, the run that wrote its row in service; as `items`."""
        runs = self.items.lazy().select("item_id", items=pl.col("run_id").cast(pl.Categorical))
        for table in ROW_TABLES:
            if self.has(table.asset):
                mine = pl.col("producer") == self.state.entries[table.asset].producer
                rows = self.view.scan(table).filter(mine)
                run = pl.col("run_id").cast(pl.Categorical)
                runs = runs.join(
                    rows.select("item_id", run.alias(table.name)),
                    on="item_id",
                    how="left",
                    maintain_order="left",
                )
        return runs.collect()

    def item(self, item_id: str) -> dict[str, object]:
        """Return the row of an item.

        Raises:
            InputError: there is no such item.
        """
        row = position(self.items["item_id"], item_id)
        if row is None:
            raise InputError(f"{self.name!r} has no item {item_id!r}")
        return self.items.row(row, named=True)

    def captions_of(self, item_ids: Sequence[str]) -> dict[str, str]:
        """Return the captions of some items, by item_id; some may have none."""
        places = positions(self.captions["item_id"], item_ids)
        captions = self.captions["caption"]
        return {
            item_id: captions[place]
            for item_id, place in zip(item_ids, places, strict=True)
            if place is not None
        }

    @Piece
    def material(self) -> "Material":
        """What topics are read from: theta, emissions, words, vectors of words."""
        found = topic_material(self.view)
        emissions = replace(found.emissions, words=_narrow(found.emissions.words))
        return replace(found, shares=_narrow(found.shares), emissions=emissions)

    @property
    def theta(self) -> "sparse.csr_array[np.float32]":
        """(N, K) the share of each feature in each item with activations, see `theta_items`."""
        return self.material.shares

    @Piece
    def theta_lengths(self) -> NDArray[np.float32]:
        """(N,) Euclidean lengths of the rows of theta."""
        return np.sqrt(np.asarray(self.theta.multiply(self.theta).sum(axis=1)).ravel())

    @Piece
    def theta_items(self) -> pl.DataFrame:
        """The rows of `items` in the order of the rows of theta; null but for item_id if gone."""
        ids = pl.LazyFrame({"item_id": self.material.item_ids}, schema={"item_id": pl.String})
        joined = ids.join(self.items.lazy(), on="item_id", how="left", maintain_order="left")
        return joined.collect()

    def theta_row(self, item_id: str) -> int | None:
        """Return the row of theta of an item; None where it has no activations."""
        return position(self.theta_items["item_id"], item_id)

    @Piece
    def word_counts(self) -> "sparse.csr_array[np.float32]":
        """(N, V) how often each item holds each word, rows as theta; read some items at a time."""
        from scipy import sparse

        ids = self.material.item_ids
        starts = range(0, max(len(ids), 1), BLOCK)
        blocks = (self._word_counts(ids[start : start + BLOCK]) for start in starts)
        return sparse.csr_array(sparse.vstack(list(blocks)))

    def _word_counts(self, item_ids: list[str]) -> "sparse.csr_array[np.float32]":
        item_id = pl.col("item_id")
        among = (item_id >= item_ids[0]) & (item_id <= item_ids[-1]) if item_ids else ALL
        return _narrow(word_counts(self.view, item_ids, among).astype(np.float32))

    @Piece
    def vectors(self) -> ItemMatrix[NDArray[np.float32]]:
        """The embeddings in service, each of length one; (N, D)."""
        found = item_vectors(self.view)
        lengths = np.linalg.norm(found.matrix, axis=1, keepdims=True)
        return ItemMatrix(found.item_ids, found.matrix / np.maximum(lengths, 1e-30))

    @Piece
    def checkpoint(self) -> dict[str, object]:
        """The row of the autoencoder that it is bound to, without vectors."""
        row = checkpoint(self.view)
        return {name: value for name, value in row.items() if not isinstance(value, bytes)}

    @Piece
    def autoencoder(self) -> "Weights":
        """The autoencoder that it is bound to."""
        return autoencoder(self.view)

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
    def scores(self) -> pl.DataFrame:
        """Rows of scores: model, topic_count, metric, value."""
        columns = ("model", "topic_count", "metric", "value")
        return self.view.scan(SCORES).select(columns).sort(columns[:3]).collect()

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
        """Whether topics are cuts of the tree, at any number; those of k-means are stored ones."""
        return self.options.topics.method == "tree"

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
        """Return any topic: a node of the tree, or of a stored cut of k-means.

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
        labels = np.full(len(self.material.weights), -1, dtype=np.int32)
        for rank, features in enumerate(rows["features"].to_list()):
            labels[features] = rank
        topics = tuple(self._stored_topic(row) for row in rows.iter_rows(named=True))
        return TopicCut(len(topics), labels, topics)

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
        features = self.features_of(topic_id, count)
        return sparse.csr_array(self.theta[:, features].sum(axis=1)[None])

    def features_of(self, topic_id: str, count: int | None = None) -> NDArray[np.int64]:
        """Return the features of any topic, ascending.

        Raises:
            InputError: there is no such topic.
        """
        topic = self.topic(topic_id, count)
        if topic.node >= 0:
            return np.flatnonzero(self.node_topics.labels(np.array([topic.node])) == 0)
        cut = self._holder(topic_id, count)
        return np.flatnonzero(cut.labels == cut.rank_of[topic_id])

    def _holder(self, topic_id: str, count: int | None) -> TopicCut:
        """Return a cut of k-means that holds a topic, that at `count` if it does."""
        for cut in (self.cut(count), *map(self.cut, self.stored_counts)):
            if topic_id in cut.rank_of:
                return cut
        raise InputError(f"{self.name!r} has no topic {topic_id!r}")

    def _mixtures(self, count: int) -> "sparse.csr_array[np.float64]":
        """Return the (N, T) shares of the topics of a cut in items, rows as theta."""
        from saetm.topics.mixtures import item_mixtures

        return item_mixtures(self.theta, self.cut(count).labels)


def position(ids: pl.Series, wanted: str) -> int | None:
    """Return where a text stands in an ascending series of texts; None where it is not there."""
    return positions(ids, [wanted])[0]


def positions(ids: pl.Series, wanted: Sequence[str]) -> list[int | None]:
    """Return where texts stand in an ascending series of texts, as `position` does."""
    if not len(wanted):
        return []
    places = ids.search_sorted(pl.Series(wanted, dtype=pl.String)).to_list()
    return [
        place if place < len(ids) and ids[place] == text else None
        for place, text in zip(places, wanted, strict=True)
    ]


def _narrow(matrix: "sparse.csr_array[np.float32]") -> "sparse.csr_array[np.float32]":
    """Hold a matrix with indices of 32 bits, where those do: products are faster, too."""
    from scipy import sparse

    if max(matrix.nnz, *matrix.shape) >= 2**31:
        return matrix
    places = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return sparse.csr_array((matrix.data, *places), shape=matrix.shape)
