"""The topic tree grown: features merged bottom up by the weighted Ward cost."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from saetm.errors import ContractError
from saetm.topics.checked import checked_features
from saetm.topics.clusters import Clusters
from saetm.topics.distances import Distances
from saetm.topics.former import Former, former_leaves, guided
from saetm.topics.neighbours import Neighbours
from saetm.topics.tree import Tree


def ward_tree(
    vectors: NDArray[np.floating],
    weights: NDArray[np.floating],
    leaf_of: NDArray[np.integer] | None = None,
    *,
    former: Former | None = None,
) -> Tree:
    """Grow the weighted Ward tree over features with positive weight.

    Joining u and v costs w_u w_v / (w_u + w_v) ||c_u - c_v||^2, the growth of the weighted
    variance within topics. So the tree pursues the aim of weighted k-means, greedily and
    for all numbers of topics at once, and all heights sum to the variance between leaves.

    Args:
        vectors: (K, E) feature vectors, all finite.
        weights: (K,) non-negative mean shares over all items.
        leaf_of: (K,) leaf 0 to L - 1 of each feature, -1 exactly where the weight is zero;
            None gives each feature of positive weight its own, in the order of ids.
        former: a tree over the same features, whose own costs count for a share of these;
            heights then are the costs that both agree on.

    Raises:
        ContractError: shapes differ, a value is negative or not finite, all weights are
            zero, or leaves have gaps or miss a feature with weight.

    References:
        Ward (1963); nearest neighbours looked for when they may be needed: Muellner (2011),
        arXiv 1109.2378, section 3.1, here many at a time.
    """
    points, masses = checked_features(vectors, weights)
    held = masses > 0
    leaves = np.where(held, np.cumsum(held) - 1, -1) if leaf_of is None else np.asarray(leaf_of)
    if leaves.shape != held.shape or not np.array_equal(leaves >= 0, held):
        raise ContractError("leaf_of must name a leaf exactly where the weight is positive")
    weight = np.bincount(leaves[held], masses[held]).astype(np.float64)
    if not weight.all():
        raise ContractError(f"leaf {int(weight.argmin())} has no feature")
    placed = masses[held], (leaves[held], np.flatnonzero(held))
    members = sparse.csr_array(sparse.coo_array(placed, shape=(len(weight), len(masses))))
    centres = np.asarray((members @ points) / weight[:, None])  # (L, E)
    centres -= np.average(centres, axis=0, weights=weight)  # small squares lose few digits
    clusters = _leaves(centres, weight)
    if former is not None:
        clusters = guided(clusters, former, former_leaves(former.tree, leaves, masses))
    merges, heights = _merged(clusters)
    return Tree(leaves.astype(np.int32), merges, heights, _node_weights(merges, weight))


def _leaves(centres: NDArray[np.float64], weight: NDArray[np.float64]) -> Clusters:
    nothing = sparse.csr_array((len(weight), 1), dtype=np.float64)
    return Clusters(centres, nothing, weight.copy(), np.arange(len(weight)))


def _merged(clusters: Clusters) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Join clusters that are each other's nearest until one is left.

    Ward's cost is reducible: a join brings no third cluster closer. So joins found in any
    order are the greedy ones, and a nearest cluster stays the nearest until it is joined.

    Returns:
        (L - 1, 2) merged nodes and (L - 1,) costs, cheapest first; equal costs stay in the
        order of discovery, in which no node is used before it is made.
    """
    n_leaves = len(clusters)
    pairs, costs = [np.empty((0, 2), np.int64)], [np.empty(0)]
    floor = np.zeros(n_leaves)  # by slot
    neighbours = Neighbours(np.zeros(n_leaves, np.int64), floor.copy(), np.zeros(n_leaves, bool))
    distances = Distances(clusters)
    while len(clusters) > 1:
        neighbours.look(distances)
        gone, kept = neighbours.mutual()
        slots = clusters.slots[gone], clusters.slots[kept]
        # Rounding may put a join below the ones it is made of; the floor keeps the order.
        cost = np.maximum(neighbours.least[gone], np.maximum(floor[slots[0]], floor[slots[1]]))
        floor[slots[1]] = cost
        pairs.append(np.column_stack(slots))
        costs.append(cost)
        neighbours.follow(distances.join(gone, kept), gone, kept)
    found = np.concatenate(costs)
    order = np.argsort(found, kind="stable")
    return _number(np.concatenate(pairs)[order], n_leaves), found[order]


def _number(pairs: NDArray[np.int64], n_leaves: int) -> NDArray[np.int32]:
    """Turn joined slots into node ids."""
    node_in = np.arange(n_leaves)
    merges = np.empty((len(pairs), 2), np.int32)
    for step, (gone, kept) in enumerate(pairs):
        merges[step] = sorted((node_in[gone], node_in[kept]))
        node_in[kept] = n_leaves + step
    return merges


def _node_weights(merges: NDArray[np.int32], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    nodes = np.concatenate([weight, np.zeros(len(merges))])
    for node, (left, right) in enumerate(merges, start=len(weight)):
        nodes[node] = nodes[left] + nodes[right]
    return nodes
