"""What every way of merging asks of its arguments."""

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError


def checked_features(
    vectors: NDArray[np.floating], weights: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return vectors (K, E) and weights (K,) in float64.

    Raises:
        ContractError: shapes differ, a value is negative or not finite, or all weights are
            zero.
    """
    points, masses = np.asarray(vectors, np.float64), np.asarray(weights, np.float64)
    if points.ndim != 2 or masses.shape != points.shape[:1]:
        raise ContractError(f"vectors are {points.shape} and weights are {masses.shape}")
    if not (np.isfinite(points).all() and np.isfinite(masses).all() and (masses >= 0).all()):
        raise ContractError("vectors and weights must be finite, weights not negative")
    if not masses.any():
        raise ContractError("no feature has a positive weight, so there is nothing to merge")
    return points, masses
