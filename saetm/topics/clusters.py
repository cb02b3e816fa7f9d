"""Clusters of leaves while a tree grows: where they stand, and what joining two would cost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(slots=True, eq=False)
class Clusters:
    """C clusters at the weighted means of their leaves, from which Ward's costs follow."""

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

    def squares_apart(
        self, blocks: Iterable[NDArray[np.int64]]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield blocks of clusters with their (n, C) squared distances to all, about right.

        Single precision is twice as fast, and enough to tell candidates from others.
        """
        squares = _squares(self.points, self.deep).astype(np.float32)
        points = self.points.astype(np.float32)
        for rows in blocks:
            apart = (-2 * points[rows]) @ points.T
            apart += squares
            apart += squares[rows, None]
            if self.deep.nnz:
                shared = (self.deep[rows] @ self.deep.T).tocoo()
                apart[shared.row, shared.col] -= 2 * shared.data
            # Below zero is rounding, which must not break ties of clusters in one place.
            yield rows, np.maximum(apart, 0, out=apart)

    def costs(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what joining pairs of clusters costs: (n,) growths of the weighted variance."""
        deep = self.deep[one] - self.deep[other] if self.deep.nnz else self.deep
        apart = _squares(self.points[one] - self.points[other], deep)
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
