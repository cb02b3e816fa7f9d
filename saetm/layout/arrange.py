"""A map drawn whole: all items find their places together.

t-SNE (van der Maaten and Hinton, 2008) from principal components, with the interpolation of
Linderman et al. (2019) where items are many; docs/decisions/0014-a-map-by-t-sne.md.
"""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from saetm.layout.place import placed

FEW = 50  # items of which principal components tell as much
NEIGHBOURS = 30.0  # that count for each item, about: the perplexity
EARLY, LATE = 125, 250  # steps: clusters form, then unfold
SEED = 0
START_SPREAD = 1e-4  # of the start, so that forces and not it decide


def arranged(
    points: NDArray[np.float32], former: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return (N, 2) places from -1 to 1 of items with (N, d) coordinates, d in falling order.

    One thread does it, for the order of sums decides about the last digits and those about the
    map: the same input gives the same places.

    Args:
        points: coordinates of `Axes`.
        former: (N, 2) places that the items had, NaN where they had none. The map is drawn anew
            from there, so that people find again what they knew.
    """
    with threadpool_limits(1):
        start = _start(points, former)
        return _fitted(start if len(points) < FEW or not start.any() else _tsne(points, start))


def _start(points: NDArray[np.float32], former: NDArray[np.float32] | None) -> NDArray[np.float64]:
    if former is None or len(points) < FEW or not np.isfinite(former[:, 0]).any():
        first = np.zeros((len(points), 2))
        first[:, : points.shape[1]] = points[:, :2]
        return first
    known = np.isfinite(former[:, 0])
    start = former.astype(np.float64)
    start[~known] = placed(points[~known], points[known], former[known])
    return start - start.mean(axis=0)


def _tsne(points: NDArray[np.float32], start: NDArray[np.float64]) -> NDArray[np.float64]:
    from openTSNE import TSNE  # noqa: PLC0415  # brings scikit-learn, which takes a second

    fit = TSNE(
        perplexity=min(NEIGHBOURS, (len(points) - 1) / 3),
        early_exaggeration_iter=EARLY,
        n_iter=LATE,
        initialization=start * (START_SPREAD / start.std()),
        n_jobs=1,
        random_state=SEED,
    )
    return np.asarray(fit.fit(points), dtype=np.float64)


def _fitted(places: NDArray[np.float64]) -> NDArray[np.float32]:
    """Centre places, and scale both axes alike so that the wider one goes from -1 to 1."""
    if not len(places):
        return places.astype(np.float32)
    low, high = places.min(axis=0), places.max(axis=0)
    half = (high - low).max() / 2
    return ((places - (low + high) / 2) / (half or 1.0)).astype(np.float32)
