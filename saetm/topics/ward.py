"""The topic tree grown: features merged bottom up by the weighted Ward cost."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist

from saetm.errors import ContractError
from saetm.topics.checked import checked_features
from saetm.topics.former import Former, former_leaves, pull
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
        Ward (1963); nearest-neighbour chain: Muellner (2011), arXiv 1109.2378, Fig. 3.
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
    centres = (members @ points) / weight[:, None]  # (L, E)
    distances = cdist(centres, centres, "sqeuclidean")  # (L, L)
    if former is not None:
        pull(distances, weight, former, former_leaves(former.tree, leaves, masses))
    merges, heights = _chain(_pair_costs(distances, weight), weight.copy())
    return Tree(leaves.astype(np.int32), merges, heights, _node_weights(merges, weight))


def _pair_costs(distances: NDArray[np.float64], masses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn squared distances into the costs of joining, in place."""
    distances *= masses[:, None]
    distances *= masses
    distances /= masses[:, None] + masses
    np.fill_diagonal(distances, np.inf)
    return distances


def _chain(
    costs: NDArray[np.float64], masses: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Follow nearest neighbours until two are each other's nearest, and join those.

    Ward's cost is reducible: a join brings no third node closer, so joins found in any
    order are the greedy ones. Works in place; of two joined slots the second lives on.

    Returns:
        (L - 1, 2) merged nodes and (L - 1,) costs, cheapest first; equal costs stay in the
        order of discovery, in which no node is used before it is made.
    """
    n_leaves = len(masses)
    pairs, found = np.empty((n_leaves - 1, 2), np.int64), np.empty(n_leaves - 1)
    alive, floor = np.ones(n_leaves, bool), np.zeros(n_leaves)
    chain: list[int] = []
    for step in range(n_leaves - 1):
        if not chain:
            chain = [int(alive.argmax())]
        one, other = _mutual_nearest(costs, chain)
        pairs[step] = one, other
        # Rounding may put a join below the ones it is made of; the floor keeps the order.
        found[step] = floor[other] = max(costs[one, other], floor[one], floor[other])
        _join(costs, masses, one, other)
        alive[one] = False
    order = np.argsort(found, kind="stable")
    return _number(pairs[order], n_leaves), found[order]


def _mutual_nearest(costs: NDArray[np.float64], chain: list[int]) -> tuple[int, int]:
    """Lengthen the chain until its last two are each other's nearest; pop and return them."""
    while True:
        tip = chain[-1]
        nearest = int(costs[tip].argmin())
        if len(chain) > 1 and costs[tip, nearest] >= costs[tip, chain[-2]]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _join(costs: NDArray[np.float64], masses: NDArray[np.float64], gone: int, kept: int) -> None:
    """Replace two slots by their union with the formula of Lance and Williams (1967)."""
    joint = masses[gone] + masses[kept]
    grown = (masses[gone] + masses) * costs[gone] + (masses[kept] + masses) * costs[kept]
    grown -= masses * costs[gone, kept]
    grown /= joint + masses
    grown[[gone, kept]] = np.inf
    costs[kept] = costs[:, kept] = grown
    costs[gone] = costs[:, gone] = np.inf
    masses[kept] = joint


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
