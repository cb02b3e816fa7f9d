"""Prevalence, coverage and composition of topics, in sums that add up over blocks of items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.bridge import lists_to_csr
from saetm.sae.item_features import item_features
from saetm.topics.mixtures import item_mixtures

BLOCK_ROWS = 65_536  # items counted at a time; some 100 MB


@dataclass(frozen=True, slots=True, eq=False)
class TopicCounts:
    """What T topics hold of the items of G groups.

    An item has a mass of one, divided over topics as its activations are; an item without an
    active feature has none. A topic is present in an item where it has at least a given share
    of it: "any feature active" would mark nine of ten items with the same large topic.
    """

    item_count: NDArray[np.int64]
    """(G,) items, with or without an active feature."""
    mass: NDArray[np.float64]
    """(G, T) mass that each topic has of the items."""
    present: NDArray[np.int64]
    """(G, T) items in which each topic is present."""
    first: NDArray[np.int64]
    """(G, T) items in which each topic is present and none that comes before it."""

    def __add__(self, other: "TopicCounts") -> "TopicCounts":
        """Take the items of both as one; that the items differ is for the caller to see to."""
        return TopicCounts(
            self.item_count + other.item_count,
            self.mass + other.mass,
            self.present + other.present,
            self.first + other.first,
        )

    @property
    def prevalence(self) -> NDArray[np.float64]:
        """Return the (T,) shares of items in which topics are present."""
        return self.present.sum(axis=0) / max(int(self.item_count.sum()), 1)

    @property
    def mass_share(self) -> NDArray[np.float64]:
        """Return the (T,) shares of topics in the mass of all; zeros where there is none."""
        return _shares(self.mass.sum(axis=0), axis=0)

    @property
    def coverage(self) -> NDArray[np.float64]:
        """Return the (T,) shares of items covered by a topic or by any that comes before it."""
        return np.cumsum(self.first.sum(axis=0)) / max(int(self.item_count.sum()), 1)

    @property
    def composition(self) -> NDArray[np.float64]:
        """Return (G, T): how the mass of each topic divides over groups; columns sum to one.

        Large groups have a large part of everything: compare with `item_count`, or read
        `profile`, in which each group counts the same.
        """
        return _shares(self.mass, axis=0)

    @property
    def profile(self) -> NDArray[np.float64]:
        """Return (G, T): mean shares of topics in the items of each group."""
        return np.asarray(self.mass / np.maximum(self.item_count, 1)[:, None])


def count_topics(
    blocks: Iterable[pl.DataFrame],
    labels: NDArray[np.integer],
    *,
    presence_share: float,
    groups: Sequence[str] | None = None,
) -> TopicCounts:
    """Count topics, or features, over any number of items, a block of rows at a time.

    Any division of the items into blocks, in any order, gives the same counts, and the same
    masses within rounding.

    Args:
        blocks: frames with features and activations as in the table of activations, and with
            group where groups are given. Of a scan, `scan.collect_batches()` gives them
            without ever holding all.
        labels: (K,) topic 0 to T - 1 of each feature, -1 for none, such as of `cut`; features
            themselves are counted with `np.arange(K)`.
        presence_share: share of an item from which a topic is present in it.
        groups: names of groups, such as places or months; items of others are left out. None
            takes all items as one group.

    Raises:
        ContractError: a column is missing, or a feature has no label.
    """
    total = no_counts(1 if groups is None else len(groups), int(labels.max(initial=-1)) + 1)
    for block in blocks:
        for rows in block.iter_slices(BLOCK_ROWS):
            total += _counted(rows, labels, presence_share, groups)
    return total


def no_counts(n_groups: int, n_topics: int) -> TopicCounts:
    """Return the counts of no items."""
    shape = n_groups, n_topics
    present, first = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    return TopicCounts(np.zeros(n_groups, np.int64), np.zeros(shape), present, first)


def _counted(
    rows: pl.DataFrame,
    labels: NDArray[np.integer],
    presence_share: float,
    groups: Sequence[str] | None,
) -> TopicCounts:
    group_of, n_groups = _groups(rows, groups)
    activations = lists_to_csr(rows["features"], rows["activations"], n_columns=len(labels))
    shares = item_mixtures(item_features(activations[group_of >= 0]), labels)  # (n, T)
    group_of = group_of[group_of >= 0]
    item = np.repeat(np.arange(shares.shape[0]), np.diff(shares.indptr))
    shape = n_groups, shares.shape[1]
    cell = group_of[item] * shape[1] + shares.indices  # of (G, T), laid out in a row
    present = shares.data >= presence_share
    item, present_cell = item[present], cell[present]
    is_first = np.diff(item, prepend=-1) > 0  # topics ascend within an item
    size = n_groups * shape[1]
    return TopicCounts(
        np.bincount(group_of, minlength=n_groups),
        np.bincount(cell, shares.data, size).astype(np.float64).reshape(shape),
        np.bincount(present_cell, minlength=size).reshape(shape),
        np.bincount(present_cell[is_first], minlength=size).reshape(shape),
    )


def _groups(rows: pl.DataFrame, groups: Sequence[str] | None) -> tuple[NDArray[np.int64], int]:
    """Return the (n,) group of each row, -1 for none of them, and how many groups there are."""
    if groups is None:
        return np.zeros(rows.height, np.int64), 1
    places = pl.Series(range(len(groups)), dtype=pl.Int64)
    names = pl.Series(groups, dtype=pl.String)
    return rows["group"].replace_strict(names, places, default=-1).to_numpy(), len(groups)


def _shares(mass: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    total = mass.sum(axis=axis, keepdims=True)
    return np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
