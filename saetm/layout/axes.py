"""Principal components of vectors: fewer dimensions in which to look for near items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

DIMENSIONS = 100  # that neighbours are looked for in
CHUNK = 8192  # vectors that are held in float64 at a time
LEAST_LENGTH = 1e-30


@dataclass(frozen=True, eq=False)
class Axes:
    """A frame of reference, along which vectors differ most."""

    mean: NDArray[np.float64]  # (D,)
    directions: NDArray[np.float64]  # (D, d), orthonormal, the one of the largest variance first

    def coordinates(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the (N, d) coordinates of (N, D) vectors, of which only directions count."""
        found = np.empty((len(vectors), self.directions.shape[1]), dtype=np.float32)
        for start in range(0, len(vectors), CHUNK):
            part = slice(start, start + CHUNK)
            found[part] = (_unit(vectors[part]) - self.mean) @ self.directions
        return found


def principal_axes(vectors: NDArray[np.floating]) -> Axes:
    """Find the axes along which the directions of (N, D) vectors differ most.

    Vectors count by their direction alone, as everywhere that items are said to be near. The
    largest component of each axis is positive, so that the axes are the same each time.
    """
    n_items, dimension = vectors.shape
    mean = np.zeros(dimension)
    moments = np.zeros((dimension, dimension))
    for start in range(0, n_items, CHUNK):
        part = _unit(vectors[start : start + CHUNK])
        mean += part.sum(axis=0) / n_items
        moments += part.T @ part / n_items
    fewest = min(DIMENSIONS, dimension, n_items)
    kept = [dimension - fewest, dimension - 1]
    _, ascending = eigh(moments - np.outer(mean, mean), subset_by_index=kept)
    directions = ascending[:, ::-1]
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(np.take_along_axis(directions, largest[None], axis=0))
    return Axes(mean, directions * signs)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), LEAST_LENGTH)
