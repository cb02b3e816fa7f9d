"""Nested groups of features as spans of an ordering, and how much two such families share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.topics.tree import Tree

BLOCK_ROWS = 512  # groups of one family held against all of the other at a time
CANDIDATES = 32  # most similar groups that are kept for each group


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """G groups of features that nest or are disjoint: each is a run of an ordering of leaves."""

    place: NDArray[np.int64]
    """(K,) where each feature's leaf stands in the ordering; -1 for features in no group."""
    start: NDArray[np.int64]
    """(G,) first place of each group."""
    stop: NDArray[np.int64]
    """(G,) place after the last of each group."""

    @property
    def n_places(self) -> int:
        """Number of leaves."""
        return int(self.place.max(initial=-1)) + 1

    def only(self, groups: NDArray[np.integer]) -> "Spans":
        """Return some of the groups."""
        return Spans(self.place, self.start[groups], self.stop[groups])


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """P pairs of groups that share features."""

    old: NDArray[np.int64]
    """(P,) group of the first family."""
    new: NDArray[np.int64]
    """(P,) group of the second family."""
    likeness: NDArray[np.float64]
    """(P,) weight of the features in both over that of the features in either, in [0, 1]."""


def spans_of_tree(tree: Tree) -> Spans:
    """Lay the leaves of a tree out so that each of its (2L - 1) nodes is a run of them."""
    n_leaves = tree.n_leaves
    start = np.zeros(2 * n_leaves - 1, dtype=np.int64)
    size = np.ones(2 * n_leaves - 1, dtype=np.int64)
    for node, (left, right) in enumerate(tree.merges, start=n_leaves):
        size[node] = size[left] + size[right]
    for node in range(2 * n_leaves - 2, n_leaves - 1, -1):
        left, right = tree.merges[node - n_leaves]
        start[left], start[right] = start[node], start[node] + size[left]
    place = np.where(tree.leaf_of >= 0, start[tree.leaf_of], -1)
    return Spans(place, start, start + size)


def spans_of_labels(labels: NDArray[np.integer]) -> Spans:
    """Make each of the topics 0 to T - 1 of (K,) labels a group; -1 is none."""
    topics = np.arange(int(labels.max(initial=-1)) + 1, dtype=np.int64)
    return Spans(np.asarray(labels, dtype=np.int64), topics, topics + 1)


def overlaps(old: Spans, new: Spans, weights: NDArray[np.floating], *, least: float) -> Overlaps:
    """Find the pairs of groups whose weighted Jaccard likeness is at least `least`.

    What two groups share comes from a product of sparse matrices, so that groups without a
    feature in common cost nothing. Two trees of 24,576 leaves take seconds; it would be longer
    where trees are deep, as the work grows with the product of both depths.

    Args:
        old: groups over K features.
        new: other groups over the same features.
        weights: (K,) non-negative weights of the features.
        least: in (0, 1].

    Returns:
        The pairs, by old and then new group. A group of the first family comes with at most
        its CANDIDATES most similar ones.
    """
    found = list(_blocks(old, new, weights, least=least))
    row, column, likeness = (
        np.concatenate([part[side] for part in found] or [np.zeros(0)]) for side in range(3)
    )
    order = np.lexsort((column, row))
    return Overlaps(row[order].astype(np.int64), column[order].astype(np.int64), likeness[order])


def _blocks(
    old: Spans, new: Spans, weights: NDArray[np.floating], *, least: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Hold a block of groups at a time against all that share a feature with them."""
    masses, others = _masses(old, weights), _masses(new, weights)
    members, owners = _members(old).multiply(weights).tocsr(), _members(new).T.tocsr()
    for first in range(0, len(masses), BLOCK_ROWS):
        shared = (members[first : first + BLOCK_ROWS] @ owners).tocoo()
        row, column = first + shared.row, shared.col
        both = masses[row] + others[column]
        enough = shared.data * (1 + least) >= least * both  # of shared / (both - shared)
        alike = np.flatnonzero(enough & (shared.data > 0))
        row, column, common = row[alike], column[alike], shared.data[alike]
        likeness = np.minimum(common / (both[alike] - common), 1.0)
        kept = _best_of_each(row, likeness)
        yield row[kept], column[kept], likeness[kept]


def _members(spans: Spans) -> "sparse.csr_array[np.float64]":
    """Return the (G, K) matrix with a one for each feature of each group."""
    held = np.flatnonzero(spans.place >= 0)
    ordered = held[np.argsort(spans.place[held], kind="stable")]
    before = np.searchsorted(spans.place[ordered], np.arange(spans.n_places + 1))
    start, size = before[spans.start], before[spans.stop] - before[spans.start]
    offsets = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], size)
    columns = ordered[np.repeat(start, size) + within]
    shape = (len(size), len(spans.place))
    return sparse.csr_array((np.ones(len(columns)), columns, offsets), shape=shape)


def _masses(spans: Spans, weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (G,) weight of each group."""
    held = spans.place >= 0
    by_place = np.bincount(spans.place[held], weights[held], minlength=spans.n_places)
    before = np.concatenate([[0.0], np.cumsum(by_place)])
    return np.asarray(before[spans.stop] - before[spans.start])


def _best_of_each(row: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where the CANDIDATES largest values of each row stand."""
    order = np.lexsort((-values, row))
    ordered = row[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < CANDIDATES]
