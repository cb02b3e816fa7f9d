"""Distances of clusters while a tree grows, computed once and kept up as clusters are joined."""

import numpy as np
from numpy.typing import NDArray

from saetm.topics.clusters import Clusters

BLOCK_ENTRIES = 4_000_000  # entries worked on at a time: 16 MB
LIGHTEST = 1e-30  # mass over the largest; anything less is nothing in single precision


class Distances:
    """A table of squared distances in single precision, kept up while clusters are joined.

    It takes 4 bytes for each pair of leaves, 2.4 GB for 24,576 of them. Computing distances
    when they are asked for needs less memory, and five to ten times the products.
    """

    def __init__(self, clusters: Clusters) -> None:
        """Compute the distances of all pairs; from now on, join clusters here."""
        self.clusters = clusters
        n_clusters = len(clusters)
        self._at = np.arange(n_clusters)  # row and column of each cluster
        self._table = np.empty((n_clusters, n_clusters), np.float32)
        for rows, apart in clusters.squares_apart(self._blocks(self._at)):
            self._table[rows] = apart
        np.fill_diagonal(self._table, np.inf)

    def nearest(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the cluster that is cheapest to join with each of some, and the cost.

        The table names two candidates, whose costs are computed anew in double precision; so
        the nearer is found where it matters, and clusters in one place join at no cost.
        """
        one, other = self._candidates(rows)
        cost, further = self.clusters.costs(rows, one), self.clusters.costs(rows, other)
        further[other == rows] = np.inf  # of two clusters, there is no second candidate
        better = (further < cost) | ((further == cost) & (other < one))
        return np.where(better, other, one), np.where(better, further, cost)

    def join(self, gone: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
        """Join disjoint pairs, of which the second lives on; returns as `Clusters.join`."""
        place = self.clusters.join(gone, kept)
        stays = np.ones(len(self._at), bool)
        stays[gone] = False
        left, self._at = self._at[gone], self._at[stays]
        if len(self._at) < len(self._table) / 2:
            self._table = self._table[np.ix_(self._at, self._at)]
            self._at = np.arange(len(self._at))
        else:
            self._table[np.ix_(self._at, left)] = np.inf
        for rows, apart in self.clusters.squares_apart(self._blocks(place[kept])):
            apart[np.arange(len(rows)), rows] = np.inf
            self._table[np.ix_(self._at[rows], self._at)] = apart
            self._table[np.ix_(self._at, self._at[rows])] = apart.T
        return place

    def _candidates(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return about the nearest and the second nearest, (2, n)."""
        masses = np.ones(len(self._table), np.float32)
        relative = self.clusters.masses / self.clusters.masses.max()
        masses[self._at] = np.maximum(relative, LIGHTEST)
        cluster_at = np.zeros(len(self._table), np.int64)
        cluster_at[self._at] = np.arange(len(self._at))
        found = []
        for block in self._blocks(rows):
            costs = self._table[self._at[block]]
            costs *= masses / (masses + masses[self._at[block], None])
            one = costs.argmin(axis=1)
            costs[np.arange(len(block)), one] = np.inf
            found.append(cluster_at[[one, costs.argmin(axis=1)]])
        return np.concatenate(found or [np.empty((2, 0), np.int64)], axis=1)

    def _blocks(self, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        size = max(BLOCK_ENTRIES // len(self._table), 1)
        return [rows[first : first + size] for first in range(0, len(rows), size)]
