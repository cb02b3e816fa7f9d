"""A former tree as evidence: what it says about how far apart two leaves are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.topics.spans import spans_of_tree
from saetm.topics.tree import Tree

BLOCK_ROWS = 256  # distances changed at a time


@dataclass(frozen=True, slots=True, eq=False)
class Former:
    """A tree that was grown before over the same features, and how much it counts."""

    tree: Tree
    share: float
    """Of the costs, in [0, 1]: 0 forgets the tree, 1 grows it again where its features live."""


def tree_distances(tree: Tree) -> NDArray[np.float64]:
    """Return squared distances between leaves under which Ward's method finds this very tree.

    Give each merge an axis of its own, on which its two sides lie as far apart as makes
    joining them cost what the merge did: then every merge costs its height again, and no
    other pair of nodes is cheaper. A pair of leaves differs on the axes below the merge that
    joins them, on the way to each, and on that merge's own.

    Returns:
        (L, L) symmetric, zero on the diagonal.
    """
    spans = spans_of_tree(tree)
    left, right = tree.merges.T.reshape(2, -1)
    mass, other = tree.weights[left], tree.weights[right]
    apart = tree.heights * (mass + other) / (mass * other)  # (L - 1,) squared, on each axis
    distances = np.zeros((tree.n_leaves, tree.n_leaves))
    below = np.zeros(tree.n_leaves)  # of each leaf, squared, on the axes passed so far
    for merge, (one, two) in enumerate(tree.merges):
        ours = slice(spans.start[one], spans.stop[one])
        theirs = slice(spans.start[two], spans.stop[two])
        between = below[ours, None] + below[theirs] + apart[merge]
        distances[ours, theirs], distances[theirs, ours] = between, between.T
        both = mass[merge] + other[merge]
        below[ours] += apart[merge] * (other[merge] / both) ** 2
        below[theirs] += apart[merge] * (mass[merge] / both) ** 2
    place = spans.start[: tree.n_leaves]
    return distances[np.ix_(place, place)]


def former_leaves(
    tree: Tree, leaf_of: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Return the (L,) former leaf of each leaf's heaviest feature that had one, or -1."""
    known = np.flatnonzero((leaf_of >= 0) & (tree.leaf_of >= 0))
    lightest_first = known[np.argsort(weights[known], kind="stable")]
    former = np.full(int(leaf_of.max(initial=-1)) + 1, -1, dtype=np.int64)
    former[leaf_of[lightest_first]] = tree.leaf_of[lightest_first]  # of several the last stays
    return former


def pull(
    distances: NDArray[np.float64],
    weights: NDArray[np.float64],
    former: Former,
    leaves: NDArray[np.int64],
) -> None:
    """Pull squared distances towards those of the former tree, in place.

    The former ones are scaled to the same weighted sum. Both are sums over axes, so what a
    join costs afterwards is the mean of what it costs by the vectors and by the tree. Pairs
    with a leaf that the tree does not know stay as they are.

    Args:
        distances: (L, L) squared distances of leaves by their vectors.
        weights: (L,) of the leaves.
        former: the tree and its share.
        leaves: (L,) the former leaf of each leaf, or -1.
    """
    known = np.flatnonzero(leaves >= 0)
    told = tree_distances(former.tree)
    blocks = [known[first : first + BLOCK_ROWS] for first in range(0, len(known), BLOCK_ROWS)]
    sums = np.zeros(2)
    for rows in blocks:
        pairs = distances[np.ix_(rows, known)], told[np.ix_(leaves[rows], leaves[known])]
        sums += [weights[rows] @ pair @ weights[known] for pair in pairs]
    scale = sums[0] / sums[1] if sums[1] > 0 else 0.0
    for rows in blocks:
        told_rows = told[np.ix_(leaves[rows], leaves[known])]
        mixed = (1 - former.share) * distances[np.ix_(rows, known)]
        distances[np.ix_(rows, known)] = mixed + former.share * scale * told_rows
