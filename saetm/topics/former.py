"""A former tree as evidence: what it says about how far apart two leaves are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import pairwise_distances_argmin

from saetm.topics.clusters import Clusters
from saetm.topics.tree import Tree

SHARED_AXES = 256  # those of the largest nodes, which most leaves lie apart on


@dataclass(frozen=True, slots=True, eq=False)
class Former:
    """A tree that was grown before over the same features, and how much it counts."""

    tree: Tree
    share: float
    """Of the costs, in [0, 1]: 0 forgets the tree, 1 grows it again where its features live."""


def tree_axes(tree: Tree) -> "sparse.csr_array[np.float64]":
    """Place leaves where Ward's method finds this very tree.

    Give each merge an axis of its own, on which its two sides lie as far apart as makes
    joining them cost what the merge did: then every merge costs its height again, and no
    other pair of nodes is cheaper.

    Args:
        tree: of two leaves at least.

    Returns:
        (L, L - 1) places of leaves on the axes of merges, zero on those of merges elsewhere.
    """
    n_leaves = tree.n_leaves
    left, right = tree.merges.T.reshape(2, -1)
    mass, other = tree.weights[left], tree.weights[right]
    apart = np.sqrt(tree.heights * (mass + other) / (mass * other))  # (L - 1,)
    above = np.full(2 * n_leaves - 1, -1)
    above[left] = above[right] = np.arange(n_leaves - 1)
    along = np.zeros(2 * n_leaves - 1)  # of each node, on the axis of the merge above it
    along[left], along[right] = apart * other / (mass + other), -apart * mass / (mass + other)
    leaf = node = np.arange(n_leaves)
    entries = []
    while len(leaf := leaf[above[node] >= 0]):
        node = node[above[node] >= 0]
        entries.append((leaf, above[node], along[node]))
        node = n_leaves + above[node]
    rows, columns, places = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sparse.csr_array((places, (rows, columns)), shape=(n_leaves, n_leaves - 1))


def former_leaves(
    tree: Tree, leaf_of: NDArray[np.integer], weights: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Return the (L,) former leaf of each leaf's heaviest feature that had one, or -1."""
    known = np.flatnonzero((leaf_of >= 0) & (tree.leaf_of >= 0))
    lightest_first = known[np.argsort(weights[known], kind="stable")]
    former = np.full(int(leaf_of.max(initial=-1)) + 1, -1, dtype=np.int64)
    former[leaf_of[lightest_first]] = tree.leaf_of[lightest_first]  # of several the last stays
    return former


def guided(leaves: Clusters, former: Former, known: NDArray[np.int64]) -> Clusters:
    """Pull leaves towards where a former tree has them.

    They get the axes of that tree beside their own, scaled to the same variance. So what a
    join costs is the mean of what it costs by the vectors and by the tree. A leaf that the
    tree does not know stands where it has the nearest one that it knows.

    Args:
        leaves: each leaf on its own.
        former: the tree and its share.
        known: (L,) the former leaf of each leaf, or -1.
    """
    told, fresh = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
    if not len(told) or former.tree.n_leaves == 1:
        return leaves
    where = known.copy()
    if len(fresh):
        nearest = pairwise_distances_argmin(leaves.points[fresh], leaves.points[told])
        where[fresh] = known[told[nearest]]
    axes = tree_axes(former.tree)[where]
    scale = _variance(sparse.csr_array(leaves.points), leaves.masses)
    scale /= _variance(axes, leaves.masses) or np.inf
    axes *= np.sqrt(former.share * scale)
    most_shared = np.argsort(-axes.count_nonzero(axis=0), kind="stable")
    points = np.sqrt(1 - former.share) * leaves.points
    return Clusters(
        points=np.hstack([points, axes[:, most_shared[:SHARED_AXES]].toarray()]),
        deep=sparse.csr_array(axes[:, most_shared[SHARED_AXES:]]),
        masses=leaves.masses,
        slots=leaves.slots,
    )


def _variance(places: "sparse.csr_array[np.float64]", masses: NDArray[np.float64]) -> float:
    """Return the weighted mean squared distance from the weighted mean."""
    shares = masses / masses.sum()
    return float(shares @ places.power(2).sum(axis=1) - np.square(shares @ places).sum())
