"""The fit of a dataset's topics before the present one, as its tables tell it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saetm.cuts import Material, tree_of
from saetm.topics.tree import Tree


@dataclass(frozen=True, eq=False)
class Past:
    """What is known of the fit before."""

    sae_id: str  # autoencoder that its features belong to
    has_same_settings: bool  # whether it was fitted as the present one is
    item_ids: list[str]
    nodes: pl.DataFrame  # topic_id, node, left, right, height, weight, features
    topics: pl.DataFrame  # topic_count, topic_id, features, words, weight of the stored cuts
    n_features: int  # K of the autoencoder in service

    @cached_property
    def tree(self) -> Tree:
        """Its topic tree."""
        return tree_of(self.nodes, n_features=self.n_features)

    @property
    def node_ids(self) -> list[str]:
        """Ids of the nodes of its tree, in their order."""
        return self.nodes.sort("node")["topic_id"].to_list()

    def cut(self, topic_count: int) -> pl.DataFrame:
        """Return its stored topics at a number; no rows where none are stored."""
        return self.topics.filter(pl.col("topic_count") == topic_count)

    def share_in(self, material: Material) -> float:
        """Return how much it has to say about a fit of other items, 0 to 1.

        With the same autoencoder and settings that is the share of the items of both fits
        that they have in common, and nothing otherwise. So a tree counts as much after ten
        refits with few new items each as after one with all of them.
        """
        if self.sae_id != material.sae_id or not self.has_same_settings:
            return 0.0
        before, now = set(self.item_ids), set(material.item_ids)
        return len(before & now) / max(len(before | now), 1)

    def joint_weights(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (K,) mean of each feature's share of all mass before and now.

        Of a leaf of several features only the sum is known, of which each gets an equal part.
        """
        tree = self.tree
        held = tree.leaf_of >= 0
        members = np.bincount(tree.leaf_of[held], minlength=tree.n_leaves)
        each = tree.weights[: tree.n_leaves] / np.maximum(members, 1)
        before = np.zeros(len(weights))
        before[held] = each[tree.leaf_of[held]]
        return np.asarray(before / before.sum() + weights / weights.sum()) / 2


def labels_of(topics: pl.DataFrame, n_features: int) -> NDArray[np.int64]:
    """Return the (K,) place, among these topics, of the one that holds each feature, or -1."""
    labels = np.full(n_features, -1, dtype=np.int64)
    members: Iterable[list[int]] = topics["features"].to_list()
    for topic, features in enumerate(members):
        labels[features] = topic
    return labels
