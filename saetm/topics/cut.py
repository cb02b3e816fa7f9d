"""Cut the topic tree at any number of topics, and name its nodes by their content."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError
from saetm.topics.tree import Tree


def cut(tree: Tree, n_topics: int) -> NDArray[np.int32]:
    """Undo the costliest merges until `n_topics` topics are left.

    Cuts nest: every topic at T + 1 lies within a topic at T.

    Args:
        tree: topic tree over K features.
        n_topics: T; at most one topic per leaf comes back.

    Returns:
        (K,) topics 0 to T - 1, heaviest first; -1 for features without a leaf.

    Raises:
        ContractError: n_topics is below one.
    """
    nodes = cut_nodes(tree, n_topics)
    topic_of = np.full(2 * tree.n_leaves - 1, -1, dtype=np.int32)
    topic_of[nodes] = np.arange(len(nodes))
    roots = _roots(tree, _first_undone(tree, n_topics))[: tree.n_leaves]
    labels = np.full(len(tree.leaf_of), -1, dtype=np.int32)
    held = tree.leaf_of >= 0
    labels[held] = topic_of[roots[tree.leaf_of[held]]]
    return labels


def cut_nodes(tree: Tree, n_topics: int) -> NDArray[np.int32]:
    """Return the (T,) nodes that are the topics of `cut`: heaviest first, ties by node."""
    roots = _roots(tree, _first_undone(tree, n_topics))[: tree.n_leaves]
    nodes = np.unique(roots)
    return nodes[np.lexsort((nodes, -tree.weights[nodes]))].astype(np.int32)


def by_weight(labels: NDArray[np.int32], weights: NDArray[np.floating]) -> NDArray[np.int32]:
    """Renumber topics by falling weight, ties by their first feature; -1 stays."""
    held = labels >= 0
    names, first, codes = np.unique(labels[held], return_index=True, return_inverse=True)
    order = np.lexsort((first, -np.bincount(codes, weights[held], minlength=len(names))))
    renumbered = labels.copy()
    renumbered[held] = np.argsort(order)[codes]
    return renumbered


def node_ids(tree: Tree, *, salt: str) -> list[str]:
    """Return a stable id per node, (2L - 1) in all: same features and salt, same id.

    Args:
        tree: topic tree.
        salt: what the feature ids belong to, such as the id of their autoencoder.
    """
    members = [np.flatnonzero(tree.leaf_of == leaf) for leaf in range(tree.n_leaves)]
    for left, right in tree.merges:
        members.append(np.sort(np.concatenate([members[left], members[right]])))
    return [topic_id(features, salt=salt) for features in members]


def topic_id(features: NDArray[np.integer], *, salt: str) -> str:
    """Return "t" and 10 hex digits of a hash of a topic's features, in any order.

    Example:
        >>> topic_id(np.array([3, 1]), salt="sae") == topic_id(np.array([1, 3]), salt="sae")
        True
    """
    state = hashlib.blake2b(salt.encode() + b"\0", digest_size=5)
    state.update(np.sort(features).astype("<i4").tobytes())
    return "t" + state.hexdigest()


def _first_undone(tree: Tree, n_topics: int) -> int:
    if n_topics < 1:
        raise ContractError(f"n_topics must be at least one, not {n_topics}")
    return max(2 * tree.n_leaves - n_topics, tree.n_leaves)


def _roots(tree: Tree, first_undone: int) -> NDArray[np.int64]:
    """Return each node's topmost ancestor below node `first_undone`, by pointer doubling."""
    above = np.arange(2 * tree.n_leaves - 1)
    done = first_undone - tree.n_leaves
    above[tree.merges[:done]] = np.arange(tree.n_leaves, first_undone)[:, None]
    while not np.array_equal(above, further := above[above]):
        above = further
    return above
