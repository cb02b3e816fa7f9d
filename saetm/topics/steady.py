"""Heights that stay where they were, so that a refit shows the topics that were shown before."""

import numpy as np
from numpy.typing import NDArray

from saetm.topics.identity import SAME, TIE
from saetm.topics.spans import overlaps, spans_of_tree
from saetm.topics.tree import Tree

BAND = 0.15  # share by which the cost of a merge may move before its height does


def steadied(tree: Tree, former: Tree, weights: NDArray[np.floating]) -> Tree:
    """Let merges keep their former heights while they cost about the same.

    Which nodes a cut shows depends on the order of heights, and many are nearly equal: a refit
    that moves them a little shows other nodes, though those before are all still there. So the
    height of a merge moves only once its cost has left the band around it. That holds for all
    numbers of topics at once, and many small moves count as the one that they make together.

    Args:
        tree: the new tree.
        former: the tree before over the same features; its heights are scaled to the same sum.
        weights: (K,) of the features, by which nodes of both are found to be the same.

    Returns:
        The tree with its merges in the order of their heights. A height below one of a part is
        raised to it, so cuts nest as before.
    """
    before, now = _same_merges(former, tree, weights)
    scale = tree.heights.sum() / (former.heights.sum() or np.inf)
    old, new = scale * former.heights[before], tree.heights[now]
    stays = (new <= old * (1 + BAND)) & (old <= new * (1 + BAND))
    heights = np.concatenate([np.zeros(tree.n_leaves), tree.heights])  # of all nodes
    heights[tree.n_leaves + now[stays]] = old[stays]
    for node, (left, right) in enumerate(tree.merges, start=tree.n_leaves):
        heights[node] = max(heights[node], heights[left], heights[right])
    return _in_order(tree, heights[tree.n_leaves :])


def _same_merges(
    former: Tree, tree: Tree, weights: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the merges of two trees that make nodes of SAME features at least, best first."""
    found = overlaps(spans_of_tree(former), spans_of_tree(tree), weights, least=SAME)
    merged = (found.old >= former.n_leaves) & (found.new >= tree.n_leaves)
    old, new = found.old[merged] - former.n_leaves, found.new[merged] - tree.n_leaves
    best_first = np.lexsort((new, old, -found.likeness[merged].round(TIE)))
    pairs: dict[int, int] = {}
    given: set[int] = set()
    for one, other in zip(old[best_first].tolist(), new[best_first].tolist(), strict=True):
        if one not in given and other not in pairs:
            pairs[other] = one
            given.add(one)
    return np.array([*pairs.values()], np.int64), np.array([*pairs], np.int64)


def _in_order(tree: Tree, heights: NDArray[np.float64]) -> Tree:
    """Return the tree with other heights, cheapest merge first."""
    order = np.argsort(heights, kind="stable")  # of equal heights, parts stay before the whole
    nodes = np.concatenate([np.arange(tree.n_leaves), tree.n_leaves + order])
    number = np.argsort(nodes)
    merges = np.sort(number[tree.merges[order]], axis=1).astype(np.int32)
    return Tree(tree.leaf_of, merges, heights[order], tree.weights[nodes])
