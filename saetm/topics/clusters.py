"""Clusters of leaves while a tree grows: where they stand, and what joining two would cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

BLOCK_ENTRIES = 4_000_000  # costs held at a time: 16 MB
LIGHTEST = 1e-30  # mass over the largest; anything less is nothing in single precision


@dataclass(slots=True, eq=False)
class Clusters:
    """C clusters at the weighted means of their leaves, by which Ward's costs need no matrix."""

    points: NDArray[np.float64]
    """(C, E) where they stand on the axes that most of them use."""
    deep: "sparse.csr_array[np.float64]"
    """(C, F) where they stand on further axes, each used by few."""
    masses: NDArray[np.float64]
    """(C,) positive weights."""
    slots: NDArray[np.int64]
    """(C,) a leaf of each, by which it is known while others come and go."""

    def __len__(self) -> int:
        """Count the clusters."""
        return len(self.masses)

    def nearest(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the cluster that is cheapest to join with each of some, and the cost.

        Costs of all pairs come from products of matrices in single precision, a block of rows
        at a time. They name two candidates, whose costs are computed anew from differences;
        so the nearer is found where it matters, and clusters in one place join at no cost.
        """
        near = np.empty((2, len(rows)), np.int64)
        single, squares = self.points.astype(np.float32), _squares(self.points, self.deep)
        size = max(BLOCK_ENTRIES // len(self), 1)
        for first in range(0, len(rows), size):
            block = rows[first : first + size]
            costs = self._about(block, single, squares.astype(np.float32))
            for candidate in near[:, first : first + size]:
                candidate[:] = costs.argmin(axis=1)
                costs[np.arange(len(block)), candidate] = np.inf
        one, other = near
        cost, further = self.costs(rows, one), self.costs(rows, other)
        further[other == rows] = np.inf  # of two clusters, there is no second candidate
        better = (further < cost) | ((further == cost) & (other < one))
        return np.where(better, other, one), np.where(better, further, cost)

    def _about(
        self, rows: NDArray[np.int64], points: NDArray[np.float32], squares: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return about what joining some with all costs, (n, C), over the masses of the former."""
        costs = (-2 * points[rows]) @ points.T
        costs += squares
        costs += squares[rows, None]
        if self.deep.nnz:
            shared = (self.deep[rows] @ self.deep.T).tocoo()
            costs[shared.row, shared.col] -= 2 * shared.data
        np.maximum(costs, 0, out=costs)  # rounding must not break ties of clusters in one place
        masses = np.maximum(self.masses / self.masses.max(), LIGHTEST).astype(np.float32)
        costs *= masses / (masses + masses[rows, None])
        costs[np.arange(len(rows)), rows] = np.inf
        return costs

    def costs(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what joining pairs of clusters costs: (n,) growths of the weighted variance."""
        apart = _squares(self.points[one] - self.points[other], self.deep[one] - self.deep[other])
        return apart * self.masses[one] * self.masses[other] / self._joint(one, other)

    def join(self, gone: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
        """Join disjoint pairs; of each the second lives on.

        Returns:
            (C,) the place that each cluster, or what it became part of, has from now on.
        """
        joint = self._joint(gone, kept)
        here = self.masses[gone] / joint
        self.points[kept] += here[:, None] * (self.points[gone] - self.points[kept])
        self.masses[kept] = joint
        stays = np.ones(len(self), bool)
        stays[gone] = False
        if self.deep.nnz:
            self.deep = _mixing(gone, kept, here, len(stays))[stays] @ self.deep
        self.points, self.masses = self.points[stays], self.masses[stays]
        self.slots = self.slots[stays]
        place = np.cumsum(stays) - 1
        place[gone] = place[kept]
        return place

    def _joint(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(self.masses[one] + self.masses[other])


def _squares(
    points: NDArray[np.float64], deep: "sparse.csr_array[np.float64]"
) -> NDArray[np.float64]:
    squares = np.einsum("ij,ij->i", points, points)
    return np.asarray(squares + deep.power(2).sum(axis=1)) if deep.nnz else squares


def _mixing(
    gone: NDArray[np.int64],
    kept: NDArray[np.int64],
    here: NDArray[np.float64],
    n_clusters: int,
) -> "sparse.csr_array[np.float64]":
    """Return the (C, C) matrix that puts the means of pairs in place of their second."""
    alone = np.setdiff1d(np.arange(n_clusters), kept)
    rows = np.concatenate([alone, kept, kept])
    columns = np.concatenate([alone, gone, kept])
    shares = np.concatenate([np.ones(len(alone)), here, 1 - here])
    return sparse.csr_array((shares, (rows, columns)), shape=(n_clusters, n_clusters))
