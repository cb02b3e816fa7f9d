"""Several views of the same features, side by side in one space."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIGITS = 12  # of variance one; a sum of some thousand terms is right to about 13


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Vectors of features by one kind of evidence."""

    vectors: NDArray[np.float64]
    """(K, E), centred at the weighted mean."""
    share: float
    """Of the joint variance, not negative, in relation to that of other views."""


def join_views(views: Sequence[View], weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Concatenate views, each scaled to a weighted variance of its share.

    The squared distance of two features is then the mean of their squared distances by each
    kind of evidence, whatever its unit and number of dimensions.

    Args:
        views: of the same K features; one without any variance adds nothing.
        weights: (K,) non-negative mean shares, not all zero.

    Returns:
        (K, sum of E) vectors of total variance one; features of equal evidence are equal, for
        digits that are rounding are cut off.
    """
    total = sum(view.share for view in views)
    scaled = [_scaled(view, weights, view.share / total) for view in views]
    return np.hstack(scaled).round(DIGITS)


def _scaled(view: View, weights: NDArray[np.floating], variance: float) -> NDArray[np.float64]:
    present = float(np.average((view.vectors**2).sum(axis=1), weights=weights))
    return view.vectors * np.sqrt(variance / present if present > 0 else 1.0)
