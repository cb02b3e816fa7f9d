"""Items placed on a map that is there, among those that they are nearest to."""

import numpy as np
from numpy.typing import NDArray

NEAREST = 3  # of which the middle one along each axis counts, so that one stray has no say


def placed(
    points: NDArray[np.float32], anchors: NDArray[np.float32], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the (n, 2) places of items, each of which depends on no other one.

    Args:
        points: (n, d) coordinates of the items.
        anchors: (N, d) coordinates of the items on the map, at least one.
        places: (N, 2) where these are.
    """
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415  # takes a second to load

    if not len(points):
        return places[:0]
    nearest = NearestNeighbors(n_neighbors=min(NEAREST, len(anchors)), algorithm="brute")
    rows = nearest.fit(anchors).kneighbors(points, return_distance=False)
    return np.median(places[rows], axis=1).astype(np.float32)
