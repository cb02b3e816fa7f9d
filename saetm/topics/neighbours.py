"""What clusters know of their nearest ones while a tree grows, and which of them must look."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saetm.topics.distances import Distances

LOOKING = 1 / 8  # share of the clusters that look for their nearest at a time
FEWEST = 64  # clusters that look at a time, so that it is worth the call


@dataclass(slots=True, eq=False)
class Neighbours:
    """Of C clusters, which is nearest to each, as far as that is known."""

    near: NDArray[np.int64]
    """(C,) the nearest cluster, once known."""
    least: NDArray[np.float64]
    """(C,) the cost of joining it; where it is not known, no cluster can cost less."""
    known: NDArray[np.bool_]
    """(C,) whether the nearest is known."""

    def look(self, distances: Distances) -> None:
        """Find the nearest of the clusters that may be joined first, and of no others.

        A cluster whose nearest was joined has to look again, yet what that one had cost
        remains the least that any can cost. Those with the least such cost look first; many
        of the others are joined before they have looked in vain.
        """
        rows = np.flatnonzero(~self.known)
        most = max(int(LOOKING * len(self.near)), FEWEST)
        if len(rows) > most:
            rows = np.sort(rows[np.argpartition(self.least[rows], most)[:most]])
        self.near[rows], self.least[rows] = distances.nearest(rows)
        self.known[rows] = True

    def mutual(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs that are each other's nearest.

        The cheapest pair of all is one of them. Rounding may deny that where many clusters
        stand in one place; then the cheapest is returned once all are known.
        """
        places = np.arange(len(self.near))
        agreed = self.known & self.known[self.near] & (self.near[self.near] == places)
        one = np.flatnonzero(agreed & (places < self.near))
        if not len(one) and self.known.all():
            one = np.array([self.least.argmin()])
        return one, self.near[one]

    def follow(
        self, place: NDArray[np.int64], gone: NDArray[np.int64], kept: NDArray[np.int64]
    ) -> None:
        """Forget the nearest of those whose nearest was joined, and move to new places.

        Args:
            place: of `Distances.join`.
            gone: clusters that were joined and are no more.
            kept: those that they became part of, whose costs are now the least possible ones.
        """
        joined = np.zeros(len(place), bool)
        joined[gone] = joined[kept] = True
        stays = np.ones(len(place), bool)
        stays[gone] = False
        self.known = (self.known & ~joined & ~joined[self.near])[stays]
        self.near = place[self.near[stays]]
        self.least = self.least[stays]
