"""The items of a dataset as the explorer reads them, piece by piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from saetm.tables import ACTIVATIONS, CAPTIONS, EMBEDDINGS, ITEMS
from saetm.unions import items_once
from saetm_assets.explorer.answers import Answers
from saetm_assets.explorer.ascending import position, positions
from saetm_assets.explorer.held import HeldLake
from saetm_assets.explorer.piece import Piece
from saetm_assets.matrices import ALL, ItemMatrix, item_vectors, topic_material, word_counts

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.cuts import Material
    from saetm.sae.weights import Weights

HEAVY = ("text", "embedding", "dataset", "metadata_hash")  # columns of items that are not held
ROW_TABLES = (CAPTIONS, EMBEDDINGS, ACTIVATIONS)  # a row per item and producer
KEPT_ANSWERS = 64
BLOCK = 25_000  # items whose words are counted at a time


@dataclass(frozen=True)
class State:
    """What a dataset is read at."""

    registration: Registration
    entries: Mapping[str, Entry]  # last entry of the ledger, by asset

    @property
    def is_settled(self) -> bool:
        """Whether no asset has begun to write without having finished."""
        return all(entry.input_version for entry in self.entries.values())


class HeldItems:
    """The items of one dataset with their features and words, at one state of its ledger.

    All attributes are read-only and may be asked for by several threads at once.
    """

    def __init__(self, view: DatasetView, state: State) -> None:
        """Read from a view; nothing is loaded yet."""
        self.view, self.state = view, state
        self.lock = RLock()
        self.source = HeldLake(view.lake)
        self.remember = Answers(KEPT_ANSWERS).get

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

    @Piece
    def items(self) -> pl.DataFrame:
        """All items, ascending by item_id: its columns but text and embedding."""
        held = [name for name in ITEMS.schema if name not in HEAVY]
        return items_once(self.view.scan(ITEMS)).select(held).sort("item_id").collect()

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
                rows = self.view.in_service(table)
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


def _narrow(matrix: "sparse.csr_array[np.float32]") -> "sparse.csr_array[np.float32]":
    """Hold a matrix with indices of 32 bits, where those do: products are faster, too."""
    from scipy import sparse

    if max(matrix.nnz, *matrix.shape) >= 2**31:
        return matrix
    places = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return sparse.csr_array((matrix.data, *places), shape=matrix.shape)
