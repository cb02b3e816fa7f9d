"""Nested groups of features as spans of an ordering, and how much two such families share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.topics.tree import Tree

BLOCK_ROWS = 256  # groups of one family held against all of the other at a time
CANDIDATES = 32  # most similar groups that are kept for each group
ROUNDING = 1e-9  # relative error of sums that are equal on paper


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

    What the features in a rectangle of places weigh is read off one table of cumulative sums,
    so a pair costs the same however deep the groups nest; and groups of very different weight
    are never held against each other. Two trees of 4,000 leaves take about a second and 300 MB.

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
    """Hold groups of about the same weight against each other, block by block."""
    table = _cumulated(old, new, weights)
    masses, others = _masses(old, weights), _masses(new, weights)
    rows, columns = np.argsort(masses, kind="stable"), np.argsort(others, kind="stable")
    for first in range(0, len(rows), BLOCK_ROWS):
        block = rows[first : first + BLOCK_ROWS]
        lightest, heaviest = masses[block[0]] * least, masses[block[-1]] / least
        begin = np.searchsorted(others[columns], lightest * (1 - ROUNDING))
        end = np.searchsorted(others[columns], heaviest * (1 + ROUNDING), side="right")
        near = columns[begin:end]
        between = table[old.stop[block]] - table[old.start[block]]  # (B, Q + 1)
        shared = between.take(new.stop[near], axis=1)  # (B, C)
        shared -= between.take(new.start[near], axis=1)
        both = masses[block, None] + others[near]
        enough = shared * (1 + least) >= least * both  # of shared / (both - shared)
        alike = np.flatnonzero(enough & (shared > 0))
        row, column = np.divmod(alike, max(len(near), 1))
        common = shared.ravel()[alike]
        likeness = np.minimum(common / (both.ravel()[alike] - common), 1.0)
        kept = _best_of_each(row, likeness)
        yield block[row[kept]], near[column[kept]], likeness[kept]


def _cumulated(old: Spans, new: Spans, weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (P + 1, Q + 1) weights of all features before each pair of places."""
    both = (old.place >= 0) & (new.place >= 0)
    table = np.zeros((old.n_places + 1, new.n_places + 1))
    np.add.at(table[1:, 1:], (old.place[both], new.place[both]), weights[both])
    np.cumsum(table, axis=0, out=table)
    return np.cumsum(table, axis=1, out=table)


def _masses(spans: Spans, weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (G,) weight of each group."""
    held = spans.place >= 0
    by_place = np.bincount(spans.place[held], weights[held], minlength=spans.n_places)
    before = np.concatenate([[0.0], np.cumsum(by_place)])
    return np.asarray(before[spans.stop] - before[spans.start])


def _best_of_each(row: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where the CANDIDATES largest values of each of the ascending rows stand."""
    order = np.lexsort((-values, row))
    begins = np.searchsorted(row, row)  # rows ascend, in this order too
    return order[np.arange(len(order)) - begins < CANDIDATES]
